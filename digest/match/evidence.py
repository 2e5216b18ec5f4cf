"""Find evidence that two entries tell the same story, or that they cannot.

`exact` compares the entries alone, `likeness` their texts; both return a rule, `likeness` with a
score from 0 to 1.  All functions are symmetric.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from digest.match import titles
from digest.match.shingles import anchors, letters, shingles, written
from digest.match.titles import Title
from digest.match.wording import NOTES, Wording, describes, texts_differ, titles_differ
from digest.model import Entry
from digest.net.urls import is_site_root
from digest.text.marks import plain
from digest.text.words import coded_words

COMPARED = 6_000
"""The most characters of a text that are compared."""
WIDTH = 3
"""The number of words of a shingle."""
ALIKE = 0.8
"""Two titles are alike if the longer has at least this share of the shorter one's words."""
ANOTHER = 0.5
"""Two pages of one host whose titles share less than this tell two stories."""
OF_ONE_PAGE = 0.4
"""Two titles that share at least this are of one page, whose headline may have been changed."""
LEAST_LETTERS = 12
"""The least letters of a title that may join entries: a shorter one names a column."""
LEAST_HEADLINE_WORDS, LEAST_HEADLINE_LETTERS = 5, 18
"""The least words and letters of a title that joins two entries of which one has no text."""
LEAST_HEADLINE_CHARACTERS = 12
"""The least characters of such a title in a script without spaces."""
HEADLINE_LASTS = timedelta(days=2)
LEAD = 40
"""So many first words of a text are used in place of a title."""
PART, WHOLE = 0.6, 0.8
"""A copy of less than `PART` of a text is an excerpt of it; one of `WHOLE` or more is complete."""
MOST_OF = 0.7
"""A text with at least this share of another may replace it, whatever their titles are."""
SHOWN = 60
"""The most words of a shared run that are shown."""


_DIGITS = frozenset(b"0123456789")


@dataclass(frozen=True, slots=True)
class Text:
    """The shingles, words and numbers by which a text is compared."""

    shingles: tuple[int, ...]
    distinct: frozenset[int]
    words: frozenset[bytes]
    numbers: frozenset[bytes]
    anchors: frozenset[int]
    lead: frozenset[bytes]
    """The numbers among the first words, which identify a text without a title."""
    written: str
    """The compared part of the text, as written."""


def read(text: str) -> Text:
    """Return the properties by which a text is compared."""
    text_words = coded_words(text[:COMPARED])
    runs = shingles(text_words, WIDTH)
    distinct = frozenset(text_words)
    return Text(
        shingles=tuple(runs),
        distinct=frozenset(runs),
        words=distinct,
        numbers=_numbers(text_words),
        anchors=frozenset(anchors(text)),
        lead=_numbers(text_words[:LEAD]),
        written=text[:COMPARED],
    )


def _numbers(words: Sequence[bytes]) -> frozenset[bytes]:
    return frozenset(word for word in words if not _DIGITS.isdisjoint(word))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why two entries tell the same story."""

    rule: str
    score: float
    part: int | None = None
    """The position, 0 or 1, of the entry whose text is only a small part of the other's."""


def exact(one: Entry, other: Entry) -> str | None:
    """Return which property two entries share exactly: "link", "text", "title" or ``None``."""
    link = one.canonical_link
    if link and link == other.canonical_link and not is_site_root(link):
        return "link"
    if one.fingerprint and one.fingerprint == other.fingerprint:
        return "text"
    lacks_text = one.fingerprint is None or other.fingerprint is None
    if lacks_text and is_cut_headline(one, other):
        return "title"
    if not _may_be_one_language(one, other):
        return None
    if _same_title(one, other) and same_moment(one, other):
        return "title"
    return "title" if lacks_text and _same_headline(one, other) else None


