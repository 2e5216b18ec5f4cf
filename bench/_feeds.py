"""Make a set of feeds for measuring: RSS and Atom, full texts and summaries, always the same."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

NEWEST = datetime(2026, 11, 1, tzinfo=UTC)
CHANGED_AT = NEWEST.timestamp() + 3600

_SYLLABLES = [one + other for one in "bdfgklmnprstvw" for other in "aeiou"]
_CHINESE = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工"
    "也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小"
    "物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形"
    "相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建"
    "月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长"
    "求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战"
    "先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受"
    "联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议"
    "声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且"
    "究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支"
    "般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王"
    "按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严龙飞"
)


def make(folder: Path, count: int, *, seed: int = 1) -> int:
    """Write `count` feeds into `folder`; return how many entries they hold."""
    folder.mkdir(parents=True, exist_ok=True)
    return sum(_write(folder, number, seed, new=0) for number in range(count))


def change(folder: Path, count: int, *, every: int, seed: int = 1) -> None:
    """Put three new entries on top of every `every`-th feed."""
    for number in range(0, count, every):
        _write(folder, number, seed, new=3)
        os.utime(folder / f"{number}.xml", (CHANGED_AT, CHANGED_AT))


def _write(folder: Path, number: int, seed: int, *, new: int) -> int:
    chance = random.Random(f"{seed}/{number}")
    entries = max(5, min(120, round(chance.lognormvariate(3.2, 0.6))))
    full, chinese = chance.random() < 0.6, chance.random() < 0.2
    write = _atom if chance.random() < 0.3 else _rss
    old = [_entry(chance, number, at, full, chinese) for at in range(entries)]
    fresh = [
        _entry(random.Random(f"{seed}/{number}/new{at}"), number, -1 - at, full, chinese)
        for at in range(new)
    ]
    path = folder / f"{number}.xml"
    path.write_text(write(number, fresh + old), encoding="utf-8")
    stamp = NEWEST.timestamp()
    os.utime(path, (stamp, stamp))
    return entries


def _words(chance: random.Random, count: int, chinese: bool) -> str:
    if chinese:
        return "".join(chance.choices(_CHINESE, k=count * 2))
    return " ".join(
        "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(count)
    )


def sentence(chance: random.Random) -> str:
    """Make up a sentence."""
    return _words(chance, chance.randint(6, 20), chinese=False).capitalize() + "."


def _entry(
    chance: random.Random, feed: int, at: int, full: bool, chinese: bool
) -> dict[str, str | datetime]:
    paragraphs = chance.randint(3, 12) if full else 1
    body = "".join(
        f"<p>{_sentences(chance, chinese)} "
        f"<a href='/link/{at}'>{_words(chance, 2, chinese)}</a></p>"
        for _ in range(paragraphs)
    )
    return {
        "title": _words(chance, 7, chinese).capitalize(),
        "link": f"https://feed{feed}.example.org/post/{at}",
        "id": f"tag:feed{feed}.example.org,2026:{at}",
        "date": NEWEST - timedelta(hours=7 * at),
        "body": body,
    }


def _sentences(chance: random.Random, chinese: bool) -> str:
    end = "。" if chinese else ". "
    return end.join(
        _words(chance, chance.randint(6, 20), chinese).capitalize() for _ in range(3)
    ) + (end.strip())


def _rss(number: int, entries: list[dict[str, str | datetime]]) -> str:
    items = "".join(
        f"<item><title>{one['title']}</title><link>{one['link']}</link>"
        f"<guid isPermaLink='false'>{one['id']}</guid>"
        f"<pubDate>{format_datetime(one['date'])}</pubDate>"
        f"<description>{escape(str(one['body']))}</description></item>\n"
        for one in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>Feed {number}</title><link>https://feed{number}.example.org/</link>"
        f"<description>Made for measuring</description>\n{items}</channel></rss>\n"
    )


def _atom(number: int, entries: list[dict[str, str | datetime]]) -> str:
    items = "".join(
        f"<entry><title>{one['title']}</title><link href='{one['link']}'/><id>{one['id']}</id>"
        f"<updated>{one['date'].isoformat()}</updated>"
        f"<content type='html'>{escape(str(one['body']))}</content></entry>\n"
        for one in entries
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>Feed {number}</title><id>tag:feed{number}.example.org,2026:</id>"
        f"<updated>{NEWEST.isoformat()}</updated>\n{items}</feed>\n"
    )
