"""`digest init`: write a first configuration, and set up cron or systemd."""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli import schedulers
from digest.cli.context import Context, common_options, pass_context
from digest.errors import ConfigError, DigestError

if TYPE_CHECKING:
    from digest.settings.opml import OpmlOutline


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers of a new user."""

    title: str = "My digest"
    timezone: str = "UTC"
    hour: int = 7
    mail: str | None = None
    server: str = "localhost"
    feeds: tuple[str, ...] = ()
    """Addresses, or files of OPML."""


@click.command()
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--opml", metavar="FILE", help="Start with the feeds of this OPML list (- for stdin)."
)
@click.option(
    "--install",
    type=click.Choice(["cron", "systemd"]),
    help="Run it automatically: hourly by cron, or as a systemd service.",
)
@click.option("--web", is_flag=True, help="Also set up pages to run it from, behind a login.")
@click.option("--yes", "-y", is_flag=True, help="Ask nothing, and answer each question with yes.")
@common_options
@pass_context
def init(
    context: Context, folder: Path, opml: str | None, install: str | None, web: bool, yes: bool
) -> None:
    """Write a commented config.toml, and say what to do next.

    On a terminal it asks a few questions; each has a default answer.  With --install it also sets
    up cron or systemd, even for a configuration that exists already.
    """
    path = folder / "config.toml"
    if os.path.exists(path):  # unlike Path.exists, it does not raise for a name that is too long
        if install is None:
            raise ConfigError(f"{path} is there already; move it away, or use another folder")
    else:
        _write(context, path, opml, web=web, asks=not yes and _is_terminal(context))
    if install:
        _install(context, path, install, yes)


def _write(context: Context, path: Path, opml: str | None, *, web: bool, asks: bool) -> None:
    from digest.cli.feeds import read_outlines
    from digest.diagnostics.add_feeds import add_address
    from digest.settings.edit import initial
    from digest.settings.file import replace_file

    outlines = list(read_outlines(opml).feeds) if opml else []
    answers = Answers(timezone=machine_timezone())
    if asks:
        answers = _ask(answers, feeds=not opml)
        for words in answers.feeds:
            if os.path.isfile(words) and Path(words).suffix.lower() in (".opml", ".xml"):
                outlines += _outlines_of(context, words)
    text = initial(
        outlines,
        title=answers.title,
        timezone=answers.timezone,
        hour=answers.hour,
        mail=answers.mail,
        server=answers.server,
        web=web,
    )
    try:
        _make_folder(path.parent)
        replace_file(path, text, private=True)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
    context.say(f"Wrote {path} with {len(outlines)} feeds." if outlines else f"Wrote {path}.")
    added = 0
    for words in answers.feeds:
        if not os.path.isfile(words):
            try:
                context.say(add_address(path, words, context.now).sentence)
                added += 1
            except DigestError as error:
                context.complain(f"digest: {error}")
    _say_next(context, path, has_feeds=bool(outlines) or added > 0, web=web)


def _outlines_of(context: Context, file: str) -> tuple[OpmlOutline, ...]:
    from digest.cli.feeds import read_outlines

    try:
        return read_outlines(file).feeds
    except DigestError as error:
        context.complain(f"digest: {error}")
        return ()


def _say_next(context: Context, path: Path, *, has_feeds: bool, web: bool) -> None:
    digest = "digest" if path.parent == Path() else f"digest --config {shlex.quote(str(path))}"
    steps = [(f"{digest} run", "an edition, now")]
    if not has_feeds:
        steps.insert(0, (f"{digest} feeds add https://example.org", "a feed, or a page of one"))
    if web:
        steps += [
            (f"{digest} web password", "a password for your pages"),
            (f"{digest} serve --web", "your pages, at http://127.0.0.1:8000/admin/"),
        ]
    width = max(len(command) for command, _ in steps)
    context.say("Next:")
    for command, what in steps:
        context.say(f"  {command:{width}}   # {what}")
    context.say("To run it automatically, `digest init --install cron` (or systemd) in its folder,")
    context.say("or this line for `crontab -e`:")
    context.say(f"  {schedulers.cron_line(path)}")


def _install(context: Context, path: Path, way: str, yes: bool) -> None:
    """Set up cron or systemd after a confirmation."""
    if way == "cron":
        what = f"Add this line to your crontab?\n  {schedulers.cron_line(path)}\n"
    else:
        what = f"Write {schedulers.unit_path()} and start the service?"
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("--install asks first: add --yes where nobody can answer")
        click.confirm(what, default=True, abort=True, err=True)
    install = schedulers.install_cron if way == "cron" else schedulers.install_systemd
    context.say(install(path))


# --- questions -----------------------------------------------------------------------------------


def _is_terminal(context: Context) -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and not context.quiet and not context.as_json


def _ask(answers: Answers, *, feeds: bool) -> Answers:
    """Ask the questions; an empty answer takes the default in brackets."""
    from digest.net import mail_addresses
    from digest.schedule import slots
    from digest.settings.zone_advice import zone_advice

    def zone(text: str) -> str:
        try:
            return slots.check_timezone(text.strip()).key
        except ValueError as error:
            raise click.UsageError(zone_advice(text) or str(error)) from None

    def hour(text: str) -> int:
        digits = text.strip().partition(":")[0]
        if not digits.isdigit() or int(digits) > 23:
            raise click.UsageError("an hour from 0 to 23")
        return int(digits)

    def address(text: str) -> str:
        try:
            return mail_addresses.parse(text.strip()) if text.strip() else ""
        except ValueError as error:
            raise click.UsageError(str(error)) from None

    click.echo("An empty answer takes the default in [brackets].")
    answers = replace(
        answers,
        title=click.prompt("Title of the digest", default=answers.title).strip(),
        timezone=click.prompt("Time zone", default=answers.timezone, value_proc=zone),
        hour=click.prompt("Hour of the day for it", default=str(answers.hour), value_proc=hour),
        mail=click.prompt(
            "Mail address to send it to (empty: no mail, only pages)",
            default="",
            show_default=False,
            value_proc=address,
        )
        or None,
    )
    if answers.mail:
        server = click.prompt("Mail server that takes it", default=answers.server)
        answers = replace(answers, server=server.strip())
    wanted: list[str] = []
    while feeds:
        words = click.prompt(
            "A feed, a page that has one, or an OPML file (empty: no more)",
            default="",
            show_default=False,
        ).strip()
        if not words:
            break
        wanted.append(os.path.expanduser(words))
    return replace(answers, feeds=tuple(wanted))


def _make_folder(folder: Path) -> None:
    """Make the folder of a configuration, private to its owner, as it will hold addresses."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def machine_timezone(root: Path = Path("/")) -> str:
    """Return the IANA name of this machine's time zone, or UTC if it is unknown."""
    from digest.schedule import slots

    candidates = [os.environ.get("TZ", "").removeprefix(":")]
    for link in (root / "etc/localtime",):
        if link.is_symlink():
            candidates.append(os.readlink(link).partition("zoneinfo/")[2])
    with suppress(OSError, UnicodeDecodeError):
        candidates.append((root / "etc/timezone").read_text().strip())
    for name in candidates:
        try:
            if name:
                return slots.check_timezone(name).key
        except ValueError:
            continue
    return "UTC"
