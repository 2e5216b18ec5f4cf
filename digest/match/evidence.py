"""What says that two entries tell the same story, and what says that they cannot.

`exact` looks at the entries alone, `likeness` at their texts; both name their rule and a score
from 0 to 1.  All are symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from digest.match import titles
from digest.match.titles import Title
from digest.match.wording import NOTES, Wording, describes, texts_differ, titles_differ
from digest.match.words import anchors, letters, shingles, written
from digest.model import Entry
from digest.net.urls import is_site_root
from digest.text.marks import plain
from digest.text.words import coded_words

COMPARED = 6_000
"""Characters of a text that are compared."""
WIDTH = 3
"""Words of a shingle that texts are compared by."""
ALIKE = 0.8
"""The share of the shorter title's words that the longer has where two titles are alike."""
ANOTHER = 0.5
"""The share below which the titles of two pages of one host are of two stories."""
OF_ONE_PAGE = 0.4
"""The share from which two titles are of one page, which may have been given another headline."""
LEAST_LETTERS = 12
"""Letters of a title that may bind: what is shorter names a column, not a story."""
LEAST_HEADLINE_WORDS, LEAST_HEADLINE_LETTERS = 5, 18
"""Words and letters of a title that may bind where one of two entries has no text."""
LEAST_HEADLINE_CHARACTERS = 12
"""The same of a title in a script without spaces."""
HEADLINE_LASTS = timedelta(days=2)
LEAD = 40
"""Words of a text that stand in for a title."""
PART, WHOLE = 0.6, 0.8
"""The share of a text below which a copy is only a part of it, and above which it is all of it."""
MOST_OF = 0.7
"""The share of a text that another must have to stand for it, whatever their titles say."""
SHOWN = 60
"""Words of a run that are shown."""


_DIGITS = frozenset(b"0123456789")


@dataclass(frozen=True, slots=True)
class Text:
    """What a text is compared by."""

    shingles: tuple[int, ...]
    distinct: frozenset[int]
    words: frozenset[bytes]
    numbers: frozenset[bytes]
    anchors: frozenset[int]
    lead: frozenset[bytes]
    """The numbers among its first words, which name it where no title does."""
    written: str
    """It as it was written, as far as it is compared."""


