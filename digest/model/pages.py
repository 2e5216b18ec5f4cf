"""What a visitor of the web side is told, beside editions and feeds: one type a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.model import Edition, Look, Outline, Picture, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page."""

    title: str
    """The whole publication's."""
    language: str
    timezone: str
    root: str
    """The path that everything is below, with a slash at both ends."""
    digest: str = ""
    """The name of the digest that the page is about; empty where it is about none."""
    digest_title: str = ""
    templates: str | None = None
    """A directory looked in before our own templates."""
    look: Look | None = None
    logo: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDigest:
    """A digest that the start page lists."""

    name: str
    title: str
    language: str
    editions: tuple[Outline, ...]
    """The latest ones, the newest first; only that names its stories."""
    subscribe: bool
    """Whether people may sign up for it."""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The start page: the digests that there are."""

    digests: tuple[ListedDigest, ...]
    feeds: tuple[tuple[str, str], ...]
    """Of each digest: what a feed is called, and its file."""
    search: bool = False
    """Whether the editions can be searched."""
    home: str | None = None
    """The page's own address, where that is known."""
    image: str | None = None
    """The address of the picture that other sites show beside a link to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """The form for signing up."""

    written: str = ""
    """What was entered before."""
    wrong: bool = False
    """Whether what was entered is no mail address."""
    name: str = ""
    """The name that was entered before."""
    name_wrong: bool = False
    """Whether that cannot stand as a name in a mail."""
    foreign: bool = False
    """Whether a page of another site has filled it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A story that was found by searching."""

    digest: str
    digest_title: str
    digest_language: str
    slot: str
    """Of the edition that tells it."""
    story: Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was searched for, and what was found."""

    words: str
    hits: tuple[Hit, ...]
    older: int | None = None
    """Where older results begin, if there are any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A page that says something, and may have one button.

    `heading`, `lines` and `button` are keys of the program's words.
    """

    heading: str
    lines: tuple[str, ...]
    address: str = ""
    """A mail address that a line speaks of."""
    button: str | None = None
    """It posts to the page's own address."""
    again: bool = False
    """Whether there is a link to the sign-up."""
    choose: str = ""
    """The path of the page of choices, where there is a link to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalForm:
    """The page on which an editor decides about an edition."""

    edition: Edition
    """As readers would see it."""
    goes_at: datetime | None
    """When it goes out without a decision; ``None``: never."""
    revision: int
    """How often it had been edited when the page was made."""
    whole: str
    """The path at which the whole edition is seen."""
    changed: bool = False
    """Whether it was edited after the editor had opened the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedDigest:
    """A digest in the form of choices."""

    name: str
    title: str
    frequency: str
    """What is chosen now: "each", "weekly" or "nothing"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoicesForm:
    """The page on which a subscriber chooses what comes."""

    address: str
    """The masked one."""
    name: str
    digests: tuple[OfferedDigest, ...]
    saved: bool = False
    wrong: bool = False
    """Whether the name that was entered is none."""


Screen = Start | SignUp | Search | Notice | ApprovalForm | ChoicesForm
