"""A run that is killed while it holds, mails or publishes an edition; the next one goes on."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest

from digest import pipeline
from digest.pipeline import approval
from digest.settings import load
from digest.store import open_store
from support.house import NOW, House, item, rss
from support.mailhouse import message_id
from support.smtpserver import SmtpServer

EDITOR, READER = "editor@example.org", "reader@example.org"
LATER = NOW + timedelta(minutes=30)

POINTS = {
    "before it is held": ("digest.store.held_editions", "hold", "before"),
    "before holding is committed": ("digest.store.held_editions", "hold", "after"),
    "before the editor is mailed": ("digest.pipeline.approval", "_mail_editor", "before"),
    "when the editor is mailed": ("digest.store.held_editions", "mailed", "before"),
    "before that is committed": ("digest.store.held_editions", "mailed", "after"),
    "before the decision": ("digest.store.held_editions", "decide", "before"),
    "before the edition is frozen": ("digest.store.held_editions", "decide", "after"),
    "before the approval is committed": ("digest.pipeline.approval", "enlist", "after"),
    "when it is approved": ("digest.pipeline.approval", "close_pages_or_wait", "before"),
    "before the first claim": ("digest.store.deliveries", "claim", "before"),
}
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["digest.pipeline", "digest.deliver.smtp"])


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, server: SmtpServer) -> House:
    (tmp_path / "feed.xml").write_bytes(rss([item("a"), item("b")]))
    return House(
        tmp_path,
        ["feed.xml"],
        more=f'[digests.daily]\napprove = true\neditor = "{EDITOR}"\n'
        '[digests.daily.deliver.smtp]\nhost = "127.0.0.1"\n'
        f'port = {server.port}\nfrom = "daily@example.org"\nto = ["{READER}"]\n',
    )


@pytest.mark.parametrize("point", POINTS)
def test_what_a_killed_run_leaves_is_sent_once(
    house: House, server: SmtpServer, point: str
) -> None:
    with house.store() as store:
        pipeline.refresh(house.config, store, NOW)
    arguments = (str(house.file), {**os.environ}, point)
    process = _processes.Process(target=run, args=arguments, daemon=True)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, f"{point} was not come to"
    work(house.file, os.environ)
    work(house.file, os.environ)
    assert len(server.to(READER)) == 1
    mails = server.to(EDITOR)
    assert len({message_id(mail) for mail in mails}) == 1
    assert len(mails) <= 1 + point.startswith(("when the editor", "before that is"))
    assert house.told() == [["Title of a", "Title of b"]]


def work(file: Path, environ: Mapping[str, str]) -> None:
    """Compose, mail the editor, approve, and send."""
    config = load(file, environ)
    store = open_store(config.store.url)
    pipeline.publish(config, store, NOW)
    if (held := approval.waiting(store, "daily")) is not None:
        (digest,) = config.digests
        approval.approve(config, store, digest, held, "command", LATER)
    pipeline.publish(config, store, LATER)
    store.close()


def run(file: str, environ: Mapping[str, str], point: str) -> None:
    module, name, when = POINTS[point]
    place = import_module(module)
    called: Callable[..., object] = getattr(place, name)

    def call(*arguments: object, **named: object) -> object:
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = called(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(place, name, call)
    work(Path(file), environ)