def read(text: str) -> Text:
    """Read a text for comparing it."""
    found = coded_words(text[:COMPARED])
    runs = shingles(found, WIDTH)
    distinct = frozenset(found)
    return Text(
        shingles=tuple(runs),
        distinct=frozenset(runs),
        words=distinct,
        numbers=_numbers(found),
        anchors=frozenset(anchors(text)),
        lead=_numbers(found[:LEAD]),
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
    """Name what two entries have in common as it stands: "link", "text" or "title"."""
    link = one.canonical_link
    if link and link == other.canonical_link and not is_site_root(link):
        return "link"
    if one.fingerprint and one.fingerprint == other.fingerprint:
        return "text"
    if not _may_be_one_language(one, other):
        return None
    if _same_title(one, other) and same_moment(one, other):
        return "title"
    lacks_text = one.fingerprint is None or other.fingerprint is None
    return "title" if lacks_text and _same_headline(one, other) else None


def twins(one: Entry, other: Entry) -> bool:
    """Tell whether two entries of one feed are one under two ids.

    They bear the same title, and the same text, or the same date and the same link but for the
    host.  An equal text under another title is boilerplate.
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
    found = titles.read(one.title).words
    return found == titles.read(other.title).words and letters(found) >= LEAST_LETTERS


def _same_headline(one: Entry, other: Entry) -> bool:
    """Tell whether two entries of about one day bear a title that is a sentence of its own.

    It binds only where one of them has no text.  One of them may have its site behind it.  Short
    titles name a column, which many sites have.
    """
    if abs(_date(one) - _date(other)) > HEADLINE_LASTS or titles.recurs(one.title):
        return False
    shared = _headlines(one.title) & _headlines(other.title)
    return any(map(_is_sentence, shared))


def _is_sentence(words: Sequence[str]) -> bool:
    if 2 * sum(len(word) == 1 for word in words) > len(words):  # a script without spaces
        return len(words) >= LEAST_HEADLINE_CHARACTERS
    return len(words) >= LEAST_HEADLINE_WORDS and letters(words) >= LEAST_HEADLINE_LETTERS


@lru_cache(maxsize=1024)
def _headlines(title: str) -> frozenset[tuple[str, ...]]:
    """Give the words of a title, and of what is left of it without a site behind it."""
    before = title.rpartition(" - ")[0] or title.rpartition(" | ")[0]
    return frozenset(titles.read(part).words for part in (title, before) if part)


def _date(entry: Entry) -> datetime:
    return entry.published or entry.updated or entry.first_seen


def same_moment(one: Entry, other: Entry) -> bool:
    """Tell whether both were published in the same second, and not merely on the same day."""
    moment = one.published
    return moment is not None and moment == other.published and bool(moment.second or moment.minute)


def _may_be_one_language(one: Entry, other: Entry) -> bool:
    tags = [entry.language.partition("-")[0] for entry in (one, other) if entry.language]
    return len(set(tags)) < 2


def _path(link: str | None) -> str:
    return urlsplit(link).path.rstrip("/") if link else ""


def contradiction(one: Entry, other: Entry) -> str | None:
    """Say why two entries cannot tell the same story, as far as titles and feeds tell."""
    if one.feed_id == other.feed_id and not twins(one, other):
        return "one feed"
    first, second = titles.read(one.title), titles.read(other.title)
    if found := titles.contradict(first, second):
        return found
    if _other_page(one, other) and first.words and second.words:
        return "page" if titles.overlap(first, second) < ANOTHER else None
    return None


def _other_page(one: Entry, other: Entry) -> bool:
    """Tell whether two entries are two pages of one host."""
    if one.canonical_link is None or other.canonical_link is None:
        return False
    first, second = urlsplit(one.canonical_link), urlsplit(other.canonical_link)
    return first.netloc == second.netloc and one.canonical_link != other.canonical_link


def numbers_differ(one: Entry, other: Entry) -> bool:
    """Tell whether the titles name different numbers, weekdays or months."""
    return titles.numbers_differ(titles.read(one.title), titles.read(other.title))


def likeness(
    one: Entry, other: Entry, one_text: Text, other_text: Text, repeated: frozenset[int]
) -> Evidence | None:
    """Weigh two texts; `repeated` are the anchors that a feed repeats."""
    short, long = sorted((one_text, other_text), key=lambda text: len(text.distinct))
    size, shared = len(short.distinct), len(short.distinct & long.distinct)
    part = int(short is other_text)
    first, second = titles.read(one.title), titles.read(other.title)
    named = _agreement(first, second)
    if size < 8:
        teased = named == "same" and _teased(one, other, short, long)
        return Evidence(rule="excerpt", score=1.0, part=part) if teased else None
    if 2 * shared < size:
        return None
    if (
        titles.numbers_differ(first, second)
        or not _same_numbers(short, long)
        or not _lead_alike(short, long, named)
        or _only_boilerplate(short, long, repeated)
    ):
        return None
    alike, of_long = shared / size, shared / len(long.distinct)
    if of_long >= 0.25:
        least, enough, whole = _COPY["long" if named == "unknown" and size >= LONG else named]
        if size >= least and alike >= enough and of_long >= whole:
            return Evidence(rule="text", score=alike, part=part if of_long < WHOLE else None)
        return None
    head = frozenset(long.shingles[: 2 * len(short.shingles) + 30])
    at_head = len(short.distinct & head) / size
    least, enough = _EXCERPT[named]
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
"""What a copy must have, by what its title is to the other: shingles, the shares shared."""
_EXCERPT = {"same": (8, 0.7), "alike": (20, 0.85), "unknown": (14, 0.75), "differ": (0, 2.0)}
"""What an excerpt must have: shingles, and the share of them at the beginning of the other."""
OPENING, SHORT_OPENING = 30, 12
"""Shingles at the beginning of a text that say what it is about; fewer where no title vouches for
it, because news on an old matter often differs from that in its first sentence alone."""
FRAME = 60
"""Shingles within which a text begins that has a site's own words before it."""
LONG = 120
"""Shingles of a text that need not bear the same numbers at its beginning under the same title, and
under none may differ somewhat more."""
LEAST_TELLING = 20
"""Shingles of a text that is long enough to say that it is another."""
LEAST_COMMENT = 6
"""Shingles of a text that says something of its own about what it links to."""
LEAST_TEASER = 4
"""Shingles of a short sentence that may tease a text of the same title and day."""


def _agreement(one: Title, other: Title) -> str:
    if not one.words or not other.words:
        return "unknown"
    shared = titles.overlap(one, other)
    return "same" if shared == 1.0 else "alike" if shared >= ALIKE else "differ"


def _teased(one: Entry, other: Entry, short: Text, long: Text) -> bool:
    """Tell whether a text of the same title and day begins with the other as a whole.

    A column bears one title each week, and may begin with one sentence.
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


def _lead_alike(short: Text, long: Text, named: str) -> bool:
    """Tell whether two texts begin alike, where their titles do not vouch for them.

    What begins otherwise under another title has the rest from its site; what begins with other
    numbers, from a template.
    """
    vouched = named == "same" and len(short.distinct) >= LONG
    if not (vouched or short.lead <= long.words or long.lead <= short.words):
        return False
    if named == "same":
        return True
    part = named == "unknown" and len(short.distinct) < PART * len(long.distinct)
    if part or named == "differ":
        return _opening_shared(short, long, SHORT_OPENING, FRAME if part else None) >= 0.4
    return _opening_shared(short, long, OPENING) >= 0.4


def _opening_shared(short: Text, long: Text, size: int, within: int | None = None) -> float:
    """Give the share of the first shingles of either text that the other has, the greater one.

    Those of the shorter text count where they are among the first `within` of the longer one.
    """
    head_of_short, head_of_long = (frozenset(text.shingles[:size]) for text in (short, long))
    place = long.distinct if within is None else frozenset(long.shingles[:within])
    return max(
        len(head_of_short & place) / len(head_of_short),
        len(head_of_long & short.distinct) / len(head_of_long),
    )


def _same_numbers(short: Text, long: Text) -> bool:
    """Tell whether the numbers of the shorter text stand in the longer, but for a few."""
    missing = short.numbers - long.words
    return len(missing) < 3 or 2 * len(missing) <= len(short.numbers)


def _only_boilerplate(short: Text, long: Text, repeated: frozenset[int]) -> bool:
    """Tell whether the two share little but what a feed repeats."""
    if short.anchors.isdisjoint(repeated):
        return False
    own = short.anchors - repeated
    return 2 * len(own & long.anchors) < len(own) or not own


def holds(one: Text, other: Text) -> bool:
    """Tell whether one text holds the other, but for what a cut leaves of its last words."""
    short, long = sorted((one, other), key=lambda text: len(text.distinct))
    return len(short.distinct - long.distinct) < WIDTH


def comments(one: Entry, other: Entry, one_text: Text, other_text: Text) -> bool:
    """Tell whether two entries with one link say different things about it.

    They are offers with one landing page, or comments on one article: they have other titles, and
    little of their texts in common.
    """
    first, second = titles.read(one.title), titles.read(other.title)
    if not (first.words and second.words) or titles.overlap(first, second) >= OF_ONE_PAGE:
        return False
    size = min(len(one_text.distinct), len(other_text.distinct))
    return size >= LEAST_COMMENT and not much_shared(one_text, other_text)


def much_shared(one: Text, other: Text) -> bool:
    """Tell whether the longer text has half of the shorter one."""
    short, long = sorted((one, other), key=lambda text: len(text.distinct))
    return 2 * len(short.distinct & long.distinct) >= len(short.distinct)


def titles_agree(one: Entry, other: Entry) -> bool:
    """Tell whether the titles do not differ: one is missing, or holds all words of the other."""
    return _agreement(titles.read(one.title), titles.read(other.title)) in ("same", "unknown")


def other_filling(
    one: Entry, other: Entry, wording: Wording, other_wording: Wording, *, alike: bool
) -> bool:
    """Tell whether two entries are two fillings of one template.

    `alike` says that their texts have much in common.  Short texts of that kind, under titles of
    which neither says what is in them, are notes that a site puts below everything.
    """
    first, second = titles.read(one.title), titles.read(other.title)
    named = _agreement(first, second)
    if named not in ("same", "unknown") and titles_differ(wording, other_wording):
        return True
    if not alike:
        return False
    size = min(len(wording.words), len(other_wording.words))
    other_title = named == "differ" and titles.overlap(first, second) < ANOTHER
    if other_title and size < NOTES and not _described(wording, other_wording):
        return True
    vouched = named == "same" and letters(first.words) >= LEAST_LETTERS
    return texts_differ(wording, other_wording, vouched)


def _described(one: Wording, other: Wording) -> bool:
    return describes(one) or describes(other)


def apart(one: Text, other: Text) -> bool:
    """Tell whether two texts are long enough to tell, and have less than half in common."""
    short, long = sorted((one, other), key=lambda text: len(text.distinct))
    size = len(short.distinct)
    return size >= LEAST_TELLING and len(short.distinct & long.distinct) < 0.4 * size


def is_part(one: Text, other: Text) -> bool:
    """Tell whether `other` says much that `one` does not; both are long enough to tell."""
    if not LEAST_TELLING <= len(one.distinct) <= len(other.distinct):
        return False
    return len(one.distinct & other.distinct) < MOST_OF * len(other.distinct)


def shared_runs(one: str, other: str, most: int = 3) -> tuple[str, ...]:
    """Give the longest runs of words that two texts share, the longest first, for a person to read.

    >>> shared_runs("The old ferry sank at noon.", "They say the old ferry sank.")
    ('The old ferry sank',)
    """
    text = plain(one[:COMPARED])
    found = coded_words(text)
    theirs = frozenset(shingles(coded_words(plain(other[:COMPARED])), WIDTH))
    runs: list[tuple[int, int]] = []
    for at, shingle in enumerate(shingles(found, WIDTH)):
        if shingle not in theirs:
            continue
        if runs and runs[-1][1] == at + WIDTH - 1:
            runs[-1] = (runs[-1][0], at + WIDTH)
        else:
            runs.append((at, at + WIDTH))
    runs.sort(key=lambda run: (run[0] - run[1], run[0]))
    cut = [found[start : min(end, start + SHOWN)] for start, end in runs[:most]]
    return tuple(written(run, text) for run in cut)
