"""Which reader a document goes to, and what is said of one that is no feed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from digest.errors import ConfigError, ParseError
from digest.parse import kinds, parse
from support.documents import URL, document

RSS = '<rss version="2.0"><channel><title>t</title><item><title>One</title></item></channel></rss>'
JSON = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1"}]}'
PAGE = "INCOMING TRANSMISSION\n\nLATEST UPDATES\nAn excerpt.\n"


def test_the_kinds_are_the_modules() -> None:
    assert kinds() == ("jsonfeed", "transmission", "xml")


@pytest.mark.parametrize(
    ("body", "media_type", "parser"),
    [
        pytest.param(RSS, "application/rss+xml", "xml", id="XML as it should be served"),
        pytest.param(RSS, "application/json", "xml", id="XML served as JSON"),
        pytest.param(RSS, "text/html; charset=utf-8", "xml", id="XML served as a web page"),
        pytest.param(f"\n \ufeff{RSS}", None, "xml", id="XML after blanks and a byte order mark"),
        pytest.param(f"Warning: x{RSS}", "text/plain", "xml", id="XML after a script's warning"),
        pytest.param(JSON, "text/plain", "jsonfeed", id="JSON served as text"),
        pytest.param(f"\ufeff\n{JSON}", "text/xml", "jsonfeed", id="JSON served as XML"),
        pytest.param(JSON.encode("utf-16"), None, "jsonfeed", id="JSON in UTF-16"),
        pytest.param(PAGE, "text/plain", "transmission", id="a transmission page"),
        pytest.param(PAGE, "text/html", "transmission", id="a transmission page served as HTML"),
    ],
)
def test_the_content_chooses_the_reader(
    body: str | bytes, media_type: str | None, parser: str
) -> None:
    assert parse(document(body, media_type)).parser == parser


@pytest.mark.parametrize("kind", ["xml", "jsonfeed", "transmission"])
def test_a_named_kind_is_the_only_one_tried(kind: str) -> None:
    bodies = {"xml": RSS, "jsonfeed": JSON, "transmission": PAGE}
    assert parse(document(bodies[kind]), kind=kind).entries
    for other in bodies.keys() - {kind, "transmission"}:
        with pytest.raises(ParseError):
            parse(document(bodies[kind]), kind=other)


def test_an_unknown_kind_is_the_configurations_mistake() -> None:
    with pytest.raises(ConfigError, match="'yaml'; known are jsonfeed, transmission, xml"):
        parse(document(RSS), kind="yaml")


@pytest.mark.parametrize("kind", ["_tree", "__init__", "xml.etree", ""])
def test_only_public_modules_are_kinds(kind: str) -> None:
    with pytest.raises(ConfigError):
        parse(document(RSS), kind=kind)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "empty"),
        (" \n\0\ufeff ", "empty"),
        ("<!DOCTYPE html><html><body>Hello</body></html>", "web page"),
        ("<html><head><title>x</title></head></html>", "web page"),
        ('<?xml version="1.0"?><!DOCTYPE html><html><body><rss/></body></html>', "web page"),
        ("<p>Not found</p>", "web page"),
        ("<opml version='2.0'><body/></opml>", "OPML"),
        ("<?xml version='1.0'?><urlset><url/></urlset>", "sitemap"),
        ("<?xml version='1.0'?><note>x</note>", "not RSS, RDF or Atom"),
        ('{"error": "not found"}', "not a JSON feed"),
        ('[{"id": "1"}]', "not a JSON feed"),
        ('{"version": ', "cut short, before its first entry"),
        ("Hello there.", "neither XML nor JSON"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\0\0\0", "compressed"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xff\xfe", "empty"),
    ],
)
def test_what_is_no_feed_is_named(body: str | bytes, said: str) -> None:
    with pytest.raises(ParseError, match=said) as caught:
        parse(document(body))
    assert caught.value.url == URL


def test_importing_the_package_imports_no_parser() -> None:
    code = (
        "import sys, digest.parse\n"
        "heavy = {'lxml', 'feedparser', 'json', 'digest.parse.xml'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
