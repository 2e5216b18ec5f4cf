"""A message about a mistake in the configuration never repeats a secret that stands there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.house import item, rss
from support.shell import shell

SECRET = "kq9zLp2XwR8vB4s3"
_SMTP = """[digests.daily.deliver.smtp]
host = "mx.example.org"
from = "a@example.org"
"""
_CONFIG = """{top}
[[feeds]]
url = "feed.xml"
{feed}
[store]
{store}
[digests.daily.deliver.files]
path = "out"
{rest}
"""
MISTAKES = {
    "unknown key password": ("smtp", 'password = "SECRET"'),
    "unknown key passwd": ("smtp", 'pass = "SECRET"'),
    "smtp user list": ("smtp", 'user = ["SECRET"]'),
    "host with login": (
        "rest",
        '[digests.daily.deliver.smtp]\nhost="me:SECRET@mx.example.org"\nfrom="a@example.org"\n',
    ),
    "host url": (
        "rest",
        '[digests.daily.deliver.smtp]\nhost="smtps://me:SECRET@mx.example.org"\nfrom="a@example.org"\n',
    ),
    "password_file holds the password": ("smtp", 'user="me"\npassword_file = "SECRET"'),
    "password_env holds the password": ("smtp", 'user="me"\npassword_env = "SECRET"'),
    "password_env list": ("smtp", 'user="me"\npassword_env = ["SECRET"]'),
    "dkim key inline": (
        "smtp",
        'dkim_selector="x"\ndkim_key_file = "-----BEGIN PRIVATE KEY-----SECRET"',
    ),
    "from with login": (
        "rest",
        '[digests.daily.deliver.smtp]\nhost="mx.example.org"\nfrom="a:SECRET@example.org"\n',
    ),
    "feed headers text": ("feed", 'headers = "Bearer SECRET"'),
    "feed headers list": ("feed", 'headers = ["Authorization: Bearer SECRET"]'),
    "feed headers name": ("feed", 'headers = { "Authorization: Bearer SECRET" = "x" }'),
    "feed headers value control": ("feed", 'headers = { X = "SECRET\\n" }'),
    "feed headers value number list": ("feed", 'headers = { X = ["SECRET"] }'),
    "feed authorization": (
        "feed",
        'headers = { Authorization = "SECRET" }\nuser="me"\npassword_env="X"',
    ),
    "feed token": ("feed", 'token = "SECRET"'),
    "feed password": ("feed", 'user="me"\npassword = "SECRET"'),
    "feed token_file": ("feed", 'token_file = "SECRET"'),
    "feed token_env": ("feed", 'token_env = "SECRET"'),
    "feed user_agent": ("feed", 'user_agent = "SECRET\\n"'),
    "feed user without": ("feed", 'user = "SECRET"'),
    "feed url twice": (
        "rest",
        '[[feeds]]\nurl="https://e.org/x?token=SECRET"\n[[feeds]]\nurl="https://e.org/x?token=SECRET"',
    ),
    "feed url odd": ("rest", '[[feeds]]\nurl="ftp://me:SECRET@e.org/x"'),
    "feed url bad port": ("rest", '[[feeds]]\nurl="https://me:SECRET@e.org:99999/x"'),
    "feed url space": ("rest", '[[feeds]]\nurl="https://e .org/x?token=SECRET"'),
    "feed url private host": ("rest", '[[feeds]]\nurl="http://127.0.0.1:1/x?token=SECRET"'),
    "feed name for digest": (
        "rest",
        '[[feeds]]\nurl="https://e.org/x?token=SECRET"\n[digests.b]\nfeeds=["https://e.org/x?token=SECRET9"]\n[digests.b.deliver.files]\npath="b"',
    ),
    "webhook url": ("rest", '[digests.daily.deliver.webhook]\nurl="hook.example.org/SECRET"'),
    "webhook url list": (
        "rest",
        '[digests.daily.deliver.webhook]\nurl=["https://hook.example.org/SECRET"]',
    ),
    "webhook secret": (
        "rest",
        '[digests.daily.deliver.webhook]\nurl="https://hook.example.org/"\nsecret="SECRET"',
    ),
    "webhook secret_file": (
        "rest",
        '[digests.daily.deliver.webhook]\nurl="http://127.0.0.1:1/"\nsecret_file="whsec_SECRET"',
    ),
    "webhook secret_env": (
        "rest",
        '[digests.daily.deliver.webhook]\nurl="http://127.0.0.1:1/"\nsecret_env="SECRET"',
    ),
    "chat unknown": ("rest", '[digests.daily.deliver.chat]\nto={team="nonsense://SECRET"}'),
    "chat text": ("rest", '[digests.daily.deliver.chat]\nto="slack://SECRET"'),
    "chat list": ("rest", '[digests.daily.deliver.chat]\nto=["slack://SECRET"]'),
    "chat nested": ("rest", '[digests.daily.deliver.chat]\nto={team=["slack://SECRET"]}'),
    "chat no scheme": ("rest", '[digests.daily.deliver.chat]\nto={team="SECRET"}'),
    "chat key url": ("rest", '[digests.daily.deliver.chat]\nurl="slack://SECRET"'),
    "hub": ("rest", '[digests.daily.deliver.websub]\nhub="me:SECRET@hub"'),
    "sendmail": (
        "rest",
        '[digests.daily.deliver.sendmail]\nfrom="a@e.org"\ncommand=["/bin/x","--password=SECRET"]',
    ),
    "sendmail text": (
        "rest",
        '[digests.daily.deliver.sendmail]\nfrom="a@e.org"\ncommand="x --password=SECRET RECIPIENT"',
    ),
    "sendmail no program": (
        "rest",
        '[digests.daily.deliver.sendmail]\nfrom="a@e.org"\nto=["b@e.org"]\n'
        'command=["/bin/x --password=SECRET", "RECIPIENT"]',
    ),
    "store pg": ("store", 'url="postgresql://me:SECRET@db/x"'),
    "store pg query": ("store", 'url="postgresql://me@db/x?password=SECRET"'),
    "store odd": ("store", 'url="me:SECRET@db"'),
    "store list": ("store", 'url=["postgresql://me:SECRET@db/x"]'),
    "store path": ("store", 'url="sqlite:///no/such/d.db?key=SECRET"'),
    "store password": ("store", 'password="SECRET"'),
    "store sqlcipher": ("store", 'url="sqlite+pysqlcipher://:SECRET@/x.db"'),
    "base_url login": ("top", 'base_url="https://me:SECRET@e.org/"'),
    "base_url no scheme login": ("top", 'base_url="me:SECRET@e.org/"'),
    "web url login": ("rest", '[web]\nurl="https://me:SECRET@e.org/"'),
    "web proxies login": ("rest", '[web]\nproxies=["http://me:SECRET@e.org/"]'),
    "fetch proxy": ("rest", '[fetch]\nproxy="http://me:SECRET@e.org/"'),
    "fetch contact login": ("rest", '[fetch]\ncontact="http://me:SECRET@e.org/"'),
    "toml unclosed": ("smtp", 'user="me"\npassword_file = "SECRET'),
    "toml bare": ("smtp", "password = SECRET"),
    "toml twice": ("smtp", 'user="SECRET"\nuser = "SECRET"'),
    "toml junk": ("smtp", 'password "SECRET"'),
    "toml in string": ("smtp", 'password = "a"SECRET"'),
    "toml url bare": ("rest", "[[feeds]]\nurl = https://e.org/?token=SECRET"),
}
"""What is wrong -> which part of the file it stands in, and its lines."""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_no_message_repeats_it(
    mistake: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.chdir(tmp_path)
    part, lines = MISTAKES[mistake]
    lines = lines.replace("SECRET", SECRET)
    parts = {"top": "", "feed": "", "store": "", "rest": ""}
    parts |= {"rest": _SMTP + lines} if part == "smtp" else {part: lines}
    (tmp_path / "feed.xml").write_bytes(rss([item("a1")]))
    (tmp_path / "config.toml").write_text(_CONFIG.format(**parts))
    run = shell(monkeypatch, capfdbinary)
    outcomes = [run("check", "--json"), run("check"), run("run", "--now", "2026-01-12T08:00:00Z")]
    told = "".join(outcome.out + outcome.err for outcome in outcomes)
    files = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    told += "".join(file.read_text() for file in files)
    assert [line for line in told.splitlines() if SECRET[:8] in line] == []
    json.loads(outcomes[0].out or "{}")
