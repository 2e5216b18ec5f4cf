"""A hundred mistakes that people make on purpose here: each gets its line, and what to do.

A row is the text that is wrong and a part of the sentence that it must get.  `SURROUNDINGS` are the
mistakes that no text shows: what the configuration names is not on this machine.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.errors import ConfigError
from digest.settings import interpret
from digest.settings.surroundings import missing

FEED = '[[feeds]]\nurl = "https://example.org/atom.xml"\n'
FILES = '[digests.daily.deliver.files]\npath = "out"\n'
SMTP = (
    '[digests.daily.deliver.smtp]\nhost = "smtp.example.org"\nfrom = "a@news.example.org"\n'
    'to = ["b@example.org"]\n'
)

TOP = [
    ("title = \u201cMy digest\u201d", "typographic quotes: write straight ones"),
    ('title = "My digest\u201d', "typographic quotes: write straight ones"),
    ("title = \u00abMy digest\u00bb", "typographic quotes: write straight ones"),
    ("title: My digest", 'settings are written with "="'),
    ("- url: https://example.org", "each feed begins with [[feeds]]"),
    ("--- \ntitle = 'x'", "this is YAML; a configuration is TOML"),
    ("title = My digest", 'text stands in quotes: key = "text"'),
    ("timezone = Europe/Berlin", 'text stands in quotes: key = "text"'),
    ("title = True", "write true, in small letters"),
    ("title = no", "write false, in small letters"),
    ("title = None", "leave the line out"),
    ("[fetch", "is a closing bracket missing?"),
    ("a" + ".a" * 50_000 + " = 1", "more than 32 parts joined by dots"),
    ("[[feeds]", "two brackets open and two close it"),
    ("[digests daily]", "joined by dots: [digests.daily]"),
    ("// a comment", "a comment begins with #"),
    ("; a comment", "a comment begins with #"),
    ('{ "title": "x" }', "this is JSON"),
    ('<opml version="2.0">', "takes the feeds of OPML"),
    ("title =", "a value is missing"),
    ('title "My digest"', 'a setting is written: key = "text"'),
    ('title = "a" language = "de"', "each setting has a line of its own"),
    ('title = "a', "is a closing quote missing?"),
    ('title = "say "hi" to all"', "does the text hold a quote?"),
    ("title = 'It's mine'", "does the text hold a quote?"),
    ('title = "C:\\Users\\me"', "for a backslash"),
    ('title = "a"\ntitle = "b"', "a key may stand once"),
    ('title := "x"', "written with one =: key = value"),
    ('my title = "x"', "a key has no blanks"),
    ('title == "x"', "written with one =: key = value"),
    ('"title = x"', "quotes stand around the text alone"),
    ('title = "x",', "no comma or semicolon ends a setting"),
    ('title = "x";', "no comma or semicolon ends a setting"),
    ('title = "x" // mine', "a comment begins with #"),
    ("[fetch]\nallow_hosts = [127.0.0.1]", 'Write ["a", "b"]'),
    ("[[digests.weekly]]\nschedule = '@daily'", "single [brackets]"),
    ('[excerpt]\nlength = "350 characters"', "the number alone: 350"),
    ('timezone = "Europe/Berlni"', 'did you mean "Europe/Berlin"?'),
    ("[fetch]\ninterval = 30s", 'a duration stands in quotes: "1h"'),
    ("[fetch]\nmax_bytes = 10,000,000", "10000 or 10_000"),
    ("[match]\nlikeness = 0,8", "a point in a number"),
    ('title\u00a0= "x"', "an invisible character (no-break space)"),
    ("<<<<<<< HEAD", "two versions were merged"),
    ("[]", "a name is missing between the brackets"),
    ("[feeds]\nurl = 'x'", "[[feeds]] there too"),
    ('titel = "x"', 'did you mean "title"?'),
    ("[digest.weekly]", 'did you mean "digests"?'),
    ('cron = "0 7 * * *"', "here it is called [digests.NAME] schedule"),
    ('[smtp]\nhost = "x"', "belongs into [digests.NAME.deliver.smtp]"),
    ('[email]\nto = "x"', "here it is called [digests.NAME.deliver.smtp]"),
    ('password = "hunter2"', "a password never stands in this file"),
    ("max_entries = 5", "belongs into a [digests.NAME] table"),
    ('[deliver]\nto = ["a@example.org"]', "is a name missing between the [brackets]?"),
    ('[deliver.email]\nto = "x"', 'here it is called "smtp"'),
    ('[web]\nlisten = "0.0.0.0"', 'here it is called "host"'),
    ('[web]\nhost = "0.0.0.0:80"', 'host = "0.0.0.0" and port = 80'),
    ("[digests.x.schedule]\nhour = 7", 'write a line KEY = "text" above this table'),
    ('[fetch]\ncontact = "me"', "expected a mail address or a web address"),
    ('[store]\nkeep_bodies = "forever"', 'the longest is "36500d"'),
    ('language = "de-DEU"', "a country has a code of two letters"),
    ('include = "feeds.toml"', "all settings stand in one file"),
    ('[logging]\nlevel = "debug"', "the command line decides how much is printed: -v, or -q"),
    ("verbose = true", "the command line decides how much is printed: -v, or -q"),
    ('timezone = "GMT+1"', '"Etc/GMT-1", with the other sign, is 1 hour ahead'),
    ('timezone = "UTC-05:00"', 'such as "America/New_York"'),
    ('timezone = "+0530"', 'such as "Asia/Kolkata"'),
    ('timezone = "PDT"', 'did you mean "America/Los_Angeles"?'),
    ('timezone = "Germany"', 'did you mean "Europe/Berlin"'),
    ('timezone = "berlin"', 'did you mean "Europe/Berlin"?'),
    ('timezone = "local"', "name the time zone itself"),
    ('language = "english"', 'did you mean "en"?'),
    ('language = "Deutsch"', 'did you mean "de"?'),
    ('language = "xx"', 'no language has the tag "xx"'),
    ('language = "de_DE.UTF-8"', 'did you mean "de-DE"?'),
    ('language = "en-UK"', 'did you mean "en-GB"?'),
    ('language = "jp"', 'did you mean "ja"?'),
    ("title = 5", 'write it in quotes: "5"'),
    ('title = ["x"]', "without [brackets]"),
    ('[store]\nurl = "digest.db"', 'expected "sqlite:///digest.db"'),
    ('[store]\nkeep_bodies = "3 months"', 'did you mean "90d"?'),
    ('[fetch]\ninterval = "1 hour"', 'did you mean "1h"?'),
    ('[fetch]\ninterval = "1h30m"', 'did you mean "90m"?'),
    ("[fetch]\ninterval = 60", '"60s", "60m" or "60h"'),
    ('[fetch]\nmax_bytes = "10 MB"', "10_000_000"),
    ('[fetch]\nallow_hosts = "127.0.0.1"', 'write ["127.0.0.1"]'),
    ('[fetch]\nallow_hosts = ["*"]', 'a network such as "10.0.0.0/8"'),
    ('[fetch]\nallow_hosts = ["*.lan"]', 'a network such as "10.0.0.0/8"'),
    ('[fetch]\nallow_hosts = ["10.0.0.*"]', 'a network such as "10.0.0.0/8"'),
    ('[fetch]\nallow_hosts = ["192.168"]', "an address has four numbers"),
    ('[web]\nport = "8000"', "without quotes: 8000"),
    ('[excerpt]\nboundary = "words"', 'did you mean "word"?'),
]
"""At the top of the file."""

BELOW_FEED = [
    ('token_env = "my token"', "is no name of a variable"),
    ('token_env = "$TOKEN"', "is no name of a variable"),
    ('timezone = "Europe/Berlin"', "move it to the top"),
    ('base_url = "https://news.example.org"', "move it to the top"),
    ('tags = ["a"]', 'here it is called "category"'),
    ('muted_until = "2026-12-24"', "without quotes: 2026-12-24"),
    ('max_entries = "5"', "without quotes: 5"),
    ('fulltext = "yes"', "write true, without quotes"),
    ('category = ["a", "b"]', "without [brackets]"),
    ('user = "me"', "one of password_file and password_env"),
    ('[[feeds]]\nurl = "feed://example.org/a"', 'did you mean "https://example.org/a"?'),
    ('[[feeds]]\nurl = "www.example.org/a"', 'did you mean "https://www.example.org/a"?'),
    ('[[feeds]]\nurl = "<https://example.org/a>"', 'did you mean "https://example.org/a"?'),
    ('[[feeds]]\nurl = "https:/example.org/a"', 'did you mean "https://example.org/a"?'),
    ('[[feeds]]\nurl = "@me@social.example"', 'did you mean "https://social.example/@me"?'),
    ('[[feeds]]\nurl = "~/feeds"', "write the whole path"),
    ('[[feeds]]\nurl = "file:///srv/a.xml"', "write the path alone: /srv/a.xml"),
]
"""Behind the keys of a feed."""

IN_DIGEST = [
    ('title = ""', "it is empty: write a title"),
    ("enabled = true", "put # before its lines"),
    ('sections = ["ML"]', 'write { "ML" = ... }'),
    ('approve_by = "08:30"', "add approve = true"),
    ('editor = "me@example.org"', "add approve = true"),
    ('approve_by = "25:00"', 'a time of day such as "08:30"'),
    ('approve_by = "soon"', 'a time of day such as "08:30"'),
    ('weekly = "monday"', 'did you mean "0 7 * * 1"?'),
    ('schedule = "7:30"', 'did you mean "30 7 * * *"?'),
    ('schedule = "daily"', 'did you mean "0 7 * * *"?'),
    ('schedule = "every day at 7pm"', 'did you mean "0 19 * * *"?'),
    ('schedule = "0 0 7 * * *"', 'did you mean "0 7 * * *"?'),
    ('schedule = "monday"', 'did you mean "0 7 * * 1"?'),
    ("schedule = 0 7 * * *", "a cron line in quotes"),
    ('interval = "1d"', 'here it is called "schedule"'),
    ('to = ["me@example.org"]', "here it is called [digests.daily.deliver.smtp] to"),
    ("length = 200", "[digests.daily.excerpt] length"),
    ('[digests.daily.smtp]\nhost = "x"', "write [digests.daily.deliver.smtp]"),
    ('categories = ["News"]', "there is no category yet"),
    ('feeds = ["exmple.org"]', 'did you mean "example.org"?'),
    ('at_latest = "friday"', 'did you mean "fri"?'),
    ('drop = "sponsored"', 'write ["sponsored"]'),
    ('drop = ["title: sponsored"]', 'searches the title: write "sponsored"'),
    ('keep = ["Headline: /rust/i"]', 'searches the title: write "/rust/i"'),
    ('drop = ["body: sponsored"]', 'did you mean "text:"?'),
    ('drop = ["tag: Deals"]', 'did you mean "category:"?'),
    ("health = true", 'write "always" or "never"'),
    ('images = "false"', "write false, without quotes"),
]

IN_SMTP = [
    ('cc = ["x@example.org"]', "each gets a mail of their own"),
    ('password = "hunter2"', 'password_file = "smtp-password"'),
    ('smtp_password = "hunter2"', "a password never stands in this file"),
    ('user = "me"', "one of password_file and password_env"),
    ('username = "me"', 'here it is called "user"'),
    ("ssl = true", 'here it is called "security"'),
    ('security = "ssl"', 'did you mean "tls"?'),
    ('port = "587"', "without quotes: 587"),
    ('recipients = ["a@example.org"]', 'here it is called "to"'),
    ('reply_to = "me"', "there is no @ in it"),
    (
        '[digests.weekly.deliver.smtp]\nfrom = "a@b.example"\nhost = "smtp.example.org:587"',
        "and port = 587",
    ),
]

SURROUNDINGS = [
    ('[digests.daily.deliver.smtp]\npassword_file = "none"', "there is no file {root}/none"),
    ('[digests.daily.deliver.smtp]\npassword_file = "empty"', "{root}/empty is empty"),
    ('[digests.daily.deliver.smtp]\npassword_file = "folder"', "name the file in it"),
    ('[digests.daily.deliver.files]\npath = "file/out"', "{root}/file is no folder"),
    ('[digests.daily.deliver.files]\npath = "/proc/out"', "this user may not write to /proc"),
    ('[store]\nurl = "sqlite:///no/such/digest.db"', "there is no folder {root}/no"),
    ('[store]\nurl = "sqlite:///folder"', "{root}/folder is a folder"),
    ('[store]\nurl = "mysql://db.example.org/x"', "expected a file of SQLite"),
]


def rows(table: list[tuple[str, str]], text: str) -> list[object]:
    """Make parameters: the whole file for each row, the line that is wrong, the sentence."""
    made = []
    for wrong, sentence in table:
        before, _, after = text.partition("HERE")
        made.append(
            pytest.param(
                f"{before}{wrong}\n{after}", wrong, sentence, id=" ".join(wrong.split())[:80]
            )
        )
    return made  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "wrong", "sentence"),
    [
        *rows(TOP, f"HERE{FEED}{FILES}"),
        *rows(BELOW_FEED, f"{FEED}HERE{FILES}"),
        *rows(IN_DIGEST, f"{FEED}[digests.daily]\nHERE{FILES}"),
        *rows(IN_SMTP, f"{FEED}{SMTP}HERE"),
    ],
)
def test_a_mistake_gets_its_line_and_what_to_do(
    tmp_path: Path, text: str, wrong: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        interpret(text, tmp_path / "config.toml", {})
    said = [error for error in caught.value.all if sentence in str(error)]
    assert said, "\n".join(map(str, caught.value.all))
    first = text[: text.index(wrong)].count("\n") + 1
    assert said[0].line is not None
    assert first <= said[0].line <= first + wrong.count("\n") + 1
    assert "hunter2" not in str(said[0])


@pytest.mark.parametrize(
    ("wrong", "sentence"), SURROUNDINGS, ids=lambda value: " ".join(value.split())
)
def test_what_this_machine_lacks_is_told_with_its_line(
    tmp_path: Path, wrong: str, sentence: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").touch()
    header, _, key = wrong.partition("\n")
    login = 'user = "me"\n' if "password" in key else ""
    base = (SMTP if "smtp" in header else "") + (FILES if "files" not in header else "")
    base = base.replace(f"{header}\n", f"{header}\n{key}\n{login}")
    text = FEED + (base if key in base else f"{base}{wrong}\n")
    path = tmp_path / "config.toml"
    (error,) = missing(interpret(text, path, {}), text)
    assert sentence.format(root=tmp_path) in str(error)
    assert error.line == text[: text.index(key)].count("\n") + 1


@pytest.mark.parametrize(
    "line",
    [
        'timezone = "Etc/GMT+1"',
        'timezone = "EST"',
        'timezone = "Asia/Kolkata"',
        'language = "zh-Hant-TW"',
        'language = "sr-Latn"',
        'language = "gsw"',
        'language = "es-419"',
        "title = 'Say \u201chi\u201d'",
        'title = "key: value"  # a comment',
        'title = "- a dash"',
        '[fetch]\ninterval = "90m"',
        "[store]\nurl = 'sqlite:///new/digest.db'",
        '[fetch]\nallow_hosts = ["nas", "10.0.0.0/8", "fd00::/8", "printer-2.lan", "a1.b2"]',
        '[digests.daily]\ndrop = ["title", "Sponsored: x", "/title: x/i", "Show HN: x"]',
    ],
)
def test_nothing_is_said_of_what_is_right(tmp_path: Path, line: str) -> None:
    text = f"{line}\n{FEED}{FILES}"
    assert missing(interpret(text, tmp_path / "config.toml", {}), text) == ()


def test_there_are_a_hundred_mistakes() -> None:
    tables = (TOP, BELOW_FEED, IN_DIGEST, IN_SMTP, SURROUNDINGS)
    assert sum(map(len, tables)) >= 100
