"""Find the entries that the `drop` and `keep` rules of a digest and its feeds leave out.

    sponsored                whole words, in the title, or where there is none in the text
    /giveaway|raffle/i       a regular expression, in the same place; `i` ignores case
    text: sponsored          words or an expression, in the title and the text
    category: Deals          words or an expression, in the entry's categories
    author: /bot$/i          words or an expression, in the names of its authors
    link: youtube.com/shorts words or an expression, in its link
    language: de             also de-AT; `unknown` where it was not detected
    feed: example            the feed with this name
    older than 14d           or `newer than`: hours, days or weeks since it was published
    shorter than 80          or `longer than`: letters of the text

An entry that meets a `drop` rule is left out, and so is an entry that meets no `keep` rule if there
are any.  The rules of the digest and those of the feed both apply.  Words are found in any case and
script; in a script without spaces between words they are found anywhere.  A search with an
expression takes a bounded time at most; after that the rule counts as not met.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice

from digest.model import Digest, Entry, Feed
from digest.text import scripts
from digest.text.marks import plain
from digest.text.suggestions import nearest

SEARCHED = 20_000
"""Characters of a text that a rule looks at."""

SEARCH_TIMEOUT = 0.1
"""Seconds that one search with a regular expression may take."""

MAX_TIMEOUTS = 5
"""Searches that may take too long before an expression is given up for the run."""

PORTION = 500
"""Entries whose texts are in memory at once."""

Texts = Callable[[Sequence[int]], Mapping[int, str]]
"""A function that returns the texts kept of the entries with these ids, marked or plain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An entry as a rule sees it; `text` is ``None`` if no rule needs it or none is kept."""

    entry: Entry
    feed: Feed
    text: str | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A valid rule.

    `needs_text` says whether the rule has to see the text of an entry; `feed` is the name of the
    feed that the rule names.
    """

    written: str
    meets: Callable[[Subject], bool]
    needs_text: Callable[[Entry], bool] = lambda entry: False
    feed: str | None = None


# --- entries -------------------------------------------------------------------------------------


