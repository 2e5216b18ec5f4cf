"""Measure making a mail of an edition, and addressing it.

    .venv/bin/python bench/letters.py [--messages 500]

Editions of 50 stories in English and in Chinese, and one of 500 that is too large for a mail and
has to give way; for each the time of the letter and that of a message, in CPU time, with the sizes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from digest.deliver.message import prepare, size
from digest.excerpt import excerpt
from digest.model import Edition, ExcerptSettings, MarkedText, Section, Site, Story
from digest.render import mail

MOMENT = datetime(2026, 11, 22, 6, tzinfo=UTC)
ENGLISH = "The harbor was rebuilt three times in a century, a little further from the water. " * 5
CHINESE = "港口在一百年里重建了三次，每一次都离水更远一点，却没有人写下原因。" * 12


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=500)
    asked = parser.parse_args()
    mail.letter(edition(1, ENGLISH, "en"), site("en"), leaving=True, cut=cut)  # loads what it needs
    for stories, text, language in ((50, ENGLISH, "en"), (50, CHINESE, "zh"), (500, CHINESE, "zh")):
        told = edition(stories, text, language)
        with timed() as letter_time:
            letter = mail.letter(told, site(language), leaving=True, cut=cut)
        form = prepare(letter, sender="News <news@example.org>", reply_to=None)
        with timed() as fill_time:
            for number in range(asked.messages):
                message = form.fill(
                    recipient=f"reader{number}@example.com",
                    message_id=f"<{number:032x}@example.org>",
                    link=f"https://news.example.org/daily/unsubscribe/{number}-{'x' * 27}",
                    mailto=None,
                )
        print(
            f"{stories} stories, {language}: letter {letter_time() * 1000:.0f} ms, "
            f"page {size(letter.html):,} bytes, message {len(message):,} bytes, "
            f"{asked.messages / fill_time():,.0f} messages a second"
        )


@contextmanager
def timed() -> Iterator[Callable[[], float]]:
    """Give a function that says how much CPU time the block took."""
    start = time.process_time()
    end: list[float] = []
    yield lambda: end[0] - start
    end.append(time.process_time())


def cut(text: str, length: int) -> str:
    return excerpt(MarkedText(text), ExcerptSettings(length=length), verbatim=True).text


def site(language: str) -> Site:
    return Site(
        title="Morning transmission",
        digest="daily",
        digest_title="Daily",
        language=language,
        timezone="UTC",
        base_url="https://news.example.org/",
        authority="news.example.org",
        since=date(2026, 1, 1),
    )


def edition(stories: int, text: str, language: str) -> Edition:
    made = tuple(
        Story(
            key=str(number),
            rank=number + 1,
            title=f"{number}. {text[:40]}",
            link=f"https://example.org/{number}",
            feed="Harbor notes",
            updated=MOMENT,
            language=language,
            excerpt=text[:350],
        )
        for number in range(stories)
    )
    return Edition(
        digest="daily",
        slot="2026-11-22T0700",
        number=1,
        title="Daily",
        timezone="UTC",
        language=language,
        composed_at=MOMENT,
        sections=(Section(title="Harbor", stories=made),),
    )


if __name__ == "__main__":
    main()
