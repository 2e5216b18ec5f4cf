"""Names of subscribers, and the weekly mail: nothing twice, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from digest import pipeline
from digest.pipeline.weekly import change_frequency
from support.house import NOW, House, item, rss
from support.shell import Run, shell
from support.smtpserver import SmtpServer

JANE, OLAF = "jane@example.org", "olaf@example.org"


class WeeklyHouse(House):
    """A daily digest with subscribers; a day is run at a time.  NOW is a Friday."""

    def __init__(self, folder: Path, server: SmtpServer) -> None:
        self.server = server
        self.ids: list[str] = []
        (folder / "feed.xml").write_bytes(rss([]))
        super().__init__(
            folder,
            ["feed.xml"],
            more='[web]\nurl = "https://news.example.org/"\n[digests.daily]\n'
            '[digests.daily.deliver.smtp]\nhost = "127.0.0.1"\n'
            f'port = {server.port}\nfrom = "Daily <daily@example.org>"\n',
        )

    def day(self, number: int) -> None:
        """Run on a day, which has one story, called by its number."""
        self.ids.append(f"day{number}")
        (self.folder / "feed.xml").write_bytes(rss([item(one) for one in self.ids]))
        self.run(NOW + timedelta(days=number))

    def choose(self, address: str, *, weekly: bool, day: int) -> None:
        with self.store() as store, store.write() as connection:
            (digest,) = self.config.digests
            now = NOW + timedelta(days=day)
            change_frequency(connection, digest, address, weekly=weekly, now=now)

    def mails(self, address: str) -> list[list[str]]:
        """The stories of each mail to somebody."""
        return [
            re.findall(r"Title of (day\d+)", text_of(mail.data)) for mail in self.server.to(address)
        ]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, server: SmtpServer, tmp_path: Path) -> WeeklyHouse:
    monkeypatch.chdir(tmp_path)
    return WeeklyHouse(tmp_path, server)


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], house: WeeklyHouse
) -> Run:
    return shell(monkeypatch, capfdbinary)


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(data: bytes) -> str:
    part = parsed(data).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


# --- the weekly mail -----------------------------------------------------------------------------


def test_a_weekly_mail_tells_the_editions_of_the_week(digest: Run, house: WeeklyHouse) -> None:
    digest("subscribers", "add", "daily", JANE, OLAF)
    house.day(0)
    house.choose(JANE, weekly=True, day=0)
    for day in range(1, 11):
        house.day(day)
    assert house.mails(OLAF) == [[f"day{day}"] for day in range(11)]
    # Monday is day 3, and day 10; the edition of a Monday at 7:00 belongs to that Monday's mail.
    assert house.mails(JANE) == [
        ["day0"],
        ["day1", "day2", "day3"],
        [f"day{day}" for day in range(4, 11)],
    ]
    mail = house.server.to(JANE)[-1]
    assert parsed(mail.data)["Subject"] == "Daily: The week up to November 30, 2026"
    assert "Friday, November 27, 2026" in text_of(mail.data)


@pytest.mark.parametrize("leaves", [1, 3, 6])
@pytest.mark.parametrize("comes", [0, 2, 3])
def test_who_changes_to_weekly_and_back_gets_everything_once(
    digest: Run, house: WeeklyHouse, comes: int, leaves: int
) -> None:
    digest("subscribers", "add", "daily", JANE)
    for day in range(10):
        house.day(day)
        if day == comes:
            house.choose(JANE, weekly=True, day=day)
        if day == comes + leaves:
            house.choose(JANE, weekly=False, day=day)
    house.choose(JANE, weekly=False, day=9)
    house.day(10)
    told = [story for mail in house.mails(JANE) for story in mail]
    assert sorted(told) == sorted(house.ids)


def test_a_weekly_mail_has_a_link_for_leaving_and_is_withdrawn_from_who_left(
    digest: Run, house: WeeklyHouse
) -> None:
    digest("subscribers", "add", "daily", JANE, OLAF)
    house.day(0)
    for address in (JANE, OLAF):
        house.choose(address, weekly=True, day=0)
    house.day(1)
    digest("subscribers", "remove", "daily", OLAF)
    house.day(4)
    (_, weekly) = house.server.to(JANE)
    assert parsed(weekly.data)["List-Unsubscribe"]
    assert house.mails(OLAF) == [["day0"]]


def test_runs_at_the_same_time_send_a_weekly_mail_once(digest: Run, house: WeeklyHouse) -> None:
    digest("subscribers", "add", "daily", JANE)
    house.day(0)
    house.choose(JANE, weekly=True, day=0)
    house.day(1)
    for _ in range(3):
        with house.store() as store:
            pipeline.publish(house.config, store, NOW + timedelta(days=3, hours=2))
    assert house.mails(JANE) == [["day0"], ["day1"]]


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Jane Doe",
        "Zoë Müller",
        "山田 花子",
        "محمد",
        'Jane "JD" Doe',
        "Doe, Jane",
        "O'Neil {x} %s",
        "=utf-8?q?x?=",
    ],
)
def test_a_name_stands_in_the_greeting_and_in_to(
    digest: Run, house: WeeklyHouse, name: str
) -> None:
    assert digest("subscribers", "add", "daily", JANE, "--name", name).status == 0
    house.day(0)
    (mail,) = house.server.to(JANE)
    message = parsed(mail.data)
    (to,) = message["To"].addresses
    assert (to.display_name, to.addr_spec) == (name, JANE)
    assert f"Hello {name}," in text_of(mail.data)
    page = message.get_body(("html",))
    assert page is not None
    assert "Hello " in page.get_content()


@pytest.mark.parametrize(
    "name",
    [
        "a\nBcc: evil@example.org",
        "a\r\nX: y",
        "x@example.org",
        "see http://x.example",
        "w" * 61,
        "=?utf-8?q?x?=",
        "<b>",
    ],
)
def test_what_cannot_stand_in_a_header_is_no_name(
    digest: Run, house: WeeklyHouse, name: str
) -> None:
    outcome = digest("subscribers", "add", "daily", JANE, "--name", name)
    assert outcome.status == 2
    assert "--name: a name" in outcome.err


def test_who_has_no_name_is_not_greeted(digest: Run, house: WeeklyHouse) -> None:
    digest("subscribers", "add", "daily", JANE, "--name", "Jane")
    digest("subscribers", "add", "daily", JANE, "--name", "")
    house.day(0)
    (mail,) = house.server.to(JANE)
    assert "Hello" not in text_of(mail.data)
    assert parsed(mail.data)["To"] == JANE


def test_names_come_with_an_import_and_go_with_an_export(digest: Run, house: WeeklyHouse) -> None:
    table = "First Name;Last Name;E-Mail\nJane;Doe;jane@example.org\n=cmd;;olaf@example.org\n"
    outcome = digest("subscribers", "import", "daily", "-", stdin=table.encode())
    assert outcome.status == 0
    exported = digest("subscribers", "export", "daily").out
    assert "address,state,since,origin,name,frequency" in exported
    assert re.search(r"jane@example\.org,active,.*,import,Jane Doe,each", exported)
    assert re.search(r"olaf@example\.org,active,.*,import,'=cmd,each", exported)


@pytest.mark.sqlite
def test_a_forgotten_name_is_gone(digest: Run, house: WeeklyHouse) -> None:
    digest("subscribers", "add", "daily", JANE, "--name", "Jane Quxley")
    digest("subscribers", "forget", JANE)
    assert b"Quxley" not in Path("digest.db").read_bytes()
