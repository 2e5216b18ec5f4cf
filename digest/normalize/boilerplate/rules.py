"""Rules for whole blocks: a wording that is sure, or one that a second sign has to back.

A sure rule knows every word of what it matches.  An open one ("Join us on ...") may match an
author's sentence too: it holds only where the block is mostly a link, has an address, or names the
entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class BoilerplateRule:
    """What a piece is called, the pattern of the whole of it (without groups), how sure it is."""

    note: str
    patterns: tuple[str, ...]
    sign: str = ""
    """A string that every match holds: the pattern is not tried without it."""
    is_open: bool = False
    """Whether free text is part of the pattern, so that a second sign is needed."""


def sure(note: str, *patterns: str, sign: str = "") -> BoilerplateRule:
    """Make a rule that needs no second sign."""
    return BoilerplateRule(note, patterns, sign)


def open_ended(note: str, *patterns: str, sign: str = "") -> BoilerplateRule:
    """Make a rule that holds only where a second sign backs it."""
    return BoilerplateRule(note, patterns, sign, is_open=True)


class Rules:
    """Several rules as few patterns: most blocks match none, and fail once instead of ten times."""

    def __init__(self, rules: Iterable[BoilerplateRule], flags: re.RegexFlag = re.NOFLAG) -> None:
        rules = list(rules)
        self._sure = _by_sign([rule for rule in rules if not rule.is_open], flags)
        self._open = _by_sign([rule for rule in rules if rule.is_open], flags)

    def note(self, text: str, is_backed: Callable[[], bool]) -> str | None:
        """Return the note of a rule that `text` as a whole follows.

        `is_backed` tells whether there is a second sign; it is asked only where it decides.
        """
        if note := _first(self._sure, text):
            return note
        note = _first(self._open, text)
        return note if note and is_backed() else None


class _SameSign:
    """The rules whose matches all hold one string, which may be empty."""

    def __init__(self, sign: str, rules: Sequence[BoilerplateRule], flags: re.RegexFlag) -> None:
        self.sign = sign
        self.rules = rules
        self.pattern = re.compile("|".join(p for rule in rules for p in rule.patterns), flags)
        """All their patterns side by side, without groups: one look at a letter rejects most."""

    @cached_property
    def _grouped(self) -> re.Pattern[str]:
        """The same with a group for each rule, for the few texts that match."""
        groups = (f"({'|'.join(rule.patterns)})" for rule in self.rules)
        return re.compile("|".join(groups), self.pattern.flags)

    def note(self, text: str) -> str | None:
        """Return the note of the rule that `text` follows."""
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
