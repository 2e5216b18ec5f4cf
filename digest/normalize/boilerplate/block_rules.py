"""Rules that match whole blocks: sure ones, and open ones that need a second sign.

A sure rule spells out every word that it matches.  An open rule ("Join us on ...") may match a
sentence of the author too, so it applies only if the block is mostly a link, has an address, or
names the entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class BoilerplateRule:
    """A rule for a whole block: a note, patterns without groups, and whether it is open."""

    note: str
    patterns: tuple[str, ...]
    sign: str = ""
    """A string that every match contains; the patterns are not tried on a text without it."""
    is_open: bool = False
    """Whether free text is part of the pattern, so that a second sign is needed."""


def sure(note: str, *patterns: str, sign: str = "") -> BoilerplateRule:
    """Return a rule that needs no second sign."""
    return BoilerplateRule(note, patterns, sign)


def open_ended(note: str, *patterns: str, sign: str = "") -> BoilerplateRule:
    """Return a rule that applies only with a second sign."""
    return BoilerplateRule(note, patterns, sign, is_open=True)


class Rules:
    """Several rules joined to few patterns: a block that matches none fails once, not ten times."""

    def __init__(self, rules: Iterable[BoilerplateRule], flags: re.RegexFlag = re.NOFLAG) -> None:
        rules = list(rules)
        self._sure = _by_sign([rule for rule in rules if not rule.is_open], flags)
        self._open = _by_sign([rule for rule in rules if rule.is_open], flags)

    def note(self, text: str, is_backed: Callable[[], bool]) -> str | None:
        """Return the note of a rule that matches the whole of `text`.

        `is_backed` says whether there is a second sign; it is called only if an open rule matches.
        """
        if note := _first(self._sure, text):
            return note
        note = _first(self._open, text)
        return note if note and is_backed() else None


class _SameSign:
    """Rules whose matches all contain the same string, which may be empty."""

    def __init__(self, sign: str, rules: Sequence[BoilerplateRule], flags: re.RegexFlag) -> None:
        self.sign = sign
        self.rules = rules
        self.pattern = re.compile("|".join(p for rule in rules for p in rule.patterns), flags)
        """All patterns as alternatives without groups: most texts fail at their first letter."""

    @cached_property
    def _grouped(self) -> re.Pattern[str]:
        """The same patterns with a group for each rule, for the few texts that match."""
        groups = (f"({'|'.join(rule.patterns)})" for rule in self.rules)
        return re.compile("|".join(groups), self.pattern.flags)

    def note(self, text: str) -> str | None:
        """Return the note of the rule that matches the whole of `text`."""
        if not self.pattern.fullmatch(text):
            return None
        found = self._grouped.fullmatch(text)
        return self.rules[found.lastindex - 1].note if found and found.lastindex else None


def _by_sign(rules: Sequence[BoilerplateRule], flags: re.RegexFlag) -> Sequence[_SameSign]:
    by_sign: dict[str, list[BoilerplateRule]] = {}
    for rule in rules:
        by_sign.setdefault(rule.sign, []).append(rule)
    return [_SameSign(sign, same, flags) for sign, same in by_sign.items()]


def _first(groups: Sequence[_SameSign], text: str) -> str | None:
    for group in groups:
        if group.sign in text and (note := group.note(text)):
            return note
    return None
