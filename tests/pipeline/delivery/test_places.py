"""A channel with several places: each gets a delivery; one that is no longer named gets none."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from digest import pipeline
from support.house import NOW, House, item, rss
from support.receiver import Receiver

DAILY = '[digests.daily]\nschedule = "0 7 * * *"\n[digests.daily.deliver.chat]\nto = {{ {to} }}\n'


def test_a_place_that_is_no_longer_named_is_withdrawn_and_told_of(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(rss([item("one")]))
    with Receiver() as receiver:
        receiver.statuses = [503]
        team, board = (f'{name} = "json://127.0.0.1:{receiver.port}/{name}"' for name in ("t", "b"))
        house = House(tmp_path, ["feed.xml"], more=DAILY.format(to=f"{team}, {board}"))
        house.run(NOW)
        assert house.query("SELECT state, count(*) FROM deliveries GROUP BY 1") == [("deferred", 2)]
        house.configure(["feed.xml"], more=DAILY.format(to=team))
        receiver.statuses = [200]
        with house.store() as store:
            (report,) = pipeline.deliver(house.config, store, NOW + timedelta(hours=1))
    assert (report.sent, report.withdrawn) == (1, 1)
    assert house.query("SELECT recipient, state FROM deliveries ORDER BY 1") == [
        ("b", "withdrawn"),
        ("t", "sent"),
    ]
