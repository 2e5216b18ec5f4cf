"""Somebody at a terminal who makes mistakes: each is told with its line, and mended, in one go."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pexpect
import pytest

GOOD = '[[feeds]]\nurl = "feed.xml"\n[digests.daily]\n[digests.daily.deliver.files]\npath = "out"\n'

# What somebody writes, and what the answer must say.  The first three run in every test.
CONFIGURATION = [
    ("title = \u201cNews\u201d\n", "config.toml:1", "write straight ones"),
    ("[digests.weekly.schedule]\nhour = 7\n", "config.toml:1", "above this table"),
    ('[fetch]\ncontact = "me"\n', "config.toml:2", "a mail address or a web address"),
]
MORE_CONFIGURATION = [
    ("title = News\n", "config.toml:1", "text stands in quotes"),
    ('title = "News\n', "config.toml:1", "closing quote missing"),
    ("title: News\n", "config.toml:1", 'settings are written with "="'),
    ('{"title": "News"}\n', "config.toml:1", "this is JSON"),
    ("- title: News\n", "config.toml:1", "this is YAML"),
    ('title = "a"\ntitle = "b"\n', "config.toml:2", "keep one of them"),
    ("[digests.daily]\n", "config.toml:4", "cannot declare [digests.daily] twice"),
    ("[feeds]\n", "config.toml:2", "with single brackets: write [[feeds]] there too"),
    ('[digest.daily]\nschedule = "0 7 * * *"\n', "config.toml:1", 'did you mean "digests"?'),
    ('timezone = "Berlin"\n', "config.toml:1", 'did you mean "Europe/Berlin"?'),
    ('timezone = "CEST"\n', "config.toml:1", 'did you mean "Europe/Berlin"?'),
    ('timezone = "+01:00"\n', "config.toml:1", "is an offset"),
    ('timezone = "Europe/Berln"\n', "config.toml:1", 'did you mean "Europe/Berlin"?'),
    ('language = "German"\n', "config.toml:1", 'did you mean "de"?'),
    ('language = "de_DE"\n', "config.toml:1", 'did you mean "de-DE"?'),
    ('base_url = "news.example.org"\n', "config.toml:1", "https://HOST/PATH"),
    ('[excerpt]\nlength = "long"\n', "config.toml:2", "a whole number"),
    ('[excerpt]\nboundary = "sentense"\n', "config.toml:2", 'did you mean "sentence"?'),
    ('[excerpt]\nmaths = "text"\n', "config.toml:2", 'did you mean "math"?'),
    ('[fetch]\nbackfill = "everything"\n', "config.toml:2", 'a whole number or "all"'),
    ("[fetch]\ntimeout = 30\n", "config.toml:2", "add a unit, in quotes"),
    ('[fetch]\ntimeout = "30 minuets"\n', "config.toml:2", "a duration such as"),
    ('[fetch]\nallow_hosts = ["http://a/"]\n', "config.toml:2", "no host name, address or network"),
    ('[store]\nurl = "mysql://x/y"\n', "config.toml:2", "sqlite:///digest.db"),
    ('[store]\nurl = "digest.db"\n', "config.toml:2", "sqlite:///digest.db"),
    ('[store]\nurl = "sqlite:///no/such/x.db"\n', "config.toml:2", "there is no folder"),
    ("[web]\nport = 99999\n", "config.toml:2", "at most 65535"),
    ('[web]\nurl = "news.example.org"\n', "config.toml:2", "https://HOST/PATH"),
    ('[web]\nproxies = ["proxy"]\n', "config.toml:2", '"proxy" is no address or network'),
    ('[[feeds]]\nURL = "a.xml"\n', "config.toml:2", 'did you mean "url"?'),
    ('[[feeds]]\nurl = "fed.xml"\n', "config.toml:2", "there is no file or folder"),
    ('[[feeds]]\nurl = "htp://example.org/a"\n', "config.toml:2", "found htp:"),
    ('[[feeds]]\nurl = "https://"\n', "config.toml:2", "it names no host"),
    ('[[feeds]]\nurl = "example.org/a"\n', "config.toml:2", "https://example.org/a"),
    ('[[feeds]]\nurl = "https://a.example/f"\ninterval = "1h"\n', "config.toml:3", "into [fetch]"),
    ('[[feeds]]\nurl = "https://a.example/f"\ncategory = ["a"]\n', "config.toml:3", "without [br"),
    ('[[feeds]]\nurl = "https://a.example/f"\npriority = "x"\n', "config.toml:3", "whole number"),
    ('[[feeds]]\nurl = "https://a.example/f"\nmute_until = 1\n', "config.toml:3", "muted_until"),
    ('[[feeds]]\nurl = "https://a.example/f"\nenabled = false\n', "config.toml:3", "put # before"),
    ('[digests.weekly]\nschedule = "7:00"\n', "config.toml:2", 'did you mean "0 7 * * *"?'),
    ('[digests.weekly]\nschedule = "daily"\n', "config.toml:2", 'did you mean "0 7 * * *"?'),
    ('[digests.weekly]\nschedule = "0 25 * * *"\n', "config.toml:2", "is not an hour (0-23)"),
    ('[digests.weekly]\nschedule = "* * * *"\n', "config.toml:2", "got four"),
    ('[digests.weekly]\nschedule = "0 7 31 2 *"\n', "config.toml:2", "can never fire"),
    ('[digests.weekly]\nmax_entries = "40"\n', "config.toml:2", "without quotes: 40"),
    ("[digests.weekly]\nmax_entries = 0\n", "config.toml:2", "at least 1"),
    ("[digests.weekly]\nmax_entrys = 4\n", "config.toml:2", 'did you mean "max_entries"?'),
    ('[digests.weekly]\ndrop = "ads"\n', "config.toml:2", 'write ["ads"]'),
    ('[digests.weekly]\ndrop = ["/(/"]\n', "config.toml:2", "not a regular expression"),
    ('[digests.weekly]\ndrop = ["older than soon"]\n', "config.toml:2", '"older than 14d"'),
    ('[digests.weekly]\ncategories = ["News"]\n', "config.toml:2", "there is no category yet"),
    ("[digests.weekly]\nmin_entries = 9\nmax_entries = 1\n", "config.toml:2", "more than max"),
    ('[digests."my daily"]\n', "config.toml:1", "the name of a digest consists of"),
    ("[digests.weekly.deliver.smpt]\n", "config.toml:1", 'did you mean "smtp"?'),
    ('[digests.weekly.deliver.smtp]\nhost = "mail.example"\n', "config.toml:1", "from: missing"),
    ('[digests.weekly.deliver.smtp]\nfrom = "me"\nhost = "a.example"\n', "toml:2", "there is no @"),
    ('[digests.weekly.deliver.smtp]\npassword = "x"\n', "toml:2", "never stands in this file"),
    ('[digests.weekly.deliver.smtp]\nport = "587"\n', "toml:2", "without quotes: 587"),
    ('[digests.weekly.deliver.files]\npath = "o"\nformats = ["pdf"]\n', "toml:3", "known: archive"),
    ('[digests.weekly.deliver.files]\npath = "o"\nformats = "html"\n', "toml:3", 'write ["html"]'),
    ('[digests.weekly.deliver.files]\npth = "o"\n', "toml:2", 'did you mean "path"?'),
    ('[digests.weekly.deliver.files]\npath = "/proc/o"\n', "toml:2", "may not write to /proc"),
]
COMMANDS = [
    ("rnu", "Did you mean 'run'?"),
    ("chekc", "check"),
    ("run now", "unexpected extra argument (now)"),
    ("run --now yesterday", "2026-01-12T07:00+01:00"),
    ("run --config", "requires an argument"),
    ("--config nofile.toml run", "`digest init` writes one"),
    ("refresh Bots", "`digest feeds list` shows them"),
    ("refresh --failed --all", "name feeds, or say --failed, or --all"),
    ("publish weekly", "there are: daily"),
    ("preview --format pdf", "known: archive, atom"),
    ("preview weekly", "there are: daily"),
    ("feeds ad x", "Did you mean 'add'?"),
    ("feeds add", "Missing argument 'URL...'"),
    ("feeds add localhost", "fetch.allow_hosts"),
    ("feeds add ftp://example.org/x", "expected http://, https:// or the path of a file"),
    ("feeds add feed.xml", "is there already"),
    ("feeds remove nothing", "`digest feeds list` shows them"),
    ("feeds mute feed.xml --until yesterday", "a day such as 2026-12-24"),
    ("feeds mute feed.xml --until 2020-01-01", "name a day in the future"),
    ("feeds rename a", "Missing argument 'ADDRESS'"),
    ("feeds import nofile.opml", "cannot read nofile.opml"),
    ("feeds import config.toml", "not an OPML list"),
    ("feeds export /proc/x.opml", "cannot be written"),
    ("feeds list --sort colour", "'number', 'name', 'title'"),
    ("editions show", "Missing argument 'DIGEST'"),
    ("editions show daily 2020", "`digest editions list` shows them"),
    ("editions resend daily", "Missing argument 'SLOT'"),
    ("editions approve dayli", "dayli"),
    ("editions approve daily", "no edition of daily waits for approval"),
    ("editions approve daily --drop x", "x"),
    ("editions edit daily", "say what to change"),
    ("subscribers list weekly", "there are: daily"),
    ("subscribers add daily me", "there is no @ in it"),
    ("subscribers add daily me@example.org --name a@b", "a name holds no address"),
    ("subscribers import daily nofile.csv", "cannot read nofile.csv"),
    ("subscribers remove daily me@example.org", "never was on the list of daily"),
    ("explain", "name a link, an id or words of a title"),
    ("explain nothing-like-that", "no entry has the link, id or title"),
    ("explain --edition 2020-01-01", "`digest editions list` shows them"),
    ("backtest nofile.toml", "nofile.toml"),
    ("backup", "Missing argument 'FILE'"),
    ("backup /proc/x.db", "there is no database"),
    ("restore nofile.db", "there is no file nofile.db"),
    ("restore config.toml", "file is not a database"),
    ("templates copy nothing", "known: approval.html"),
    ("init", "config.toml is there already"),
    ("serve --prt 8000", "No such option '--prt'"),
    ("doctor --feds", "Did you mean '--feeds'?"),
    ("try", "Missing argument 'URL...'"),
    ("digests rename weekly daily", "nothing is stored of a digest weekly"),
    ("completion tcsh", "'bash', 'zsh', 'fish'"),
]


def at_terminal(folder: Path, *arguments: str) -> tuple[str, int]:
    """Run a command on a terminal of 80 columns; return what it shows, in one line, and its end."""
    shown, status = pexpect.run(
        f"{sys.executable} -m digest {' '.join(arguments)}",
        cwd=str(folder),
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        withexitstatus=True,
        timeout=300,
    )
    return " ".join(shown.decode().split()), int(status)


@pytest.mark.parametrize(
    ("wrong", "place", "advice"),
    [*CONFIGURATION, *(pytest.param(*row, marks=pytest.mark.long) for row in MORE_CONFIGURATION)],
)
def test_a_mistake_in_the_file_is_told_with_its_line(
    tmp_path: Path, wrong: str, place: str, advice: str
) -> None:
    (tmp_path / "feed.xml").write_text("<rss version='2.0'><channel/></rss>")
    (tmp_path / "config.toml").write_text(wrong + GOOD)
    shown, status = at_terminal(tmp_path, "check")
    assert status == 2
    assert place in shown
    assert advice in shown
    assert "Traceback" not in shown
    (tmp_path / "config.toml").write_text(GOOD)
    assert at_terminal(tmp_path, "check")[1] == 0


@pytest.mark.long
@pytest.mark.parametrize(("command", "named"), COMMANDS)
def test_a_mistake_on_the_command_line_is_told(tmp_path: Path, command: str, named: str) -> None:
    (tmp_path / "feed.xml").write_text("<rss version='2.0'><channel/></rss>")
    (tmp_path / "config.toml").write_text(GOOD)
    shown, status = at_terminal(tmp_path, *command.split())
    assert status in (1, 2)
    assert named in shown
    assert "Traceback" not in shown