def twins(one: Entry, other: Entry) -> bool:
    """Return whether two entries of one feed are one entry under two ids.

    They are if they have the same title, and either the same text, or the same date and, apart from
    the host, the same link.  An equal text under another title is boilerplate.
    """
    if titles.read(one.title).words != titles.read(other.title).words:
        return False
    if one.title and one.fingerprint and one.fingerprint == other.fingerprint:
        return True
    if one.published is None or other.published is None:
        no_text = one.fingerprint is other.fingerprint is None
        return (
            bool(one.title) and no_text and one.canonical_link == other.canonical_link is not None
        )
    return one.published == other.published and _path(one.link) == _path(other.link)


def _same_title(one: Entry, other: Entry) -> bool:
    title_words = titles.read(one.title).words
    same = title_words == titles.read(other.title).words
    return same and letters(title_words) >= LEAST_LETTERS


def _same_headline(one: Entry, other: Entry) -> bool:
    """Return whether two entries of about one day share a title that is a whole sentence.

    Such a title joins two entries only if one of them has no text.  The name of the site may follow
    one of the titles.  Short titles name a column, and many sites have columns of one name.
    """
    if abs(_date(one) - _date(other)) > HEADLINE_LASTS or titles.recurs(one.title):
        return False
    shared = _headlines(one.title) & _headlines(other.title)
    return any(map(_is_sentence, shared))


def is_cut_headline(one: Entry, other: Entry) -> bool:
    """Return whether one entry has the other's headline, cut by an aggregator, of about one day."""
    if abs(_date(one) - _date(other)) > HEADLINE_LASTS or titles.recurs(one.title):
        return False
    first, second = titles.read(one.title), titles.read(other.title)
    for short, whole in ((first, second), (second, first)):
        if short.cut is not None and titles.is_cut_from(short, whole):
            return _is_sentence(short.cut)
    return False


def _is_sentence(words: Sequence[str]) -> bool:
    if 2 * sum(len(word) == 1 for word in words) > len(words):  # a script without spaces
        return len(words) >= LEAST_HEADLINE_CHARACTERS
    return len(words) >= LEAST_HEADLINE_WORDS and letters(words) >= LEAST_HEADLINE_LETTERS


@lru_cache(maxsize=1024)
def _headlines(title: str) -> frozenset[tuple[str, ...]]:
    """Return the words of a title, with and without the site that follows it."""
    before = title.rpartition(" - ")[0] or title.rpartition(" | ")[0]
    return frozenset(titles.read(part).words for part in (title, before) if part)


def _date(entry: Entry) -> datetime:
    return entry.published or entry.updated or entry.first_seen


def same_moment(one: Entry, other: Entry) -> bool:
    """Return whether both were published in the same second, and not at a full hour.

    A time at a full hour may stand for the day alone.
    """
    moment = one.published
    return moment is not None and moment == other.published and bool(moment.second or moment.minute)


def _may_be_one_language(one: Entry, other: Entry) -> bool:
    tags = [entry.language.partition("-")[0] for entry in (one, other) if entry.language]
    return len(set(tags)) < 2


def _path(link: str | None) -> str:
    return urlsplit(link).path.rstrip("/") if link else ""


def contradiction(one: Entry, other: Entry) -> str | None:
    """Return why two entries cannot tell the same story, by titles and feeds, or ``None``."""
    if one.feed_id == other.feed_id and not twins(one, other):
        return "one feed"
    first, second = titles.read(one.title), titles.read(other.title)
    if found := titles.contradict(first, second):
        return found
    if _other_page(one, other) and first.words and second.words:
        return "page" if titles.overlap(first, second) < ANOTHER else None
    return None


def _other_page(one: Entry, other: Entry) -> bool:
    """Return whether two entries are two pages of one host."""
    if one.canonical_link is None or other.canonical_link is None:
        return False
    first, second = urlsplit(one.canonical_link), urlsplit(other.canonical_link)
    return first.netloc == second.netloc and one.canonical_link != other.canonical_link


