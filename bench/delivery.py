"""Count what servers' limits, other services' exports and chat services cost readers.

    .venv/bin/python bench/delivery.py

Prints the mails that are lost or have failed for good after five days of runs, each hour, against
scripted servers with limits (aim 0); the people that are signed up though they had left, over
exports in the manner of many services (aim 0); and the renderers of chat services that alter a
hostile title or a link (aim 0).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "tests")]

from digest.mailing_list import subscriber_csv  # noqa: E402
from digest.net.smtp_replies import meaning_of  # noqa: E402
from digest.pipeline.delivery.rate_limit import MonotonicClock  # noqa: E402
from support import chat_services  # noqa: E402
from support.foreign_exports import EXPORTS  # noqa: E402 - found by the line above
from support.house import NOW  # noqa: E402
from support.mailhouse import SLOT, MailHouse, by_recipient  # noqa: E402
from support.smtpserver import Fault, SmtpServer  # noqa: E402

RECIPIENTS = 40
DAYS = 5

QUOTAS = (
    "550 5.4.5 Daily user sending limit exceeded",
    "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
    "550 5.1.90 Your message can't be sent because you've reached your daily limit",
    "550 5.4.6 Unusual sending activity detected",
    "550 5.7.1 Hourly sending limit reached",
    "450 4.7.1 Error: too much mail from 127.0.0.1",
    "421 4.7.28 unusual rate of unsolicited mail",
    "550 Domain frequency limited",
    "554 MI:STC",
    "554 5.7.1 computer says no",
)
CONNECTIONS = "connections = 5"
SESSIONS = ("451 mails per session", "421 Max message per connection reached", "421 closing")
SCRIPTS: list[tuple[str, str, list[Fault]]] = [
    *(
        (f"{reply} at {stage}", "", [Fault(stage, reply, after=12, times=30)])
        for reply in QUOTAS
        for stage in ("rcpt", "dot")
    ),
    *(
        (f"{reply} at {stage}", "", [Fault(stage, reply, after=3, every_connection=True)])
        for reply in SESSIONS
        for stage in ("mail", "rcpt", "dot")
    ),
    *(
        (f"{does} at the {allowed + 1}", CONNECTIONS, [Fault("connect", does, after=allowed)])
        for does in ("421 4.7.0 too many connections", "554 no", "close", "reset")
        for allowed in (1, 2)
    ),
    *(
        (f"{reply}", "", [Fault("dot", reply, after=5, times=4)])
        for reply in ("454 Throttling failure: Maximum sending rate exceeded.", "450 slow down")
    ),
    (
        "421 at DATA, after five",
        "",
        [Fault("data", "421 4.3.2 shutting down", after=5, every_connection=True)],
    ),
    (
        "a day's limit at MAIL",
        "",
        [Fault("mail", "452 4.5.3 daily message limit reached", after=10, times=30)],
    ),
    (
        "a day's limit at DATA",
        "",
        [Fault("data", "554 5.7.1 Daily message quota exceeded", after=20, times=30)],
    ),
    (
        "an hour's limit at MAIL",
        "",
        [Fault("mail", "550 5.7.1 limit of 10 mails per hour reached", after=10, times=30)],
    ),
    ("connections that end at the dot", "", [Fault("dot", "close", after=7, times=3)]),
    ("connections that are reset at RCPT", "", [Fault("rcpt", "reset", after=9, times=4)]),
    ("connections that end in the text", "", [Fault("body", "close", after=4, times=3)]),
    ("421 at EHLO", "", [Fault("ehlo", "421 4.7.0 try later", times=3)]),
    ("421 at the greeting", "", [Fault("connect", "421 4.7.0 too busy", times=10)]),
    (
        "421 at the dot, each third",
        "",
        [Fault("dot", "421 4.4.2 timeout", after=2, every_connection=True)],
    ),
    (
        "a greylist by session",
        CONNECTIONS,
        [Fault("rcpt", "451 4.7.1 Greylisting in action", times=2 * RECIPIENTS)],
    ),
    (
        "a server that is full",
        "",
        [Fault("data", "452 4.3.1 Insufficient system storage", after=6, times=20)],
    ),
    ("a greylist", "", [Fault("rcpt", "450 4.2.0 Greylisted", times=RECIPIENTS)]),
]


class Clock:
    """A clock that only the program moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def lost(smtp: str, faults: list[Fault]) -> int:
    """Count who has not got the edition exactly once after days of hourly runs."""
    many = [f"{number}@example.com" for number in range(RECIPIENTS)]
    clock = Clock()
    with tempfile.TemporaryDirectory() as name, SmtpServer(*faults) as server:
        house = MailHouse(Path(name), server.port, smtp)
        house.subscribe(*many)
        house.freeze()
        for hour in range(24 * DAYS):
            house.deliver(
                NOW + timedelta(hours=hour),
                clock=MonotonicClock(lambda: clock.time, clock.sleep),
            )
            if set(house.states(SLOT).values()) == {"sent"}:
                break
        return sum(len(by_recipient(server.messages).get(address, ())) != 1 for address in many)


