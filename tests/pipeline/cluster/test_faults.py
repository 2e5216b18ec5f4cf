"""Workers that are killed, stopped and cut off: nothing is lost, and nothing is done twice.

The short form takes a few faults on the server that DIGEST_TEST_POSTGRESQL names.  The long form
starts a server of its own, restarts it as well, and takes FAULTS faults at random.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from support import databases
from support.clusterhouse import FEEDS, ClusterHouse, Server

FAULTS = int(os.environ.get("DIGEST_FAULTS", "200"))
SEED = int(os.environ.get("DIGEST_SEED", "20261128"))


@pytest.mark.skipif(
    databases.server() is None, reason=f"{databases.VARIABLE} is not set: workers need PostgreSQL"
)
def test_workers_lose_nothing_when_one_is_killed_and_one_is_stopped(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    house = ClusterHouse(tmp_path, os.environ["DIGEST_STORE_URL"])
    with house.running():
        house.wait_for_pages()
        house.wait_for("SELECT count(*) FROM entries", 1)
        house.kill(chance)
        house.strange_jobs(chance)
        house.wait_for("SELECT count(*) FROM entries", FEEDS)
        house.wait_for("SELECT count(*) FROM deliveries WHERE state = 'sent'", 1)
        house.lose_queue(chance)
        house.stop(chance)
        house.tick_twice(chance)
        house.cut_all(chance)
        house.wait_until_done()
        house.check()


@pytest.mark.long
@pytest.mark.skipif(Server.binaries() is None, reason="no server of PostgreSQL is installed")
def test_no_fault_loses_or_doubles_anything(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    folder = Path(os.environ.get("DIGEST_TEST_SERVER", str(tmp_path / "server")))
    server = Server(folder)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)  # the server's user walks through it
    with server.running():
        house = ClusterHouse(tmp_path, server.url)

        def restart(_: random.Random) -> None:
            house.killed += 1
            server.control("restart", f"--mode={chance.choice(('fast', 'immediate'))}")

        faults = [
            *(house.kill,) * 6,
            *(house.stop,) * 4,
            *(house.cut,) * 4,
            *(house.cut_all,) * 2,
            *(restart,) * 2,
            house.tick_twice,
            house.lose_queue,
            house.strange_jobs,
        ]
        with house.running():
            house.wait_for_pages()
            house.wait_for("SELECT count(*) FROM entries", 1)
            for number in range(FAULTS):
                chance.choice(faults)(chance)
                house.watch()
                time.sleep(chance.uniform(0.2, 3))
                if number % 15 == 14:
                    house.add_stories()
            house.wait_until_done()
            print(FAULTS, "faults:", house.check(), house.killed, "times work was cut off")