def numbers_differ(one: Entry, other: Entry) -> bool:
    """Return whether the titles name different numbers, weekdays or months."""
    return titles.numbers_differ(titles.read(one.title), titles.read(other.title))


def likeness(
    one: Entry, other: Entry, one_text: Text, other_text: Text, repeated: frozenset[int]
) -> Evidence | None:
    """Return the evidence in two texts, if any; `repeated` are the anchors that feeds repeat."""
    short, long = sorted((one_text, other_text), key=lambda text: len(text.distinct))
    size, shared = len(short.distinct), len(short.distinct & long.distinct)
    part = int(short is other_text)
    first, second = titles.read(one.title), titles.read(other.title)
    agreement = _agreement(first, second)
    if size < 8:
        teased = agreement == "same" and _is_teaser(one, other, short, long)
        return Evidence(rule="excerpt", score=1.0, part=part) if teased else None
    if 2 * shared < size:
        return None
    if (
        titles.numbers_differ(first, second)
        or not _same_numbers(short, long)
        or not _lead_alike(short, long, agreement)
        or _only_boilerplate(short, long, repeated)
    ):
        return None
    alike, of_long = shared / size, shared / len(long.distinct)
    if of_long >= 0.25:
        least, enough, whole = _COPY[
            "long" if agreement == "unknown" and size >= LONG else agreement
        ]
        if size >= least and alike >= enough and of_long >= whole:
            return Evidence(rule="text", score=alike, part=part if of_long < WHOLE else None)
        return None
    head = frozenset(long.shingles[: 2 * len(short.shingles) + 30])
    at_head = len(short.distinct & head) / size
    least, enough = _EXCERPT[agreement]
    if size >= least and at_head >= enough:
        return Evidence(rule="excerpt", score=at_head, part=part)
    return None


_COPY = {
    "same": (10, 0.5, 0.25),
    "alike": (20, 0.75, 0.25),
    "unknown": (20, 0.6, 0.25),
    "long": (0, 0.55, 0.25),
    "differ": (40, 0.75, MOST_OF),
}
"""The least a copy must have, by the agreement of the titles: shingles, and the shared share of the
shorter and of the longer text."""
_EXCERPT = {"same": (8, 0.7), "alike": (20, 0.85), "unknown": (14, 0.75), "differ": (0, 2.0)}
"""The least an excerpt must have: shingles, and their share at the beginning of the other text."""
OPENING, SHORT_OPENING = 30, 12
"""So many first shingles say what a text is about.  `SHORT_OPENING` is used where the titles do not
agree, because news on an old matter often differs from older texts in the first sentence alone."""
FRAME = 60
"""A text that follows a site's own words begins within so many shingles."""
LONG = 120
"""A text of so many shingles need not have the same numbers at its beginning if the titles are the
same, and may differ somewhat more if there is no title."""
LEAST_TELLING = 20
"""The least shingles of a text that can prove to be a different one."""
LEAST_COMMENT = 6
"""The least shingles of a text that comments on the page it links to."""
LEAST_TEASER = 4
"""The least shingles of a sentence that may be the teaser of a text of the same title and day."""


def _agreement(one: Title, other: Title) -> str:
    if not one.words or not other.words:
        return "unknown"
    shared = titles.overlap(one, other)
    return "same" if shared == 1.0 else "alike" if shared >= ALIKE else "differ"


def _is_teaser(one: Entry, other: Entry, short: Text, long: Text) -> bool:
    """Return whether the longer text begins with the whole shorter one, on the same day.

    The day matters: a column has one title each week, and may begin with the same sentence.
    """
    if one.published is None or other.published is None:
        return False
    size = len(short.shingles)
    return (
        abs(one.published - other.published) <= timedelta(days=1)
        and size >= LEAST_TEASER
        and short.shingles == long.shingles[:size]
        and letters(titles.read(one.title).words) >= LEAST_LETTERS
    )