def unwanted(
    entries: Sequence[Entry],
    digest: Digest,
    feeds: Mapping[int, Feed],
    now: datetime,
    texts: Texts,
) -> dict[int, str]:
    """Return the rule, as written, that leaves an entry out, by the id of the entry.

    `texts` is called only for the entries whose text a rule needs.
    """
    own = {feed_id: _Rules.of(feed, "feed") for feed_id, feed in feeds.items()}
    shared = _Rules.of(digest, "digest")
    left_out: dict[int, str] = {}
    for at in range(0, len(entries), PORTION):
        portion = entries[at : at + PORTION]
        wanted = [
            entry.id
            for entry in portion
            if entry.id is not None
            and (shared.needs_text(entry) or own[entry.feed_id].needs_text(entry))
        ]
        kept_texts = texts(wanted) if wanted else {}
        for entry in portion:
            assert entry.id is not None, "an entry that is judged has been stored"
            text = kept_texts.get(entry.id)
            subject = Subject(
                entry=entry,
                feed=feeds[entry.feed_id],
                text=None if text is None else plain(text[:SEARCHED]),
                now=now,
            )
            if rule := own[entry.feed_id].objection(subject) or shared.objection(subject):
                left_out[entry.id] = rule
    return left_out


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of a digest or of a feed."""

    drop: tuple[Rule, ...]
    keep: tuple[Rule, ...]
    owner: str

    @classmethod
    def of(cls, settings: Digest | Feed, owner: str) -> _Rules:
        return cls(tuple(map(parse, settings.drop)), tuple(map(parse, settings.keep)), owner)

    def needs_text(self, entry: Entry) -> bool:
        return any(rule.needs_text(entry) for rule in (*self.drop, *self.keep))

    def objection(self, subject: Subject) -> str | None:
        """Return the rule that leaves the entry out, as written; ``None`` if none does."""
        for rule in self.drop:
            if rule.meets(subject):
                return rule.written
        if self.keep and not any(rule.meets(subject) for rule in self.keep):
            return f"none of the {self.owner}'s keep rules"
        return None


# --- reading what the operator wrote -------------------------------------------------------------


def parse(written: str) -> Rule:
    """Read a rule; raise ValueError with a sentence if it is invalid.

    >>> parse("older than two weeks")
    Traceback (most recent call last):
    ValueError: expected an age such as "older than 14d", found "older than two weeks"
    """
    rule = written.strip()
    if measured := _MEASURE.fullmatch(rule):
        return _measure(written, measured[1].lower(), measured[2])
    if (named := _FIELD.fullmatch(rule)) and _is_field(named[1].lower()):
        field, value = named[1].lower(), named[2]
        if field in _COMPARED_FIELDS:
            return _COMPARED_FIELDS[field](written, value)
        return _search(
            written, _SEARCHED_FIELDS[field], value, needs_text=lambda _: field == "text"
        )
    return _search(written, _title_or_text, rule, needs_text=lambda entry: not entry.title)


_MEASURE = re.compile(r"(older|newer|shorter|longer) than\b\s*(.*)", re.IGNORECASE)
_FIELD = re.compile(r"(\w+):\s*(.*)")
_AGE = re.compile(r"(\d{1,5})\s*([hdw])", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LETTERS = re.compile(r"\d{1,4}", re.ASCII)  # no more of a text is looked at
_TAG = re.compile(r"[a-z]{2,8}(-[a-z0-9]{1,8})*", re.ASCII)

FieldTexts = Callable[[Subject], Iterable[str | None]]
"""A function that returns the texts of one field of an entry."""


def _title_or_text(subject: Subject) -> Iterable[str | None]:
    return (subject.entry.title or subject.text,)


_SEARCHED_FIELDS: dict[str, FieldTexts] = {
    "text": lambda subject: (subject.entry.title, subject.text),
    "category": lambda subject: subject.entry.categories,
    "author": lambda subject: subject.entry.authors,
    "link": lambda subject: (subject.entry.link,),
}


def _is_field(name: str) -> bool:
    """Say whether `name` is a field; raise ValueError if it is nearly the name of one."""
    known = (*_SEARCHED_FIELDS, *_COMPARED_FIELDS)
    if name not in known and (near := nearest(name, known, cutoff=0.8)):
        raise ValueError(
            f'there is no field "{name}:"; did you mean "{near}:"? (words may stand in /.../)'
        )
    return name in known


def _search(
    written: str, texts_of: FieldTexts, sought: str, *, needs_text: Callable[[Entry], bool]
) -> Rule:
    finds = _expression(sought) if sought.startswith("/") else _words(sought)

    def meets(subject: Subject) -> bool:
        return any(finds(text[:SEARCHED]) for text in texts_of(subject) if text)

    return Rule(written=written, meets=meets, needs_text=needs_text)


def _language(written: str, value: str) -> Rule:
    wanted = value.lower()
    if not _TAG.fullmatch(wanted):
        raise ValueError(f'expected a language tag such as "language: de", found "{value}"')

    def meets(subject: Subject) -> bool:
        language = (subject.entry.language or "unknown").lower()
        return language == wanted or language.startswith(f"{wanted}-")

    return Rule(written=written, meets=meets)


def _feed(written: str, value: str) -> Rule:
    if not value:
        raise ValueError('expected the name of a feed, as in "feed: example"')

    def meets(subject: Subject) -> bool:
        return subject.feed.name == value or subject.feed.name.startswith(f"{value}/")

    return Rule(written=written, meets=meets, feed=value)


_COMPARED_FIELDS: dict[str, Callable[[str, str], Rule]] = {"language": _language, "feed": _feed}


def _measure(written: str, word: str, value: str) -> Rule:
    if word in ("older", "newer"):
        if not (age := _AGE.fullmatch(value)):
            raise ValueError(f'expected an age such as "{word} than 14d", found "{written}"')
        span = int(age[1]) * _UNITS[age[2]]
        return Rule(
            written=written,
            meets=lambda subject: (_age(subject) > span) == (word == "older"),
        )
    if not _LETTERS.fullmatch(value):
        raise ValueError(
            f'expected a length such as "{word} than 80", up to 9999, found "{written}"'
        )
    limit = int(value)

    def meets(subject: Subject) -> bool:
        if subject.text is None:
            return False
        if word == "shorter":
            return _letters(subject.text, limit) < limit
        return _letters(subject.text, limit + 1) > limit

    return Rule(written=written, meets=meets, needs_text=lambda entry: True)


def _age(subject: Subject) -> timedelta:
    entry = subject.entry
    return subject.now - (entry.published or entry.updated or entry.first_seen)


def _letters(text: str, most: int) -> int:
    """Count the letters and digits of `text`, up to `most`."""
    return sum(1 for _ in islice(filter(str.isalnum, text), most))


# --- words and expressions -----------------------------------------------------------------------

_UNSPACED = "\u3005-\u3007" + scripts.WITHOUT_SPACES
_WITHOUT_SPACES = re.compile(f"[{_UNSPACED}]")
_ENDLESS = re.compile(f"[{_UNSPACED}{scripts.HANGUL}]")  # Korean appends its particles to a word


def _words(sought: str) -> Callable[[str], bool]:
    """Return a function that says whether a text has `sought` as whole words."""
    words = _folded(sought)
    if not any(char.isalnum() or ord(char) > 127 for char in words):
        raise ValueError(f'expected words, /an expression/ or "field: words", found "{sought}"')

    def finds(text: str) -> bool:
        text = _folded(text)
        at = text.find(words)
        while at >= 0:
            end = at + len(words)
            inside = at > 0 and _in_one_word(text[at - 1], text[at], _WITHOUT_SPACES)
            goes_on = end < len(text) and _in_one_word(text[end - 1], text[end], _ENDLESS)
            if not inside and not goes_on:
                return True
            at = text.find(words, at + 1)
        return False

    return finds


@lru_cache(maxsize=8)  # all rules search the same texts in turn
def _folded(text: str) -> str:
    """Return `text` in a form in which case, width, spaces and apostrophes make no difference."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return " ".join(folded.split())


def _in_one_word(before: str, after: str, without: re.Pattern[str]) -> bool:
    """Say whether two neighboring characters stand in one word.

    `without` matches the characters of scripts that do not show where a word ends.
    """
    return all(
        (char == "_" or unicodedata.category(char)[0] in "LMN") and not without.match(char)
        for char in (before, after)
    )


def _expression(sought: str) -> Callable[[str], bool]:
    """Return a function that says whether the expression between the slashes finds anything.

    Its time is bounded by `SEARCH_TIMEOUT` and `MAX_TIMEOUTS`.
    """
    import regex

    written = re.fullmatch(r"/(.+)/(i?)", sought, re.DOTALL)
    if not written:
        raise ValueError(f'expected /an expression/ or /an expression/i, found "{sought}"')
    try:
        pattern = regex.compile(written[1], regex.IGNORECASE if written[2] else 0)
    except (regex.error, RecursionError, OverflowError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    overruns = 0

    def finds(text: str) -> bool:
        nonlocal overruns
        if overruns >= MAX_TIMEOUTS:
            return False
        try:
            return pattern.search(text, timeout=SEARCH_TIMEOUT) is not None
        except TimeoutError:
            overruns += 1
            return False

    return finds
