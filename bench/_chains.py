"""Make news that chains may hide: follow-ups, versions, episodes, round-ups, and copies between.

Each telling bears the names of what can be read in it: an excerpt without a title is one of an
article, and of a round-up that begins with it.  Editions have hidden a name where no entry that
leads a story bears it, though one edition of all would have one that does.
"""

from __future__ import annotations

import random
from typing import NamedTuple

import _groups


class Link(NamedTuple):
    """An entry of a chain."""

    tells: frozenset[str]
    feed: int
    title: str
    html: str


def make(seed: int, language: str) -> list[Link]:
    """Make the entries of a few weeks in one language."""
    chance = random.Random(f"{seed}/{language}")
    bank = _groups.BANKS[language]
    gap = "" if language in ("zh", "ja") else " "
    feeds = iter(range(1, 10_000))
    links: list[Link] = []
    originals: list[tuple[str, str, list[str]]] = []
    for number in range(8):
        name, title, sentences = f"story {number}", *_groups.news(chance, language, seed + number)
        originals.append((name, title, sentences))
        wire = next(feeds)
        links.append(_link(name, wire, title, _html(sentences)))
        for _ in range(chance.randint(1, 3)):
            told = chance.choice(
                (sentences, sentences[: chance.randint(3, 5)], [*sentences, bank.words[3]])
            )
            links.append(_link(name, next(feeds), title, _html(told)))
        links.append(_link(name, next(feeds), "", f"<p>{gap.join(sentences)[:200]}…</p>"))
        # The wire's next news: another beginning, then the same background.
        later, fresh = _groups.news(chance, language, seed + number + 50)
        links.append(_link(f"{name} later", wire, later, _html([*fresh[:2], *sentences[1:]])))
        if chance.random() < 0.5:
            links.append(
                _link(f"{name} later", next(feeds), later, _html([*fresh[:2], *sentences[1:]]))
            )
        # A version, and the next with the same words around.
        _, notes = _groups.news(chance, language, seed + number + 90)
        for version in ("1.2", "1.3"):
            told = [f"{bank.who.split('|')[number % 7]} {version}.", *notes]
            named = f"{bank.who.split('|')[number % 7]} {version}"
            links.append(_link(f"{name} {version}", 20_000 + number, named, _html(told)))
            links.append(_link(f"{name} {version}", next(feeds), named, _html(told)))
    for number in range(4):
        several = chance.sample(originals, 3)
        every = [sentence for *_, sentences in several for sentence in sentences]
        title = f"{chance.choice(bank.words)} {number + 1}"
        links.append(_link(f"round-up {number}", 30_000, title, _html(every)))
        start = gap.join(every)[:300]
        begun = {name for name, _, sentences in several if sentences[0] in start}
        links.append(
            Link(frozenset({f"round-up {number}", *begun}), next(feeds), "", f"<p>{start}…</p>")
        )
    return links


def split(seed: int, count: int, editions: int) -> list[list[int]]:
    """Put the entries into editions at random, in a random order."""
    chance = random.Random(seed)
    parts: list[list[int]] = [[] for _ in range(editions)]
    for at in chance.sample(range(count), count):
        chance.choice(parts).append(at)
    return parts


def _link(name: str, feed: int, title: str, html: str) -> Link:
    return Link(frozenset([name]), feed, title, html)


def _html(sentences: list[str]) -> str:
    return "".join(f"<p>{sentence}</p>" for sentence in sentences)
