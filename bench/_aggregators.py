"""Copies as aggregators make them: headlines that are cut, and one link under many titles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import _matching
from digest.model import Entry

HEADLINES = (
    "Council approves new bridge over the river after ten years of debate",
    "How a small library in Mill Bay became the busiest place in the whole county",
    "First round of talks on the harbor ends without a result, both sides say",
    "Version 4.2 of Larkspur brings a faster start, a new editor and many repairs",
    "Gemeinderat stimmt nach zehn Jahren Streit für die neue Brücke bei Niederau",
    "Le conseil municipal approuve un nouveau pont après dix ans de débats",
    "El ayuntamiento aprueba un nuevo puente sobre el río tras diez años de debate",
    "Il consiglio comunale approva un nuovo ponte sul fiume dopo dieci anni",
    "A câmara aprova uma nova ponte sobre o rio depois de dez anos de debate",
    "Городской совет одобрил новый мост через реку после десяти лет споров",
    "مجلس المدينة يوافق على بناء جسر جديد فوق النهر بعد عشر سنوات من النقاش",
    "市议会在十年争论之后终于批准在老码头附近修建一座新的跨河大桥",
    "市議会は十年にわたる議論の末に古い港の近くに新しい橋を架けることを決めた",
    "시의회가 십 년의 논쟁 끝에 옛 부두 근처에 새로운 다리를 놓기로 결정했다",
)
CUTS: dict[str, Callable[[str], str]] = {
    "within a word": lambda headline: headline[: len(headline) * 62 // 100] + "…",
    "three points": lambda headline: headline[: len(headline) * 7 // 10] + "...",
    "after a word": lambda headline: (
        (
            headline[: len(headline) * 8 // 10].rpartition(" ")[0]
            or headline[: len(headline) * 7 // 10]
        )
        + " …"
    ),
    "before a site": lambda headline: headline[: len(headline) * 3 // 4] + "… - Mill News",
    "in brackets": lambda headline: headline[: len(headline) * 6 // 10] + " [...]",
}
TITLES = (
    "Ferry Larkspur sinks off the coast",
    "Ship goes down near Mill Bay",
    "What we know about the Larkspur",
    "A long night in the storm",
    "Rescue at sea",
    "Larkspur disaster: the captain speaks",
    "Mill Bay mourns",
)
DATE = "2026-03-29T10:%02d:07Z"


def cut_headlines(cut: Callable[[str], str]) -> Iterator[tuple[bool, bool]]:
    """Yield for each headline whether its copy joins it, and whether it joins another story.

    The other story begins with the same words as the first and has another end.
    """
    for at, headline in enumerate(HEADLINES):
        short = cut(headline)
        copy = _matching.clean(
            2, "copy", short, "", link=f"https://news.example/r/{at}x7391", date=DATE % 40
        )
        whole = _original(1, headline, at)
        yield len(_matching.stories([whole, copy])) == 1, False
        kept = headline[: max(len(headline) // 2, 12)]
        rival = _original(3, f"{kept} {TITLES[at % 7][::-1]}", at + 50)
        stories = _matching.stories([rival, copy])
        yield False, len(stories) == 1


def _original(feed: int, headline: str, at: int) -> Entry:
    text = f"<p>{headline}. {headline[12:]} {headline[5:]} {headline[8:]}.</p>"
    link = f"https://mill.example/2026/story-number-{at}"
    return _matching.clean(feed, f"o{at}", headline, text, link=link, date=DATE % 12)


def one_link(count: int) -> int:
    """Return how many stories one article makes that `count` feeds link to without a text."""
    entries = [
        _matching.clean(
            at,
            f"l{at}",
            TITLES[at % len(TITLES)],
            "",
            link="https://mill.example/2026/ferry-larkspur",
            date=DATE % (at % 60),
        )
        for at in range(count)
    ]
    return len(_matching.stories(entries))
