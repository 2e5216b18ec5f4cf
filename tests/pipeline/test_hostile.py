"""Every known attack through every output: nothing runs, and no structure breaks.

The payloads are those of the corpus; each is a feed of its own, or is put into every text and
address that a feed has.  What comes out is read by parsers that are not ours, and the pages are
opened in a browser without the policy that would protect them as well.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import zipfile
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from html import unescape
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import html5lib
import pytest
from lxml import etree
from markdown_it import MarkdownIt

from digest.render import render
from support import editions
from support.house import House, rss

pytestmark = [pytest.mark.corpus, pytest.mark.browser]

SETTINGS = """
backfill = "all"
[render.mail]
budget = 50000000
[digests.daily]
max_entries = 10000
max_per_feed = 10000
images = true
[digests.daily.deliver.files]
path = "out"
formats = ["html", "text", "markdown", "json", "epub", "mail",
  "atom", "editions", "jsonfeed", "archive"]
"""
FORBIDDEN = {
    "script", "style", "iframe", "object", "embed", "applet", "form", "input", "button", "svg",
    "math", "link", "meta", "base", "frame", "frameset", "video", "audio", "noscript", "template",
}  # fmt: skip
SCHEMES = re.compile(r"https?://|mailto:|(?![^/?#]*:)")
"""Of the web, of mail, or none: an address of our own pages."""
HOOKS = """<script>
var ran = 0;
for (const name of ["alert", "confirm", "prompt", "print", "open"]) window[name] = () => { ran++ };
onload = () => {
  for (const element of document.querySelectorAll("*"))
    for (const { name, value } of [...element.attributes]) {
      if (/^on/i.test(name)) { ran++; element.dispatchEvent(new Event(name.slice(2))); }
      if (/^(href|src|action|formaction|data|xlink:href|poster)$/i.test(name)) {
        let scheme = ""; try { scheme = new URL(value, "https://example.org/").protocol } catch {}
        if (!["https:", "http:", "mailto:", ""].includes(scheme)) ran++;
      }
    }
  const scripts = document.querySelectorAll("script").length - 1;
  document.body.textContent = `RESULT ran=${ran} scripts=${scripts}`;
};
</script>"""


@pytest.fixture(scope="module")
def output(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition of all payloads, in every format."""
    folder = tmp_path_factory.mktemp("hostile")
    feeds = folder / "feeds"
    feeds.mkdir()
    for name in ("bleach", "h5sc"):
        for at, one in enumerate(json.loads((corpus / "xss" / f"{name}.json").read_bytes())):
            (feeds / f"{name}-{at}.xml").write_bytes(_feed(f"{name}-{at}", one["payload"]))
    for at, one in enumerate(json.loads((corpus / "xss" / "feedparser.json").read_bytes())):
        (feeds / f"feedparser-{at}.xml").write_bytes(one["xml"].encode())
    house = House(folder, ["feeds"], more=SETTINGS)
    _, published = house.run()
    (made,) = published.made
    assert made.stories > 300
    assert all(sent.done for sent in published.sent)
    return folder / "out"


def _feed(name: str, payload: str) -> bytes:
    """Put the payload wherever a feed has a text or an address."""
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", payload)
    item = (
        f"<item><guid isPermaLink='false'>{name}</guid><title>{escape(escape(text))}</title>"
        f"<link>{escape(text)}</link><author>{escape(text)}</author>"
        f"<category>{escape(text)}</category><description>{escape(text)}</description>"
        f"<enclosure url={quoteattr(text)} type={quoteattr(text)} length='1'/></item>"
        f"<item><guid isPermaLink='false'>{name}-b</guid><title>{escape(text)}</title>"
        f"<link>https://example.org/{name}</link>"
        f"<description>{escape(f'<p>{name} begins.</p>{text}<p>And ends.</p>')}</description>"
        f"<enclosure url={quoteattr('javascript:' + text)} type='image/png' length='1'/></item>"
    )
    return rss([item], title=escape(text))


