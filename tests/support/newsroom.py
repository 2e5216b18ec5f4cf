"""An installation whose operator has feeds, editions, copies, and stories that wait."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from digest import pipeline
from support.adminhouse import AdminHouse
from support.house import item, rss
from support.webhouse import NOW

DAY = timedelta(days=1)
TEXT = (
    "The ferry that has linked Lowbridge and Saltmarsh for eighty years made its last crossing on "
    "Friday evening. Captain Irene Falk sounded the horn three times, and those who had come to "
    "see it off answered with bicycle bells. A bridge two miles upstream takes the traffic now."
)
HOSTILE = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
CONFIG = """
title = "Morning transmission"
[store]
url = "sqlite:///digest.db"
[web]
{web}
[[feeds]]
url = "a.xml"
category = "News"
[[feeds]]
url = "b.xml"
category = "Sport"
# The daily one.
[digests.daily]
title = "Daily <news>"
schedule = "0 7 * * *"   # before breakfast
max_per_feed = 3
drop = ["raffle"]
[digests.daily.deliver.files]
path = "out"
[digests.daily.deliver.maildir]
path = "mail"
from = "News <news@example.org>"
to = ["jane@example.org"]
"""


def newsroom(folder: Path) -> AdminHouse:
    """Return a web side with one edition and entries that wait for the next."""
    house = AdminHouse(folder)
    _write(folder, [], [])
    house.configure(CONFIG)
    older = [
        item(f"a{n}", title=f"Bees, report {n}", published=NOW - (n + 30) * DAY / 24)
        for n in range(6)
    ]
    lead = item("lead", title="The ferry", text=TEXT, published=NOW - DAY)
    copy = item(
        "copy",
        title="Farewell to a ferry",
        link="https://planet.example.net/copy",
        text=f"{TEXT} Read on.",
        published=NOW - DAY,
    )
    raffle = item("raffle", title="A raffle for all", published=NOW - DAY)
    _write(folder, [lead, *older], [copy, raffle])
    pipeline.refresh(house.config, house.store, NOW - DAY)
    pipeline.publish(house.config, house.store, NOW - DAY)
    new = [
        item("new", title="Honey prices rise", published=NOW),
        item("hostile", title=HOSTILE, text=HOSTILE, published=NOW),
        item("raffle2", title="Another raffle", published=NOW),
    ]
    _write(folder, [*new, lead, *older], [item("goal", title="A late goal"), copy, raffle])
    pipeline.refresh(house.config, house.store, NOW)
    return house


def _write(folder: Path, first: list[str], second: list[str]) -> None:
    (folder / "a.xml").write_bytes(rss(first, "Press"))
    (folder / "b.xml").write_bytes(rss(second, "Planet"))
