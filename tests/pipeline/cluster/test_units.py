"""The units of work that workers share: together they do what a run does, each once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.errors import BusyError
from digest.model import DeliveryState, HostState
from digest.pipeline.cluster import pieces, units
from digest.pipeline.cluster.shards import ShardAccess, lease_name, shard_of
from digest.store import Store, deliveries, leases, parts, workers
from digest.store import feeds as feed_rows
from support.house import NOW, House, item, rss
from support.smtpserver import SmtpServer

HOUR = timedelta(hours=1)
MANY = tuple(f"{number}@example.com" for number in range(5))


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: SmtpServer) -> House:
    (tmp_path / "feed.xml").write_bytes(rss([item("a1"), item("a2")]))
    to = ", ".join(f'"{address}"' for address in MANY)
    return House(
        tmp_path,
        ["feed.xml"],
        more='[digests.daily]\nschedule = "0 7 * * *"\n'
        '[digests.daily.deliver.files]\npath = "out"\nformats = ["html"]\n'
        f'[digests.daily.deliver.smtp]\nhost = "127.0.0.1"\nport = {server.port}\n'
        f'from = "daily@example.org"\nto = [{to}]\n[worker]\npart = 2\n',
    )


def freeze(house: House, store: Store) -> None:
    config = house.config
    for shard in units.due_shards(config, store, NOW):
        assert units.refresh_shard(config, store, NOW, shard)
    for digest, slot in units.due_editions(config, store, NOW):
        assert units.make_edition(config, store, NOW, digest, slot)


def states(store: Store) -> set[DeliveryState]:
    with store.read() as connection:
        (edition_id,) = [row.id for row in connection.exec_driver_sql("SELECT id FROM editions")]
        return {delivery.state for delivery in deliveries.of_edition(connection, edition_id)}


def test_the_units_in_a_row_do_what_a_run_does(house: House, server: SmtpServer) -> None:
    config = house.config
    with house.store() as store:
        freeze(house, store)
        assert house.told() == [["Title of a1", "Title of a2"]]
        assert units.due_editions(config, store, NOW) == []
        assert units.due_shards(config, store, NOW) == []
        files = units.due_parts(config, store, NOW)
        assert len(files) == 1, "the page first: a mail may link to it"
        assert [report.channel for report in units.deliver_part(config, store, NOW, files[0])] == [
            "files"
        ]
        mails = units.due_parts(config, store, NOW)
        assert len(mails) == 3
        for part in mails:
            (report,) = units.deliver_part(config, store, NOW, part)
            assert report.sent in (1, 2)
        assert units.due_parts(config, store, NOW) == []
        assert states(store) == {DeliveryState.SENT}
    assert sorted(message.recipient for message in server.messages) == sorted(MANY)
    assert house.query("SELECT count(*) FROM parts") == [(0,)]
    assert house.query("SELECT count(*) FROM leases") == [(0,)]


def test_a_unit_begun_twice_is_done_once(house: House, server: SmtpServer) -> None:
    config = house.config
    with house.store() as store:
        shards = units.due_shards(config, store, NOW)
        due = units.due_editions(config, store, NOW)
        freeze(house, store)
        for shard in shards:
            refreshed = units.refresh_shard(config, store, NOW, shard)
            assert refreshed is not None
            assert refreshed.due == 0
        for digest, slot in due:
            assert not units.make_edition(config, store, NOW, digest, slot)
        found = []
        while due_now := units.due_parts(config, store, NOW):
            found += due_now
            for part in due_now * 2:
                units.deliver_part(config, store, NOW, part)
        for part in found:
            assert units.deliver_part(config, store, NOW, part) == ()
    assert sorted(message.recipient for message in server.messages) == sorted(MANY)


def test_a_worker_that_was_taken_over_while_it_fetched_saves_nothing(house: House) -> None:
    config = house.config
    with house.store() as store:
        (shard,) = units.due_shards(config, store, NOW)

        def taken_over() -> bool:
            raise AssertionError("nothing was saved, so nobody asks whether to go on")

        class StolenStore:
            """The store, whose lease goes to another worker at the first look for entries."""

            def __getattr__(self, name: str) -> object:
                return getattr(store, name)

            def read(self) -> object:
                with store.write() as connection:
                    connection.exec_driver_sql("UPDATE leases SET holder = 'worker other'")
                return store.read()

        with pytest.raises(BusyError, match="taken over"):
            units.refresh_shard(config, StolenStore(), NOW, shard, taken_over)
        assert house.query("SELECT count(*) FROM entries") == [(0,)]


def test_one_worker_at_a_time_refreshes_a_shard(house: House) -> None:
    config = house.config
    with house.store() as store:
        (shard,) = units.due_shards(config, store, NOW)
        with store.write() as connection:
            assert leases.take(connection, lease_name(shard), "worker other", HOUR)
        assert units.refresh_shard(config, store, NOW, shard) is None
        with store.write() as connection:
            leases.release(connection, "worker other")
        assert units.refresh_shard(config, store, NOW, shard)


def test_a_run_that_refreshes_keeps_workers_from_it(house: House) -> None:
    config = house.config
    with house.store() as store, house.store() as other, other.lock("refresh"):
        (shard,) = units.due_shards(config, store, NOW)
        with pytest.raises(BusyError):
            units.refresh_shard(config, store, NOW, shard)


def test_a_part_that_another_worker_sends_is_left(house: House, server: SmtpServer) -> None:
    config = house.config
    with house.store() as store:
        freeze(house, store)
        (files,) = units.due_parts(config, store, NOW)
        units.deliver_part(config, store, NOW, files)
        first, *rest = units.due_parts(config, store, NOW)
        with store.write() as connection:
            assert parts.take(connection, first, "worker other", HOUR)
        assert units.deliver_part(config, store, NOW, first) == ()
        assert units.due_parts(config, store, NOW) == rest
    assert server.messages == []


@pytest.mark.parametrize(
    ("taken", "sends"),
    [
        pytest.param((), True, id="all lanes are free"),
        pytest.param((1,), True, id="one lane of two is taken"),
        pytest.param((1, 2), False, id="both lanes are taken"),
    ],
)
def test_so_many_parts_of_a_channel_are_sent_at_a_time(
    house: House, taken: tuple[int, ...], sends: bool
) -> None:
    config = house.config
    with house.store() as store:
        freeze(house, store)
        (files,) = units.due_parts(config, store, NOW)
        units.deliver_part(config, store, NOW, files)
        with store.write() as connection:
            for lane in taken:
                leases.take(connection, f"lane {lane} of daily smtp", f"worker {lane}", HOUR)
        part = units.due_parts(config, store, NOW)[0]
        assert bool(units.deliver_part(config, store, NOW, part)) is sends


# --- the hosts of shards -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("example.org", "example.org", True, id="a host is in one shard"),
        pytest.param("example.org", "www.example.org", True, id="with and without www"),
        pytest.param("a.example.org", "b.example.org", False, id="neighbors are apart"),
    ],
)
def test_a_host_is_in_one_shard(one: str, other: str, same: bool) -> None:
    assert (shard_of(one, 4096) == shard_of(other, 4096)) is same


def test_hosts_are_spread_over_all_shards() -> None:
    counts = [0] * 64
    for number in range(6400):
        counts[shard_of(f"site{number}.example", 64)] += 1
    assert min(counts) > 50
    assert max(counts) < 160


def test_a_host_of_a_shard_that_nobody_asks_is_borrowed(house: House) -> None:
    host = "away.example"
    with house.store() as store:
        mine, other = (ShardAccess(store, 8, HOUR) for _ in range(2))
        assert mine.enter(host) is None
        with pytest.raises(BusyError, match=r"away\.example"):
            other.enter(host)
        mine.release()
        assert other.enter(host) is None


def test_what_a_host_asked_of_one_worker_all_respect(house: House) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + HOUR
    closed = HostState(name="busy.example", closed_until=until, reason="it answers 429")
    with house.store() as store:
        with store.write() as connection:
            feed_rows.close_hosts(connection, [closed], until - HOUR)
        access = ShardAccess(store, 8, HOUR)
        assert access.enter("busy.example") == closed


def test_a_worker_that_slept_past_its_lease_asks_no_host(house: House) -> None:
    moment = [0.0]
    with house.store() as store:
        access = ShardAccess(store, 8, timedelta(seconds=60), lambda: moment[0])
        assert access.take(3)
        moment[0] = 40.0
        assert access.is_valid()
        moment[0] = 46.0
        assert not access.is_valid()
        with store.write() as connection:
            access.renew(connection)
        assert access.is_valid()
        with store.write() as connection:
            connection.exec_driver_sql("UPDATE leases SET holder = 'worker other'")
        with pytest.raises(BusyError), store.write() as connection:
            access.renew(connection)


# --- configurations ------------------------------------------------------------------------------


def test_a_piece_changes_with_what_it_holds_and_with_nothing_else(house: House) -> None:
    before = house.config
    hashes = pieces.pieces_of(before)
    assert hashes == pieces.pieces_of(house.config), "the same in every process"
    digest = replace(before.digests[0], title="Another title")
    changed = pieces.pieces_of(replace(before, digests=(digest,)))
    assert {name for name in hashes if hashes[name] != changed[name]} == {"digest daily"}
    feed = replace(before.feeds[0], fulltext=True)
    changed = pieces.pieces_of(replace(before, feeds=(feed,)))
    differing = {name for name in hashes if hashes[name] != changed[name]}
    assert differing == {pieces.shard_piece(shard_of("", before.worker.shards))}
    settings = replace(before.worker, shards=32)
    changed = pieces.pieces_of(replace(before, worker=settings))
    assert all(hashes[name] != changed[name] for name in changed if "shard" in name)


EARLY, LATE = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2))


@pytest.mark.parametrize(
    ("mine", "theirs", "older"),
    [
        pytest.param(("a", EARLY), ("a", LATE), set(), id="the same file, copied later"),
        pytest.param(("a", EARLY), ("b", LATE), {"digest daily"}, id="mine is older"),
        pytest.param(("a", LATE), ("b", EARLY), set(), id="mine is newer"),
        pytest.param(("a", LATE), ("b", LATE), {"digest daily"}, id="changed at once: one holds"),
        pytest.param(("b", LATE), ("a", LATE), set(), id="changed at once: the other gives way"),
    ],
)
def test_the_newer_configuration_holds(
    house: House, mine: tuple[str, datetime], theirs: tuple[str, datetime], older: set[str]
) -> None:
    with house.store() as store, store.write() as connection:
        workers.agree(connection, {"digest daily": theirs[0], "digest other": "x"}, theirs[1])
        found = workers.agree(connection, {"digest daily": mine[0], "digest more": "y"}, mine[1])
        assert found == older
        assert workers.is_current(connection, "digest daily", mine[0]) is not bool(older)
        assert workers.is_current(connection, "digest never seen", "z")


def test_workers_are_listed_with_those_that_live_first(house: House) -> None:
    with house.store() as store, store.write() as connection:
        for name in ("a 1", "b 2", "c 3"):
            workers.register(connection, name, version="1", kinds="refresh", configuration="ab")
        workers.seen(connection, "a 1", ended=True)
        workers.seen(connection, "c 3", ticked=True, configuration="cd")
        found = workers.states(connection)
    assert [(state.name, state.is_alive) for state in found] == [
        ("b 2", True),
        ("c 3", True),
        ("a 1", False),
    ]
    assert [state.ticked_at is not None for state in found] == [False, True, False]
    assert found[1].configuration == "cd"