def _lead_alike(short: Text, long: Text, agreement: str) -> bool:
    """Return whether two texts begin alike, or have titles that make this unnecessary.

    Texts under different titles that begin differently share only their site's boilerplate; texts
    that begin with different numbers share only a template.
    """
    vouched = agreement == "same" and len(short.distinct) >= LONG
    if not (vouched or short.lead <= long.words or long.lead <= short.words):
        return False
    if agreement == "same":
        return True
    part = agreement == "unknown" and len(short.distinct) < PART * len(long.distinct)
    if part or agreement == "differ":
        return _opening_shared(short, long, SHORT_OPENING, FRAME if part else None) >= 0.4
    return _opening_shared(short, long, OPENING) >= 0.4


def _opening_shared(short: Text, long: Text, size: int, within: int | None = None) -> float:
    """Return the share of one text's first `size` shingles in the other, whichever is greater.

    Shingles of the shorter text count only among the first `within` shingles of the longer one.
    """
    head_of_short, head_of_long = (frozenset(text.shingles[:size]) for text in (short, long))
    place = long.distinct if within is None else frozenset(long.shingles[:within])
    return max(
        len(head_of_short & place) / len(head_of_short),
        len(head_of_long & short.distinct) / len(head_of_long),
    )


def _same_numbers(short: Text, long: Text) -> bool:
    """Return whether all but a few numbers of the shorter text stand in the longer one."""
    missing = short.numbers - long.words
    return len(missing) < 3 or 2 * len(missing) <= len(short.numbers)


def _only_boilerplate(short: Text, long: Text, repeated: frozenset[int]) -> bool:
    """Return whether two texts share little beside what a feed repeats."""
    if short.anchors.isdisjoint(repeated):
        return False
    own = short.anchors - repeated
    return 2 * len(own & long.anchors) < len(own) or not own


def contains(one: Text, other: Text) -> bool:
    """Return whether one text contains the other, apart from last words that a cut has changed."""
    short, long = sorted((one, other), key=lambda text: len(text.distinct))
    return len(short.distinct - long.distinct) < WIDTH


def comments(one: Entry, other: Entry, one_text: Text, other_text: Text) -> bool:
    """Return whether two entries with one link say different things about the linked page.

    Examples are offers with one landing page, and comments on one article: their titles differ, and
    their texts share little.
    """
    first, second = titles.read(one.title), titles.read(other.title)
    if not (first.words and second.words) or titles.overlap(first, second) >= OF_ONE_PAGE:
        return False
    size = min(len(one_text.distinct), len(other_text.distinct))
    return size >= LEAST_COMMENT and not much_shared(one_text, other_text)


def is_note_on(one: Text, other: Text) -> bool:
    """Return whether one text is much shorter, and has no number that the other lacks."""
    short, long = sorted((one, other), key=lambda text: len(text.distinct))
    return len(short.distinct) < LEAST_TELLING and short.numbers <= long.words


def link_differently(one: Entry, other: Entry, wording: Wording, other_wording: Wording) -> bool:
    """Return whether two entries with one link, one of them without a text, tell different stories.

    They do if their titles fill one frame, as offers with one landing page do.  Other titles may be
    headlines of one article; but a live blog has many stories, and where neither has a text, the
    address must look like that of an article.
    """
    first, second = titles.read(one.title), titles.read(other.title)
    if titles_differ(wording, other_wording, share=FRAME_OF_OFFERS):
        return True
    if titles.overlap(first, second) >= OF_ONE_PAGE:
        return False
    link = one.canonical_link or ""
    has_text = bool(wording.text or other_wording.text)
    return is_live(link) or not (has_text or names_an_article(link))


FRAME_OF_OFFERS = 0.5
"""The least share of letters that two titles of one frame have in common."""
_SLUG = re.compile(
    r"[^/?#]*[^\W\d_]{2,}[-_+.][^/?#]*[^\W\d_]{2,}[^/?#]*|[^/?#]*\d{3,}[^/?#]*|[^/?#]{24,}"
)
_LIVE = re.compile(
    r"(?:^|[-_./])(?:live-?blog|live-?ticker|ticker|en-vivo|en-direct|ao-vivo|diretta)(?:[-_./]|$)"
    r"|[-_/]live(?:[/.]|$)"
)