def _flaws(html: str, *, allowed: frozenset[str] = frozenset()) -> Iterator[str]:
    """Say what a parser of HTML finds that no output may hold."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        tag = element.tag.rpartition("}")[2].lower()
        if tag in FORBIDDEN - allowed:
            yield f"<{tag}>"
        for name, value in element.attrib.items():
            if str(name).lower().startswith("on"):
                yield f"{tag} {name}"
            address = name in ("href", "src", "action", "formaction", "poster", "srcset", "data")
            if address and not SCHEMES.match(value):
                yield f"{tag} {name}={value[:60]!r}"


def _tags(html: str) -> list[str]:
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    return [element.tag for element in tree.iter() if isinstance(element.tag, str)]


def _mail(output: Path) -> tuple[str, str, list[str]]:
    message = BytesParser(policy=policy.default).parsebytes(
        (output / "latest" / "edition.eml").read_bytes()
    )
    parts = {part.get_content_type(): part.get_content() for part in message.iter_parts()}
    return parts["text/html"], parts["text/plain"], list(message.keys())


@pytest.fixture(scope="module")
def markup(output: Path) -> dict[str, str]:
    """All that is HTML in the output, or becomes it where it is read."""
    latest = output / "latest"
    items = json.loads((output / "feed.json").read_bytes())["items"]
    return {
        "page": (latest / "index.html").read_text(),
        "archive": (output / "index.html").read_text(),
        "mail": _mail(output)[0],
        "markdown": MarkdownIt().render((latest / "edition.md").read_text()),
        "atom": _contents(output / "atom.xml"),
        "editions": _contents(output / "editions.xml"),
        "jsonfeed": "".join(item.get("content_html", "") for item in items),
    }


def _contents(feed: Path) -> str:
    """Take the HTML out of a generated feed."""
    constructs = etree.parse(feed).iter("{*}content", "{*}summary", "{*}title")
    return "".join(one.text or "" for one in constructs if one.get("type") == "html")


PARTS = ("page", "archive", "mail", "markdown", "atom", "editions", "jsonfeed")
OWN = frozenset({"style", "meta", "link"})
"""What our pages hold themselves; of a feed's there is none, as the next test counts."""


@pytest.mark.parametrize("part", PARTS)
def test_no_tag_no_handler_and_no_scheme_comes_through(markup: dict[str, str], part: str) -> None:
    allowed = OWN if part in ("page", "archive", "mail") else frozenset()
    assert list(_flaws(markup[part], allowed=allowed)) == []


def test_the_page_holds_only_our_own_tags(markup: dict[str, str]) -> None:
    sample = render("html", [editions.sample()], editions.site()).body.decode()
    for tag in OWN:
        assert _tags(markup["page"]).count(tag) <= _tags(sample).count(tag)


def test_the_other_outputs_keep_their_structure(output: Path) -> None:
    with zipfile.ZipFile(next((output / "latest").glob("*.epub"))) as book:
        for name in book.namelist():
            if name.endswith((".xhtml", ".opf")):
                root = etree.fromstring(book.read(name))
                tags = {etree.QName(one).localname for one in root.iter("{*}*")}
                assert not tags & (FORBIDDEN - {"link", "meta"})
                hrefs = [one.get("href", "") for one in root.iter("{*}a")]
                assert all(SCHEMES.match(href) for href in hrefs)
    items = json.loads((output / "feed.json").read_bytes())["items"]
    for item in items:
        assert SCHEMES.match(item.get("url", ""))
        assert all(SCHEMES.match(one["url"]) for one in item.get("attachments", []))
    for link in etree.parse(output / "atom.xml").iter("{*}link"):
        assert re.match(r"https?://|mailto:", link.get("href"))


def test_no_field_is_added_to_the_mail(output: Path) -> None:
    fields = _mail(output)[2]
    assert len(set(fields)) == len(fields)
    plain = render("mail", [editions.sample()], editions.site()).body
    assert fields == list(BytesParser(policy=policy.default).parsebytes(plain).keys())


def test_no_control_reaches_a_terminal(output: Path) -> None:
    text = (output / "latest" / "edition.txt").read_text() + _mail(output)[1].replace("\r\n", "\n")
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e]", text) == []


@pytest.mark.parametrize("part", PARTS)
def test_nothing_runs_in_a_browser(markup: dict[str, str], part: str, tmp_path: Path) -> None:
    assert _opened(markup[part], tmp_path) == "ran=0 scripts=0"


def test_the_browser_sees_an_attack(tmp_path: Path) -> None:
    attack = "<p>a<img src=x onerror=alert(1)><script>alert(2)</script><a href='javascript:1'>b</a>"
    assert _opened(attack, tmp_path) != "ran=0 scripts=0"


def _opened(html: str, folder: Path) -> str:
    """Open `html` without its policy, poke at all that could run, and say what did."""
    browser = os.environ.get("DIGEST_BROWSER")
    if not browser:
        pytest.skip("DIGEST_BROWSER is not set: it names a Chromium")
    bare = re.sub(r"<meta http-equiv=[^>]*>|<!doctype html>", "", html, flags=re.IGNORECASE)
    page = folder / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{HOOKS}{bare}", errors="replace")
    ran = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
         f"--user-data-dir={folder / 'profile'}", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = re.search(r"RESULT (ran=\d+ scripts=-?\d+)", unescape(ran.stdout))
    assert found, ran.stdout[:500] + ran.stderr[-500:]
    return found[1]
