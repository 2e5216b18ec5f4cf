"""`digest subscribers` and `digest bounces`: what they say, write and exit with."""

from __future__ import annotations

import csv
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from digest.mailing_list import token_signatures
from digest.mailing_list.states import SubscriberEvent
from digest.model import Subscriber
from digest.store import Store, open_store, subscribers
from digest.store.secrets import secret
from support import reports
from support.shell import Run, shell
from support.stored import NOW

AT = ["--now", NOW.isoformat()]
DATE = f"{NOW:%Y-%m-%d}"


@pytest.fixture
def digest(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Run:
    """Run a command in a folder with two digests, one of which is mailed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feed.xml").write_text("<rss version='2.0'/>")
    (tmp_path / "config.toml").write_text(
        """
        [[feeds]]
        url = "feed.xml"
        [digests.daily.deliver.smtp]
        from = "daily@news.example.org"
        host = "127.0.0.1"
        bounces = "bounces@news.example.org"
        unsubscribe = "leave@news.example.org"
        to = ["Editor@news.example.org"]
        [digests.pages.deliver.files]
        path = "out"
        """
    )
    return shell(monkeypatch, capfdbinary)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    file = f"sqlite:///{tmp_path / 'digest.db'}"
    with closing(open_store(os.environ.get("DIGEST_STORE_URL", file))) as opened:
        yield opened


def on_list(store: Store, address: str = "jane@example.com") -> Subscriber:
    with store.write() as connection:
        return subscribers.add(connection, "daily", address, now=NOW).subscriber


def state(store: Store, address: str = "jane@example.com") -> str:
    with store.read() as connection:
        found = subscribers.by_address(connection, "daily", address)
    return str(found.state) if found else "nobody"


def token(store: Store, purpose: str, subscriber: Subscriber) -> str:
    with store.write() as connection:
        return token_signatures.sign(secret(connection), purpose, subscriber.id)


# --- subscribers ----------------------------------------------------------------------------------


def test_who_is_added_is_listed(digest: Run) -> None:
    empty = digest("subscribers", "list")
    assert (empty.status, empty.out.split(";")[0]) == (0, "Nobody yet")
    added = digest("subscribers", "add", "daily", "jane@example.org", "Joe@Example.org", *AT)
    assert added.status == 0
    assert added.out.splitlines() == [
        "jane@example.org is on the list of daily, from its next edition on.",
        "Joe@example.org is on the list of daily, from its next edition on.",
    ]
    again = digest("subscribers", "add", "daily", "JANE@example.org", *AT)
    assert (again.status, again.out) == (0, "JANE@example.org is on the list of daily already.\n")
    listed = digest("subscribers", "list")
    assert [line.split() for line in listed.out.splitlines()] == [
        ["daily", "jane@example.org", "active", DATE, "operator"],
        ["daily", "Joe@example.org", "active", DATE, "operator"],
        ["daily:", "2", "active"],
    ]
    rows = json.loads(digest("subscribers", "list", "daily", "--json").out)
    assert [(row["address"], row["state"], row["reason"]) for row in rows] == [
        ("jane@example.org", "active", None),
        ("Joe@example.org", "active", None),
    ]
    assert json.loads(digest("subscribers", "list", "pages", "--json").out) == []
    assert digest("-q", "subscribers", "list").out == ""


def test_an_address_that_is_none_stops_before_any_is_added(digest: Run) -> None:
    outcome = digest("subscribers", "add", "daily", "jane@example.org", "joe", "x y@example.org")
    assert outcome.status == 2
    assert outcome.err.splitlines() == [
        "digest: 'joe' is no address: there is no @ in it",
        "digest: 'x y@example.org' is no address: there is a space in it",
    ]
    assert digest("subscribers", "list").out.startswith("Nobody yet")


def test_an_unknown_digest_is_named(digest: Run) -> None:
    for command in ("add", "remove"):
        outcome = digest("subscribers", command, "dayly", "jane@example.org")
        assert outcome.status == 2
        assert 'did you mean "daily"?' in outcome.err
    for command in ("list", "export"):
        assert digest("subscribers", command, "dayly").status == 2


def test_a_digest_that_is_not_mailed_is_spoken_of(digest: Run) -> None:
    outcome = digest("subscribers", "add", "pages", "jane@example.org")
    assert "[digests.pages.deliver.smtp]" in outcome.out


def test_who_left_comes_back_only_at_their_own_wish(digest: Run, store: Store) -> None:
    one = on_list(store)
    with store.write() as connection:
        subscribers.unsubscribe(connection, one.id, by="web", now=NOW)
    refused = digest("subscribers", "add", "daily", "jane@example.com", "joe@example.com", *AT)
    assert refused.status == 1
    assert refused.err == (
        f"jane@example.com: left on {DATE} and stays away; if they asked to come back: --again\n"
    )
    assert refused.out == "joe@example.com is on the list of daily, from its next edition on.\n"
    assert state(store) == "unsubscribed"
    assert digest("subscribers", "add", "--again", "daily", "jane@example.com", *AT).status == 0
    assert state(store) == "active"


def test_who_is_taken_off_is_off(digest: Run, store: Store) -> None:
    on_list(store)
    gone = digest("subscribers", "remove", "daily", "jane@example.com", *AT)
    assert (gone.status, gone.out) == (0, "jane@example.com is off the list of daily.\n")
    assert state(store) == "removed"
    never = digest("subscribers", "remove", "daily", "joe@example.com", *AT)
    assert (never.status, never.err) == (1, "joe@example.com never was on the list of daily\n")


def test_who_stands_in_the_configuration_is_named_there(digest: Run, store: Store) -> None:
    on_list(store, "editor@news.example.org")
    gone = digest("subscribers", "remove", "daily", "editor@news.example.org", *AT)
    assert gone.err == (
        "editor@news.example.org stands in digests.daily.deliver.smtp.to: "
        "take it out there, or it comes back\n"
    )


# --- lists ----------------------------------------------------------------------------------------


def test_a_list_is_imported_and_what_is_bad_is_told(
    digest: Run, store: Store, tmp_path: Path
) -> None:
    one = on_list(store, "left@example.com")
    with store.write() as connection:
        subscribers.unsubscribe(connection, one.id, by="web", now=NOW)
    (tmp_path / "people.csv").write_bytes(
        "Name;E-Mail;State\nJane;jane@example.com;\nJoe;joe;\nLeft;left@example.com;active\n"
        "Gone;gone@example.com;unsubscribed\nJane;Jane@example.com;active\n".encode("utf-16")
    )
    dry = digest("subscribers", "import", "daily", "people.csv", "--dry-run", *AT)
    assert (dry.status, dry.out.splitlines()[0]) == (1, "Would add 1 to daily; 1 known already.")
    assert state(store) == "nobody"
    done = digest("subscribers", "import", "daily", "people.csv", *AT)
    assert done.status == 1
    assert done.out.splitlines() == [
        "Added 1 to daily; 1 known already.",
        "1 left before and stay away.",
        "1 are not on the list any more, as the file says (State: 1): left out.",
    ]
    assert done.err == "people.csv:3: there is no @ in it: joe\n"
    assert (state(store), state(store, "left@example.com")) == ("active", "unsubscribed")
    assert state(store, "gone@example.com") == "nobody"
    told = json.loads(digest("subscribers", "import", "daily", "people.csv", "--json", *AT).out)
    assert (told["known"], told["left"], told["bad"][0]["line"]) == (2, 1, 3)


def test_a_list_comes_over_standard_input(digest: Run, store: Store) -> None:
    outcome = digest("subscribers", "import", "daily", "-", *AT, stdin=b"jane@example.com\n")
    assert (outcome.status, state(store)) == (0, "active")


def test_many_bad_lines_are_not_all_shown(digest: Run, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("nobody\n" * 100)
    outcome = digest("subscribers", "import", "daily", "bad")
    assert outcome.status == 1
    assert len(outcome.err.splitlines()) == 21
    assert outcome.err.endswith("... and 80 lines more; --json shows them all\n")


def test_a_file_that_is_no_list_changes_nothing(digest: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,phone\njane@example.com,1\n")
    outcome = digest("subscribers", "import", "daily", "a.csv")
    assert outcome.status == 2
    assert 'a.csv is no list of addresses: its first line names no column "address"' in outcome.err
    missing = digest("subscribers", "import", "daily", "b.csv")
    assert missing.status == 2
    assert missing.err == "digest: cannot read b.csv: No such file or directory\n"


def test_an_export_is_no_formula_and_can_be_imported(digest: Run, store: Store) -> None:
    on_list(store, "=cmd@example.com")
    on_list(store)
    out = digest("subscribers", "export", "daily").out
    assert list(csv.reader(out.splitlines())) == [
        ["address", "state", "since", "origin", "name", "frequency"],
        ["'=cmd@example.com", "active", NOW.isoformat(), "operator", "", "each"],
        ["jane@example.com", "active", NOW.isoformat(), "operator", "", "each"],
    ]
    again = digest("subscribers", "import", "daily", "-", stdin=out.encode())
    assert again.out == "Added 0 to daily; 2 known already.\n"
    left = digest("subscribers", "export", "daily", "--state", "unsubscribed").out
    assert left == "address,state,since,origin,name,frequency\r\n"


@pytest.mark.sqlite
def test_who_is_forgotten_is_not_even_in_the_file(
    digest: Run, store: Store, tmp_path: Path
) -> None:
    on_list(store)
    on_list(store, "joe@example.com")
    store.close()
    outcome = digest("subscribers", "forget", "Jane@example.com", *AT)
    assert outcome.status == 0
    assert outcome.out.startswith("Jane@example.com is erased. It was on one list.")
    files = [path.read_bytes().lower() for path in tmp_path.glob("digest.db*")]
    assert any(b"joe@example.com" in data for data in files)
    assert not any(b"jane@example.com" in data for data in files)
    imported = digest("subscribers", "import", "daily", "-", stdin=b"jane@example.com\n")
    assert "1 left before and stay away." in imported.out
    listed = digest("subscribers", "list", "daily").out.splitlines()
    assert listed[0].split()[:2] == ["(forgotten)", "unsubscribed"]
    assert "(forgotten)" not in digest("subscribers", "export", "daily").out
    editor = digest("subscribers", "forget", "editor@news.example.org")
    assert "stands in digests.daily.deliver.smtp.to as well" in editor.err


def test_a_long_list_takes_seconds(digest: Run, tmp_path: Path) -> None:
    lines = (f"reader{number}@example{number % 100}.org\n" for number in range(20_000))
    (tmp_path / "many.csv").write_text("address\n" + "".join(lines))
    started = time.process_time()
    outcome = digest("subscribers", "import", "daily", "many.csv")
    assert outcome.out == "Added 20000 to daily; 0 known already.\n"
    assert time.process_time() - started < 10
    rows = json.loads(digest("subscribers", "list", "--json").out)
    assert len(rows) == 20_000


# --- bounces --------------------------------------------------------------------------------------


def about(store: Store, message: bytes, subscriber: Subscriber) -> bytes:
    """Put the subscriber's own tokens into a made-up report."""
    own = token(store, "bounce", subscriber).encode()
    return message.replace(reports.TOKEN.encode(), own)


def test_a_mail_server_hands_a_bounce_over(digest: Run, store: Store) -> None:
    message = about(store, reports.POSTFIX, on_list(store))
    outcome = digest("bounces", *AT, stdin=message)
    assert outcome.status == 0
    first, second = outcome.out.splitlines()
    assert first == "1 mail: 1 suspended."
    assert second.startswith("jane@example.com (daily) suspended: 550 5.1.1 <jane@example.com>")
    assert state(store) == "suspended"
    listed = digest("subscribers", "list", "daily", "--state", "suspended")
    assert "550 5.1.1 <jane@example.com>: Recipient address rejected" in listed.out
    refused = digest("subscribers", "add", "daily", "jane@example.com")
    assert refused.status == 1
    assert "User unknown in virtual mailbox table); if it works again: --again" in refused.err
    assert digest("subscribers", "add", "daily", "jane@example.com", "--again").status == 0
    late = digest("bounces", "-", *AT, stdin=message)
    assert late.out == "1 mail: 1 came back.\n"
    assert state(store) == "active", "the same report again says nothing new"


def test_a_mail_server_keeps_what_cannot_be_taken_in(digest: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("nonsense")
    assert digest("bounces", stdin=reports.POSTFIX).status == 75


def maildir(folder: Path, messages: dict[str, bytes]) -> Path:
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    for name, message in messages.items():
        (folder / "new" / name).write_bytes(message)
    return folder


def test_a_maildir_is_read_and_nothing_is_deleted(
    digest: Run, store: Store, tmp_path: Path
) -> None:
    people = [on_list(store, f"{name}@example.com") for name in ("jane", "full", "gone", "mad")]
    jane, full, gone, mad = people
    leave = token(store, "unsubscribe", gone).encode()
    messages = {
        "1.jane": about(store, reports.EXIM, jane),
        "2.full": about(store, reports.report(reports.failed("4.2.2")), full),
        "3.gone": reports.LEAVE.replace(reports.TOKEN.encode(), leave),
        "4.mad": about(store, reports.COMPLAINT, mad),
        "5.away": reports.AWAY,
        "6.odd": b"Subject: hello\n\nhello\n",
        "7.forged": reports.POSTFIX,
        "8.asks": reports.LEAVE.replace(b"+" + reports.TOKEN.encode(), b""),
        "9.spam": about(store, reports.report(reports.failed("5.7.1", "smtp; 550 5.7.1 no")), full),
    }
    folder = maildir(tmp_path / "Maildir", messages)
    (folder / "new" / ".hidden").write_bytes(reports.POSTFIX)
    (folder / "new" / "link").symlink_to("/etc/passwd")
    outcome = digest("bounces", "Maildir", *AT)
    assert outcome.status == 0
    assert outcome.out.splitlines() == [
        "9 mails: 1 suspended, 1 refused, 1 delayed, 1 left, 1 complained, 1 automatic, "
        "1 ask to leave, without a token, 1 about no letter of ours, 1 not understood.",
        "jane@example.com (daily) suspended: 550 5.1.1 no such user here",
        "gone@example.com (daily) left",
        "mad@example.com (daily) complained: abuse SomeFeedback/1.0",
    ]
    assert outcome.err.splitlines() == [
        "jane@example.com asks to leave, but not from a mail of ours: "
        "`digest subscribers remove` removes the address",
        "refused for what it is, not for whom it is to, 1 times: 550 5.7.1 no",
    ]
    states = {one.address.partition("@")[0]: state(store, one.address) for one in people}
    assert states == {
        "jane": "suspended",
        "full": "active",
        "gone": "unsubscribed",
        "mad": "unsubscribed",
    }
    assert sorted(os.listdir(folder / "cur")) == [
        "1.jane:2,S",
        "2.full:2,S",
        "3.gone:2,S",
        "4.mad:2,S",
        "5.away:2,S",
        "6.odd:2,",
        "7.forged:2,",
        "8.asks:2,",
        "9.spam:2,S",
    ]
    assert (folder / "cur" / "6.odd:2,").read_bytes() == messages["6.odd"]
    assert sorted(os.listdir(folder / "new")) == [".hidden", "link"]
    assert digest("bounces", "Maildir", *AT).out == "No new mail.\n"


def test_two_editions_that_came_back_suspend(digest: Run, store: Store, tmp_path: Path) -> None:
    jane = on_list(store)
    first = about(store, reports.report(reports.failed("5.2.1")), jane)
    second = first.replace(reports.MESSAGE_ID.encode(), b"<another@news.example.org>")
    (tmp_path / "first").write_bytes(first)
    (tmp_path / "second").write_bytes(second)
    for file, then in (("first", "active"), ("first", "active"), ("second", "suspended")):
        assert digest("bounces", file, *AT).status == 0
        assert state(store) == then


def test_json_tells_what_was_done(digest: Run, store: Store, tmp_path: Path) -> None:
    folder = maildir(tmp_path / "M", {"a": about(store, reports.QMAIL, on_list(store))})
    told = json.loads(digest("bounces", str(folder), "--json", *AT).out)
    assert told == {
        "mails": 1,
        "outcomes": {"suspended": 1},
        "told": [
            {
                "outcome": "suspended",
                "address": "jane@example.com",
                "digest": "daily",
                "detail": "Sorry, no mailbox here by that name. (#5.1.1)",
            }
        ],
    }


def test_a_quiet_run_says_only_what_somebody_must_do(
    digest: Run, store: Store, tmp_path: Path
) -> None:
    jane = on_list(store)
    refused = about(store, reports.report(reports.failed("5.7.26", "smtp; no DKIM")), jane)
    folder = maildir(tmp_path / "M", {"a": about(store, reports.QMAIL, jane), "b": refused})
    outcome = digest("-q", "bounces", str(folder), *AT)
    assert outcome.out == ""
    assert outcome.err.splitlines() == [
        "refused for what it is, not for whom it is to, 1 times: 5.7.26 no DKIM"
    ]


def test_what_is_no_maildir_or_several_messages_is_refused(digest: Run, tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(b"From a\nTo: b\n\nc\n\nFrom d\nTo: e\n\nf\n")
    assert "box holds several messages" in digest("bounces", "box").err
    assert "is no Maildir" in digest("bounces", ".").err
    assert "cannot read none" in digest("bounces", "none").err


def test_a_message_that_cannot_be_moved_stays_and_is_told(
    digest: Run, store: Store, tmp_path: Path
) -> None:
    folder = maildir(tmp_path / "M", {"a": reports.AWAY, "b": reports.AWAY})
    (folder / "cur" / "a:2,S").write_bytes(b"mine")
    outcome = digest("bounces", str(folder))
    assert outcome.status == 1
    assert "is there already" in outcome.err
    assert (folder / "cur" / "a:2,S").read_bytes() == b"mine"
    assert sorted(os.listdir(folder / "cur")) == ["a:2,S", "b:2,S"]
    assert os.listdir(folder / "new") == ["a"]


def test_events_tell_the_story(digest: Run, store: Store) -> None:
    jane = on_list(store)
    for status in ("4.2.2", "5.7.1", "5.1.1"):
        digest("bounces", *AT, stdin=about(store, reports.report(reports.failed(status)), jane))
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT event, detail FROM subscriber_events").all()
    assert [tuple(row) for row in found] == [
        (SubscriberEvent.ADDED, None),
        (SubscriberEvent.DELAYED, "4.2.2"),
        (SubscriberEvent.REFUSED, "5.7.1"),
        (SubscriberEvent.BOUNCED, f"{reports.MESSAGE_ID} 5.1.1"),
        (SubscriberEvent.SUSPENDED, "5.1.1"),
    ]


def test_nobody_is_put_on_a_list_that_they_cannot_leave(digest: Run, tmp_path: Path) -> None:
    assert digest("subscribers", "add", "daily", "jane@example.com").status == 0
    file = tmp_path / "config.toml"
    file.write_text(file.read_text().replace('unsubscribe = "leave@news.example.org"', ""))
    (tmp_path / "list.csv").write_text("joe@example.com\n")
    for command in (
        ("subscribers", "add", "daily", "joe@example.com"),
        ("subscribers", "import", "daily", "list.csv"),
        ("check",),
    ):
        outcome = digest(*command)
        assert (outcome.status, "needs a way to leave" in outcome.err) == (2, True)


@pytest.mark.parametrize("text", ["No way out.", "{% if leave == 1 %}{{ leave }}{% endif %}"])
@pytest.mark.parametrize("template", ["mail.txt", "mail.html"])
@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("check", 2),
        ("check --json", 2),
        ("preview daily", 1),
        ("preview daily --format mail", 1),
        ("doctor", 1),
        ("doctor --json", 1),
    ],
)
def test_a_template_that_hides_the_way_to_leave_is_found(
    digest: Run, tmp_path: Path, command: str, status: int, template: str, text: str
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / template).write_text(f"{text}\n")
    file = tmp_path / "config.toml"
    file.write_text(f'[render]\ntemplates = "own"\n{file.read_text()}')
    outcome = digest(*command.split())
    assert outcome.status == status
    told = outcome.out + outcome.err
    assert re.search(rf"template {template} (?:does not print `leave`|shows no way to leave)", told)


@pytest.mark.parametrize("command", ["check", "preview daily", "doctor"])
def test_our_own_templates_show_the_way_to_leave(digest: Run, command: str) -> None:
    outcome = digest(*command.split())
    assert "way to leave" not in outcome.out + outcome.err


def test_the_operator_suspends_a_person_until_they_are_added_again(digest: Run) -> None:
    assert digest("subscribers", "add", "daily", "jane@example.org").status == 0
    outcome = digest("subscribers", "suspend", "daily", "jane@example.org", "nobody@example.org")
    assert outcome.status == 1
    assert outcome.out == "jane@example.org is suspended and gets nothing of daily.\n"
    assert outcome.err == "nobody@example.org never was on the list of daily\n"
    again = digest("subscribers", "add", "daily", "jane@example.org")
    assert again.status == 1
    assert "suspended on" in again.err
    assert "by the operator" in again.err
    assert "came back" not in again.err
    assert digest("subscribers", "add", "daily", "jane@example.org", "--again").status == 0


def test_a_suspension_keeps_its_reason_and_nobody_who_left_is_suspended(digest: Run) -> None:
    digest("subscribers", "add", "daily", "jane@example.org", "joe@example.org")
    digest("subscribers", "suspend", "daily", "jane@example.org", "--reason", "on a journey")
    assert "on a journey" in digest("subscribers", "list", "daily").out
    digest("subscribers", "remove", "daily", "joe@example.org")
    outcome = digest("subscribers", "suspend", "daily", "joe@example.org")
    assert outcome.out == "joe@example.org is not on the list of daily: removed.\n"
    assert digest("subscribers", "suspend", "nothing", "joe@example.org").status == 2
