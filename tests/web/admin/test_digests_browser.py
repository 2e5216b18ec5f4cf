"""A digest, its preview, and why, in Chromium: for everybody, clicked through, and hostile."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from digest.web.server import answering, listen
from support.adminhouse import PASSWORD, AdminHouse
from support.newsroom import CONFIG, newsroom

pytestmark = pytest.mark.browser

DIGEST = "/admin/digests/daily"


def walk(**plan: Any) -> dict[str, Any]:
    """Have a browser visit the pages; skipped, with the reason, where there is none."""
    browser, tools = os.environ.get("DIGEST_BROWSER"), os.environ.get("DIGEST_CHECKERS")
    if not browser or not tools:
        pytest.skip("DIGEST_BROWSER and DIGEST_CHECKERS do not name a Chromium and the checkers")
    command = ["node", str(Path(__file__).parent / "walk.mjs"), tools, browser]
    whole = json.dumps({"password": PASSWORD, **plan})
    ran = subprocess.run([*command, whole], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


@contextmanager
def answered(folder: Path) -> Iterator[tuple[AdminHouse, str]]:
    """Let a newsroom answer at an address of its own."""
    house = newsroom(folder)
    try:
        with listen("127.0.0.1", 0) as listener:
            base = f"http://127.0.0.1:{listener.getsockname()[1]}"
            house.web = f'url = "{base}"\n[web.admin]'
            house.configure(CONFIG)
            house.current()
            with answering(
                house.application, listener, threading.Event(), is_proxy=house.service.is_proxy
            ):
                yield house, base
    finally:
        house.close()


def test_each_page_is_for_everybody(tmp_path: Path) -> None:
    with answered(tmp_path) as (_, base):
        report = walk(
            base=base,
            pictures=os.environ.get("DIGEST_PICTURES"),
            pages={
                "digests": "/admin/digests",
                "digest": DIGEST,
                "rule": f"{DIGEST}?rule=ferry",
                "mail": f"{DIGEST}?look=mail-narrow-dark",
                "told": "/admin/why/1",
                "copy": "/admin/why/8",
                "search": "/admin/why?q=report",
                "left out": "/admin/left-out/daily/2026-11-21T0700",
                "verdicts": "/admin/verdicts",
            },
        )
    for name, found in report["pages"].items():
        assert found["violations"] == [], name
        assert found["complaints"] == [], name
        assert found["beyond"] == 0, name
        assert found["size"] <= 60_000, name


@pytest.mark.parametrize("scripts", [True, False], ids=["with a script", "without any script"])
def test_a_person_tries_a_change_saves_it_and_sets_a_copy_apart(
    tmp_path: Path, scripts: bool
) -> None:
    steps = [
        ["open", DIGEST],
        ["fill", "Leave out", "raffle\nhoney"],
        ["press", "Preview"],
        ["read"],
        ["press", "Save"],
        ["read"],
        ["open", "/admin/why?q=Farewell to a ferry"],
        ["press", "Not the same: The ferry"],
        ["read"],
        ["open", DIGEST],
        ["read"],
    ]
    with answered(tmp_path) as (house, base):
        plan = {"change": {"steps": steps, "javaScriptEnabled": scripts}}
        flow = walk(base=base, flows=plan)["flows"]["change"]
        assert "honey" in house.file
    assert flow["complaints"] == []
    tried, saved, apart, preview = flow["texts"]
    assert "1 story would leave" in tried
    assert "Saved to config.toml." in saved
    assert "They are not the same story from now on." in apart
    assert "Farewell to a ferry" in preview


def test_a_change_is_shown_at_once_where_scripts_run(tmp_path: Path) -> None:
    steps = [
        ["open", DIGEST],
        ["fill", "Leave out", "raffle\nhoney"],
        ["choose", "Show the preview as", "text"],
        ["follow", "Honey prices rise"],  # the story that would leave
        ["read"],
    ]
    with answered(tmp_path) as (house, base):
        before = house.file
        flow = walk(base=base, flows={"live": {"steps": steps}})["flows"]["live"]
        assert house.file == before
    assert flow["complaints"] == ["dialog "], "it asks before what was typed is left"
    assert "1 story would leave" in flow["texts"][0], "and stays, when told to"


def test_a_hostile_feed_runs_nothing_even_without_the_policy(tmp_path: Path) -> None:
    paths = [DIGEST, f"{DIGEST}?look=mail", "/admin/why?q=document", "/admin/verdicts"]
    with answered(tmp_path) as (_, base):
        report = walk(base=base, hostile=paths)
    assert {path: ran for path, ran in report["hostile"].items() if ran} == {}
