"""What validators of others find in mails: nothing, but for what is said here.

`.ci/run` installs them: DIGEST_CHECKERS names the folder with the node_modules of
``checkers/package.json``, DIGEST_BROWSER a Chromium.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from digest.deliver.message import prepare
from digest.render import mail
from digest.render.web import confirmation
from support import editions

pytestmark = pytest.mark.checkers

SCRIPT = Path(__file__).parent / "checkers" / "mail.mjs"

# What some program of Gmail, Outlook or Apple lacks, by caniemail's names, and why it may.
ACCEPTED = {
    "<style> element": "it holds other colors for dark screens and margins for narrow ones",
    "@media": "as above",
    "<body> element": "the element within it has the same colors, language and direction",
    "role attribute": "where tables are not told apart, all mails are read the same",
    "aria-label attribute": "what it says stands in the text as well",
    "display:none": "the line behind the subject is then the first line of the mail",
    "overflow": "display:none hides it already",
    "word-break": "only for words longer than a line",
    "table-layout": "only Outlook on Windows needs it, for words longer than a line",
    "aria-hidden attribute": "the blanks behind the preview are read as nothing else",
    "transform": "is not there: text-transform is, which is taken for it",
}


@pytest.fixture(scope="module")
def tools() -> list[str]:
    """The beginning of the command line; skipped, with the reason, where something is missing."""
    folder, browser = os.environ.get("DIGEST_CHECKERS"), os.environ.get("DIGEST_BROWSER")
    if not folder or not browser:
        pytest.skip("DIGEST_CHECKERS and DIGEST_BROWSER are not set: they name the validators")
    return ["node", str(SCRIPT), folder, browser]


def message(name: str) -> bytes:
    make, language = editions.ALL[name]
    site = editions.site(language=language)
    letter = mail.letter(make(), site, leaving=True, cut=mail._cut)
    form = prepare(letter, sender="Morning news <news@example.org>", reply_to=None)
    return form.fill(
        recipient="jane@example.com",
        message_id="<0123456789abcdef0123456789abcdef@news.example.org>",
        link="https://news.example.org/daily/unsubscribe/7-MHNoiLIBMQuAr3y5txEMc1y5B6I",
        mailto="mailto:leave@news.example.org?subject=unsubscribe",
    )


def page(name: str) -> str:
    read = message_from_bytes(message(name), policy=policy.default)
    assert isinstance(read, EmailMessage)
    part = read.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def report(tools: list[str], folder: Path, html: str) -> dict[str, Any]:
    (folder / "page.html").write_text(html)
    done = subprocess.run(
        [*tools, str(folder)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)["page"])


def check(found: dict[str, Any]) -> None:
    assert found["valid"] == []
    assert found["axe"] == {"light": [], "dark": [], "narrow": []}
    assert found["width"] == 320
    lacking = {feature for degree, _, feature in found["unsupported"] if degree == "errors"}
    assert lacking <= ACCEPTED.keys()


@pytest.mark.parametrize("name", editions.ALL)
def test_validators_find_nothing_in_a_mail(name: str, tools: list[str], tmp_path: Path) -> None:
    check(report(tools, tmp_path, page(name)))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nor_in_the_mail_that_asks_for_a_confirmation(
    language: str, tools: list[str], tmp_path: Path
) -> None:
    asking = confirmation.letter(
        editions.site(language=language),
        address="jane@example.com",
        link="https://news.example.org/daily/confirm/7-MHNoiLIBMQuAr3y5txEMc1y5B6I",
        now=editions.MOMENT,
    )
    check(report(tools, tmp_path, asking.html))


def test_the_validators_see_what_must_not_be_there(tools: list[str], tmp_path: Path) -> None:
    broken = (
        "<!doctype html><html><head><title>x</title></head><body><h3>a</h3>"
        "<p style='color:#bbb;background:#fff;display:flex;width:900px'>low contrast"
        "<img src='https://example.org/x.png'></p><b><p>block</p></b></body></html>"
    )
    found = report(tools, tmp_path, broken)
    assert {"element-permitted-content", "wcag/h37"} <= {
        line.partition(" ")[0] for line in found["valid"]
    }
    seen = " ".join(found["axe"]["light"])
    assert all(rule in seen for rule in ("color-contrast", "image-alt", "html-has-lang"))
    assert found["width"] > 320
    assert "display:flex" in {feature for _, _, feature in found["unsupported"]}


@pytest.mark.parametrize("name", ["sample", "chinese", "arabic", "long"])
def test_a_mail_does_not_look_like_spam(name: str, tmp_path: Path) -> None:
    if not shutil.which("spamassassin"):
        pytest.skip("spamassassin is not installed")
    done = subprocess.run(
        ["spamassassin", "--local", "--test-mode"],
        input=message(name),
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        timeout=120,
        check=True,
    )
    points = re.search(rb"Content analysis details: +\((-?[0-9.]+) points", done.stdout)
    assert points, done.stdout[-1000:]
    assert float(points[1]) <= 0.5, done.stdout[-2000:]
