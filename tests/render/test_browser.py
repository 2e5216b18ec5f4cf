"""What a real browser makes of the page: nothing runs in it, and it never scrolls sideways."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from digest.render import render
from support import editions

pytestmark = pytest.mark.browser

PROBE = """
<!doctype html><meta charset="utf-8"><title>waiting</title>
<iframe id="page" src="page.html" width="320" height="900" style="border:0"></iframe>
<script>
onload = () => {
  const inner = document.getElementById("page").contentDocument;
  const root = inner.documentElement, beyond = root.scrollWidth - root.clientWidth;
  const live = [...inner.querySelectorAll("*")].flatMap(element => [...element.attributes])
    .filter(attribute => /^on/i.test(attribute.name) || /^\\s*javascript:/i.test(attribute.value));
  const scripts = inner.querySelectorAll("script, iframe, object, embed, form, base").length;
  document.title = `beyond=${beyond} live=${live.length} scripts=${scripts} ran=${window.ran || 0}`;
  document.body.textContent = document.title;
};
</script>
"""


@pytest.fixture(scope="module")
def browser() -> str:
    """Chromium, as DIGEST_BROWSER names it; skipped, with the reason, without it."""
    named = os.environ.get("DIGEST_BROWSER")
    if not named:
        pytest.skip("DIGEST_BROWSER is not set: it names a Chromium")
    return named


def probe(browser: str, folder: Path, page: bytes) -> dict[str, int]:
    """Open `page` 320 pixels wide and count what must not be there."""
    (folder / "page.html").write_bytes(page)
    (folder / "probe.html").write_text(PROBE)
    ran = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--allow-file-access-from-files",
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            (folder / "probe.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r"<title>(beyond=.*?)</title>", ran.stdout)
    assert found, ran.stdout[:500] + ran.stderr[-500:]
    return {name: int(value) for name, value in (word.split("=") for word in found[1].split())}


@pytest.mark.parametrize("name", sorted(editions.ALL))
def test_a_page_is_still_and_fits_a_narrow_screen(browser: str, tmp_path: Path, name: str) -> None:
    make, language = editions.ALL[name]
    page = render("html", [make()], editions.site(language=language)).body
    assert probe(browser, tmp_path, page) == {"beyond": 0, "live": 0, "scripts": 0, "ran": 0}


def test_the_probe_sees_what_must_not_be_there(browser: str, tmp_path: Path) -> None:
    page = (
        b"<!doctype html><p onclick='x()'>a</p><a href='javascript:x'>b</a>"
        b"<div style='width:900px'>c</div><script>parent.ran = 1</script>"
    )
    seen = probe(browser, tmp_path, page)
    assert (seen["live"], seen["scripts"], seen["ran"]) == (2, 1, 1)
    assert seen["beyond"] > 500