def wrongly_signed_up() -> tuple[int, int]:
    """Count those who had left and are signed up, and those who are left out wrongly."""
    wrong = missing = 0
    for text in EXPORTS.values():
        found = subscriber_csv.read(text.encode()).addresses
        wrong += sum(address.startswith("off") for address in found)
        wanted = text.count("on1@a.example") + text.count("on2@a.example")
        missing += wanted - sum(address.startswith("on") for address in found)
    return wrong, missing


def altering() -> tuple[int, int, list[str]]:
    """Count the chat plugins, and those that could be driven; name what alters a title or a link.

    Each is asked to send one hostile story, and what it would send is read as its service does.
    """
    driven, wrong = 0, []
    every = chat_services.plugins()
    for plugin in every:
        for address in chat_services.addresses(plugin):
            sent = chat_services.bodies_sent(address)
            if sent and sent[1]:
                driven += 1
                scheme, texts = sent
                if any(chat_services.alters(scheme, text) for text in texts):
                    wrong.append(scheme)
                break
    return len(every), driven, wrong


REPLIES = Path(__file__).parents[1] / "tests" / "data" / "smtp_replies.tsv"


def misread() -> tuple[int, int]:
    """Count the replies of mail servers that are known, and those that are read wrongly."""
    rows = [line.split("\t") for line in REPLIES.read_text().splitlines()]
    wrong = 0
    for _, stage, meaning, reply in rows:
        code, _, words = reply.partition(" ")
        wrong += meaning_of(int(code), words, stage).name != meaning
    return len(rows), wrong


SUITES = {
    "secrets in outputs, errors and messages": (
        "tests/pipeline/test_secrets.py",
        "tests/settings/test_hidden_values.py",
    ),
    "days lost, and mail given up, after a wrong clock": (
        "tests/pipeline/test_clock.py",
        "tests/pipeline/delivery/test_clock.py",
    ),
    "damaged databases that give a traceback": ("tests/store/test_damage.py",),
}
"""What is counted by tests: what is measured, and the tests, each of which is one case."""


def failing(files: tuple[str, ...]) -> str:
    """Run tests, the long ones too; return pytest's own summary."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "long or not long", *files]
    done = subprocess.run(command, cwd=REPLIES.parents[2], capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def main() -> None:
    total = 0
    for name, smtp, faults in SCRIPTS:
        if count := lost(smtp, faults):
            total += count
            print(f"  {count} of {RECIPIENTS}: {name}")
    print(f"mails lost, failed or doubled under {len(SCRIPTS)} servers' limits: {total}")
    wrong, missing = wrongly_signed_up()
    print(
        f"signed up over {len(EXPORTS)} exports though they had left: {wrong}; missing: {missing}"
    )
    known, misunderstood = misread()
    print(f"replies that are read wrongly, of {known}: {misunderstood}")
    for what, files in SUITES.items():
        print(f"{what}: {failing(files)}")
    every, driven, names = altering()
    print(f"chat plugins that alter a title or a link, of {driven} driven of {every}: {names}")


if __name__ == "__main__":
    main()
