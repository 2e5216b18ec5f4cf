"""The parts that all commands share: common options, the configuration, the store, output."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from digest.errors import BusyError, ConfigError, DigestError

if TYPE_CHECKING:
    from digest.model import Digest, Feed
    from digest.settings import Config
    from digest.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Context:
    """The common options of one invocation."""

    file: Path | None = None
    logical_now: datetime | None = None
    verbosity: int = 0
    as_json: bool = False
    log_json: bool = False
    """Whether the log is written as JSON lines (`digest.cli.json_log`)."""
    stamped: bool = False
    """Whether each line begins with its time, as in the log of a service."""
    feeds: tuple[str, ...] = ()
    """The addresses of the feeds in the configuration, once that is loaded."""

    @property
    def now(self) -> datetime:
        """The logical time of this run; no package below reads the clock."""
        if self.logical_now is None:
            self.logical_now = datetime.now(UTC).replace(microsecond=0)
        return self.logical_now

    @property
    def quiet(self) -> bool:
        return self.verbosity < 0

    def config(self) -> Config:
        from digest.settings import load

        if self.log_json:
            self._log_as_json()
        form = "%(asctime)s %(levelname)s %(message)s" if self.stamped else "%(message)s"
        logging.basicConfig(level=logging.WARNING, format=form, datefmt="%Y-%m-%d %H:%M:%S%z")
        # -v logs more from this program, but not from its libraries.
        level = logging.INFO if self.verbosity > 0 else logging.WARNING
        logging.getLogger("digest").setLevel(level)
        config = load(self.file)
        self.feeds = tuple(feed.url for feed in config.feeds)
        return config

    def _log_as_json(self) -> None:
        from digest.cli.json_log import JsonFormatter

        root = logging.getLogger()
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter(self.hidden))
        before, root.handlers = root.handlers, [handler]
        # Several commands may run in one process, each with a standard error of its own.
        click.get_current_context().call_on_close(partial(setattr, root, "handlers", before))

    def event(self, level: str, event: str, values: Mapping[str, object]) -> None:
        """Write an event to the log, as a line of JSON."""
        from digest.cli.json_log import line

        click.echo(line(level, event, values, self.hidden), err=True)

    @contextmanager
    def store(self, config: Config) -> Iterator[Store]:
        from digest.store import open_store

        store = open_store(config.store.url)
        try:
            yield store
        except (DigestError, click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # raised again, with the row to blame where there is one
            if (blamed := store.blamed(error)) is not error:
                raise blamed from error
            raise
        finally:
            store.close()

    @property
    def prefix(self) -> str:
        """The beginning of each line: the local time where `stamped` is true."""
        return f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z} " if self.stamped else ""

    def put(self, output: str | bytes) -> None:
        """Write to standard output at once; exit quietly where the reader has closed it.

        Raises DigestError where the output cannot be written (a full disk).
        """
        if isinstance(output, str):
            output = output.encode(
                errors="backslashreplace"
            ).decode()  # the name of a file may not be UTF-8
        try:
            click.echo(output, nl=False)
        except OSError as error:
            give_up_output()
            if isinstance(error, BrokenPipeError):
                raise SystemExit(0) from error
            raise DigestError(f"cannot write to standard output: {error.strerror}") from error

    def say(self, text: str = "") -> None:
        """Print a line for a person, but not with ``--quiet`` or ``--json``.

        With ``--log json`` it becomes an event of the log.
        """
        if self.log_json:
            if text and not self.quiet:
                self.event("info", "message", {"message": text})
            return
        if not self.quiet and not self.as_json:
            self.put(f"{self.prefix}{harmless(text)}\n")

    def complain(self, text: str) -> None:
        """Print a problem to standard error, also with ``--quiet``."""
        if self.log_json:
            self.event("error", "message", {"message": text.removeprefix("digest: ")})
            return
        click.echo(f"{self.prefix}{harmless(text)}", err=True)

    def _secrets(self) -> list[str]:
        """Return the secrets in the feeds' addresses, longest first; links may hold them too."""
        from digest.net.secret_urls import secrets

        return sorted({text for url in self.feeds for text in secrets(url)}, key=len, reverse=True)

    def hidden(self, text: str) -> str:
        """Return a text without the secrets in the feeds' addresses."""
        for secret in self._secrets():
            text = text.replace(secret, "…")
        return text

    def report(self, value: Any) -> None:
        """Print `value` as JSON if ``--json`` is given."""
        if self.as_json:
            text = json.dumps(value, default=_plain, ensure_ascii=False, indent=2)
            text = self.hidden(text)
            self.put(_CONTROL_CHARACTERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


_CONTROL_CHARACTERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def harmless(text: str) -> str:
    """Remove control characters, which a stranger may have put into an id, a title or an error."""
    return _CONTROL_CHARACTERS.sub("", text)


def give_up_output() -> None:
    """Redirect standard output to /dev/null, so that writing its buffer cannot fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not an ISO 8601 time such as 2026-01-12T07:00+01:00"
        ) from None
    if moment.tzinfo is None:
        raise click.BadParameter(f"{text!r} has no zone: add one, such as Z or +01:00")
    if not 1990 <= moment.year < 2200:
        raise click.BadParameter(f"{text!r} is outside the years 1990 to 2199")
    return moment.astimezone(UTC)


def common_options(command: Command) -> Command:
    """Add the options that are allowed before and after the name of a subcommand."""

    def keep(attribute: str, read: Callable[[Any], Any]) -> Callable[..., None]:
        def callback(ctx: click.Context, param: click.Parameter, value: Any) -> None:
            if value is not None and value is not False and value != 0:
                setattr(ctx.ensure_object(Context), attribute, read(value))

        return callback

    options = (
        click.option(
            "--config",
            "-c",
            metavar="FILE",
            help="The configuration; otherwise config.toml here.",
            expose_value=False,
            callback=keep("file", Path),
        ),
        click.option(
            "--now",
            metavar="TIME",
            help="Act as if it were this time (ISO 8601, with zone).",
            expose_value=False,
            callback=keep("logical_now", _moment),
        ),
        click.option(
            "--verbose",
            "-v",
            is_flag=True,
            help="Report on each feed.",
            expose_value=False,
            callback=keep("verbosity", lambda _: 1),
        ),
        click.option(
            "--quiet",
            "-q",
            is_flag=True,
            help="Say nothing when all is well.",
            expose_value=False,
            callback=keep("verbosity", lambda _: -1),
        ),
        click.option(
            "--json",
            is_flag=True,
            help="Report as JSON.",
            expose_value=False,
            callback=keep("as_json", bool),
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def log_option(command: Command) -> Command:
    """Add the option ``--log`` to a command."""

    def keep(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
        if value:
            ctx.ensure_object(Context).log_json = value == "json"

    return click.option(
        "--log",
        type=click.Choice(["text", "json"]),
        help="Write the log as text (the default) or as JSON lines.",
        expose_value=False,
        callback=keep,
    )(command)


@contextmanager
def no_other_run(store: Store) -> Iterator[None]:
    """Hold the lock of refreshes; raise DigestError where another run has it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(store.lock("refresh"))
        except BusyError as error:
            raise DigestError(f"{error}; nothing was changed, try again when it is done") from error
        yield


def named_feeds(config: Config, names: tuple[str, ...]) -> tuple[Feed, ...]:
    """Return the feeds with these names, found as by `named_feed`, each feed once."""
    return tuple(dict.fromkeys(named_feed(config, name) for name in names))


def named_feed(config: Config, name: str) -> Feed:
    """Return a feed by its name, address, title, number in the list, or the beginning of these.

    Raises ConfigError for an unknown name, with the nearest one, and for an ambiguous beginning.
    """
    from digest.settings.feed_addresses import feed_address
    from digest.text.suggestions import nearest

    wanted = name.strip().casefold()
    for known in (name, feed_address(name)):
        for feed in config.feeds:
            if known in (feed.url, feed.name):
                return feed
    same = [feed for feed in config.feeds if wanted in _names_of_feed(feed)]
    if len(same) == 1:
        return same[0]
    if wanted.isdigit() and 0 < int(wanted) <= len(config.feeds):
        return config.feeds[int(wanted) - 1]
    begun = [
        feed for feed in config.feeds if any(key.startswith(wanted) for key in _names_of_feed(feed))
    ]
    if wanted and len(begun) == 1:
        return begun[0]
    if wanted and begun:
        several = ", ".join(feed.name for feed in begun[:5]) + (", ..." if len(begun) > 5 else "")
        raise ConfigError(f"{name!r} begins the names of {len(begun)} feeds: {several}")
    keys = {key: feed.name for feed in config.feeds for key in (*_names_of_feed(feed), feed.name)}
    near = nearest(name, keys)
    hint = f'did you mean "{keys[near]}"?' if near else "`digest feeds list` shows them"
    raise ConfigError(f"there is no feed {name!r}; {hint}")


def _names_of_feed(feed: Feed) -> tuple[str, ...]:
    """Return the names by which a feed can be found, in lower case."""
    from digest.net.secret_urls import without_secrets

    bare = without_secrets(feed.url).casefold().partition("://")[2].removeprefix("www.")
    title = (feed.title or "").casefold()
    return tuple(filter(None, (feed.name.casefold(), title, feed.url.casefold(), bare)))


def named_digests(config: Config, names: tuple[str, ...]) -> tuple[Digest, ...]:
    """Return digests by name; raise ConfigError, with the nearest name, for an unknown one."""
    from digest.text.suggestions import nearest

    by_name = {digest.name: digest for digest in config.digests}
    for name in names:
        if name not in by_name:
            near = nearest(name, by_name)
            hint = f'did you mean "{near}"?' if near else f"there are: {', '.join(by_name)}"
            raise ConfigError(f"there is no digest {name!r}; {hint}")
    return tuple(by_name[name] for name in names)


pass_context = click.make_pass_decorator(Context, ensure=True)
