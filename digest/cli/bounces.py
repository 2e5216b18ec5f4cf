"""`digest bounces`: process returned mail from a folder or from a mail server."""

from __future__ import annotations

import os
import stat
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from digest.cli.context import Context, common_options, pass_context
from digest.errors import ConfigError, DigestError

if TYPE_CHECKING:
    from digest.pipeline.returned_mail import ReturnedMail

TRY_LATER = 75
"""EX_TEMPFAIL of sysexits.h: a mail server keeps the message and comes again."""
_REASONS = 5
_SHOWN = 20
_MANY = 100
"""The least number of mails for which a progress bar is shown."""
_DRAINED = 1 << 16

_WORDS = {
    "suspended": "suspended",
    "bounced": "came back",
    "refused": "refused",
    "delayed": "delayed",
    "left": "left",
    "complained": "complained",
    "automatic": "automatic",
    "asked": "ask to leave, without a token",
    "unproven": "about no letter of ours",
    "unknown": "not understood",
}
"""`returned.Outcome` -> the words of the summary."""
_LEFT_UNREAD = frozenset({"asked", "unproven", "unknown"})
"""Outcomes whose mails stay unread, so that a person looks at them."""


@click.command()
@click.argument(
    "source", metavar="[MAILDIR | FILE | -]", required=False, type=click.Path(allow_dash=True)
)
@common_options
@pass_context
def bounces(context: Context, source: str | None) -> int:
    """Process returned mail: suspend subscribers it cannot reach, remove those who ask for it.

    Reads the new messages of a Maildir, or one message from a file or from standard input (from a
    mail server).  Nothing is deleted; messages that were understood are marked as read.
    """
    if source in (None, "-"):
        if source is None and sys.stdin.isatty():
            raise click.UsageError("name a Maildir or a file, or give a message on standard input")
        return _piped(context)
    path = Path(str(source))
    if path.is_dir():
        return _folder(context, path)
    _report(context, [_taken(context, _file(path))])
    return 0


def _piped(context: Context) -> int:
    """Process one message from a mail server, which keeps the message where this fails."""
    try:
        done = _taken(context, _read(sys.stdin.buffer))
    except DigestError as error:
        for mistake in error.all if isinstance(error, ConfigError) else (error,):
            context.complain(f"digest: {mistake}")
        return TRY_LATER
    _report(context, [done])
    return 0


def _taken(context: Context, message: bytes) -> ReturnedMail:
    from digest.pipeline.returned_mail import take_in

    config = context.config()
    with context.store(config) as store:
        return take_in(config, store, message, context.now)


def _folder(context: Context, path: Path) -> int:
    """Take in what is new in a Maildir, a message at a time."""
    from digest.cli.progress import counting
    from digest.pipeline.returned_mail import take_in

    if not ((path / "new").is_dir() and (path / "cur").is_dir()):
        raise ConfigError(f"{path} is no Maildir: it has no folders new and cur")
    config = context.config()
    done: list[ReturnedMail] = []
    failed = False
    files = list(_new(path))
    with (
        context.store(config) as store,
        counting(context, "Taking in", len(files), least=_MANY) as step,
    ):
        for file in files:
            step(1)
            try:
                with open(file, "rb") as stream:
                    message = _read(stream)
                report = take_in(config, store, message, context.now)
                _put_away(file, seen=report.outcome not in _LEFT_UNREAD)
            except FileNotFoundError:  # another program was quicker
                continue
            except OSError as error:
                failed = True
                context.complain(f"{file}: {error.strerror}")
                continue
            done.append(report)
            if context.verbosity > 0:
                context.say(f"{file.name}: {_told(report)}")
    _report(context, done)
    return 1 if failed else 0


def _new(path: Path) -> Iterator[Path]:
    """Yield the files of new messages by name, without links and folders."""
    for name in sorted(os.listdir(path / "new")):
        file = path / "new" / name
        if not name.startswith(".") and stat.S_ISREG(os.lstat(file).st_mode):
            yield file


def _put_away(file: Path, *, seen: bool) -> None:
    """Move a message to the folder ``cur`` (cr.yp.to/proto/maildir.html)."""
    target = file.parent.parent / "cur" / f"{file.name.partition(':')[0]}:2,{'S' if seen else ''}"
    if os.path.lexists(target):
        raise FileExistsError(0, f"{target} is there already")
    os.rename(file, target)


def _file(path: Path) -> bytes:
    try:
        with open(path, "rb") as stream:
            message = _read(stream)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    if message.startswith(b"From ") and b"\n\nFrom " in message:
        raise ConfigError(f"{path} holds several messages: give one, or a Maildir")
    return message


def _read(stream: BinaryIO) -> bytes:
    """Return the first `MOST_BYTES` of a message; read the rest too, so that the writer can end."""
    from digest.mailing_list.bounces import MOST_BYTES

    message = stream.read(MOST_BYTES)
    while stream.read(_DRAINED):
        pass
    return message


def _report(context: Context, done: list[ReturnedMail]) -> None:
    counts = Counter(str(report.outcome) for report in done)
    context.report(
        {
            "mails": len(done),
            "outcomes": counts,
            "told": [
                _as_json(report)
                for report in done
                if report.subscriber or report.outcome == "asked"
            ],
        }
    )
    if not done:
        context.say("No new mail.")
        return
    numbers = ", ".join(f"{counts[key]} {words}" for key, words in _WORDS.items() if counts[key])
    context.say(f"{len(done)} {'mail' if len(done) == 1 else 'mails'}: {numbers}.")
    ended = ("suspended", "complained", "left")
    told = [_told(report) for report in done if report.outcome in ended]
    for line in told[:_SHOWN]:
        context.say(line)
    if len(told) > _SHOWN:
        context.say(f"... and {len(told) - _SHOWN} more; --json shows them all")
    for report in done:
        if report.outcome == "asked":
            context.complain(
                f"{report.detail} asks to leave, but not from a mail of ours: "
                f"`digest subscribers remove` removes the address"
            )
    refused = Counter(report.detail for report in done if report.outcome == "refused")
    for reason, count in refused.most_common(_REASONS):
        context.complain(f"refused for what it is, not for whom it is to, {count} times: {reason}")


def _told(report: ReturnedMail) -> str:
    """Return a line about the outcome of one mail."""
    detail = f": {report.detail}" if report.detail else ""
    if report.subscriber is None:
        return f"{_WORDS[report.outcome]}{detail}"
    who = report.subscriber.address or "(forgotten)"
    return f"{who} ({report.subscriber.digest}) {_WORDS[report.outcome]}{detail}"


def _as_json(report: ReturnedMail) -> dict[str, object]:
    return {
        "outcome": report.outcome,
        "address": report.subscriber.address if report.subscriber else None,
        "digest": report.subscriber.digest if report.subscriber else None,
        "detail": report.detail,
    }