def is_live(link: str) -> bool:
    """Return whether an address is that of a live blog."""
    return _LIVE.search(urlsplit(link).path) is not None


def names_an_article(link: str) -> bool:
    """Return whether an address looks like that of one article: words, a number or a long name.

    The pages of a section and of a shop do not.
    """
    parts = urlsplit(link)
    segments = [unquote(segment) for segment in parts.path.split("/") if segment]
    return any(map(_SLUG.fullmatch, segments)) or bool(re.search(r"=\d{3,}", parts.query))


def much_shared(one: Text, other: Text) -> bool:
    """Return whether the longer text has at least half of the shorter one."""
    short, long = sorted((one, other), key=lambda text: len(text.distinct))
    return 2 * len(short.distinct & long.distinct) >= len(short.distinct)


def titles_agree(one: Entry, other: Entry) -> bool:
    """Return whether the titles agree: one is missing, or has all words of the other."""
    return _agreement(titles.read(one.title), titles.read(other.title)) in ("same", "unknown")


def fill_one_template(
    one: Entry, other: Entry, wording: Wording, other_wording: Wording, *, alike: bool
) -> bool:
    """Return whether two entries are made from one template with different contents.

    `alike` says that their texts have much in common.  Short texts that are alike, under titles
    that do not describe them, are notes that a site puts below every entry.
    """
    first, second = titles.read(one.title), titles.read(other.title)
    agreement = _agreement(first, second)
    if agreement not in ("same", "unknown") and titles_differ(wording, other_wording):
        return True
    if not alike:
        return False
    size = min(len(wording.words), len(other_wording.words))
    other_title = agreement == "differ" and titles.overlap(first, second) < ANOTHER
    if other_title and size < NOTES and not _described(wording, other_wording):
        return True
    vouched = agreement == "same" and letters(first.words) >= LEAST_LETTERS
    return texts_differ(wording, other_wording, vouched)


def _described(one: Wording, other: Wording) -> bool:
    return describes(one) or describes(other)


def are_dissimilar(one: Text, other: Text) -> bool:
    """Return whether two texts are long enough to compare, and share less than two fifths."""
    short, long = sorted((one, other), key=lambda text: len(text.distinct))
    size = len(short.distinct)
    return size >= LEAST_TELLING and len(short.distinct & long.distinct) < 0.4 * size


def is_part(one: Text, other: Text) -> bool:
    """Return whether `other` says much that `one` does not; both must be long enough to compare."""
    if not LEAST_TELLING <= len(one.distinct) <= len(other.distinct):
        return False
    return len(one.distinct & other.distinct) < MOST_OF * len(other.distinct)


def shared_runs(one: str, other: str, most: int = 3) -> tuple[str, ...]:
    """Return the longest runs of words that two texts share, as written, the longest first.

    >>> shared_runs("The old ferry sank at noon.", "They say the old ferry sank.")
    ('The old ferry sank',)
    """
    text = plain(one[:COMPARED])
    text_words = coded_words(text)
    theirs = frozenset(shingles(coded_words(plain(other[:COMPARED])), WIDTH))
    runs: list[tuple[int, int]] = []
    for at, shingle in enumerate(shingles(text_words, WIDTH)):
        if shingle not in theirs:
            continue
        if runs and runs[-1][1] == at + WIDTH - 1:
            runs[-1] = (runs[-1][0], at + WIDTH)
        else:
            runs.append((at, at + WIDTH))
    runs.sort(key=lambda run: (run[0] - run[1], run[0]))
    cut = [text_words[start : min(end, start + SHOWN)] for start, end in runs[:most]]
    return tuple(written(run, text) for run in cut)
