"""What every command shares: the options that may stand anywhere, the configuration, the store."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
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
    stamped: bool = False
    """Whether each line bears its time: the log of a service."""
    feeds: tuple[str, ...] = ()
    """The addresses of the feeds in the configuration, once that is loaded."""

    @property
    def now(self) -> datetime:
        """The logical time of this run: the clock is asked here and nowhere below."""
        if self.logical_now is None:
            self.logical_now = datetime.now(UTC).replace(microsecond=0)
        return self.logical_now

    @property
    def quiet(self) -> bool:
        return self.verbosity < 0

    def config(self) -> Config:
        from digest.settings import load

        form = "%(asctime)s %(levelname)s %(message)s" if self.stamped else "%(message)s"
        logging.basicConfig(level=logging.WARNING, format=form, datefmt="%Y-%m-%d %H:%M:%S%z")
        # -v tells more of this program, not of the libraries below it.
        level = logging.INFO if self.verbosity > 0 else logging.WARNING
        logging.getLogger("digest").setLevel(level)
        config = load(self.file)
        self.feeds = tuple(feed.url for feed in config.feeds)
        return config

    @contextmanager
    def store(self, config: Config) -> Iterator[Store]:
        from digest.store import open_store

        store = open_store(config.store.url)
        try:
            yield store
        except (DigestError, click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if (blamed := store.blamed(error)) is not error:
                raise blamed from error
            raise
        finally:
            store.close()

    @property
    def prefix(self) -> str:
        """What a line of a log begins with: the local time, where `stamped` is true."""
        return f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z} " if self.stamped else ""

    def put(self, output: str | bytes) -> None:
        """Write to standard output, at once; end quietly where nobody reads on.

        Raises DigestError where it takes no more (a full disk).
        """
        if isinstance(output, str):
            output = output.encode(errors="backslashreplace").decode()  # a file's name, not UTF-8
        try:
            click.echo(output, nl=False)
        except OSError as error:
            give_up_output()
            if isinstance(error, BrokenPipeError):
                raise SystemExit(0) from error
            raise DigestError(f"cannot write to standard output: {error.strerror}") from error

    def say(self, text: str = "") -> None:
        """Print for a person; nothing under ``--quiet`` or ``--json``."""
        if not self.quiet and not self.as_json:
            self.put(f"{self.prefix}{harmless(text)}\n")

    def complain(self, text: str) -> None:
        """Say on standard error what did not work, also under ``--quiet``."""
        click.echo(f"{self.prefix}{harmless(text)}", err=True)

    def _secrets(self) -> list[str]:
        """List what is secret in the feeds' addresses, the longest first: links may hold it too."""
        from digest.net.secret_urls import secrets

        return sorted({text for url in self.feeds for text in secrets(url)}, key=len, reverse=True)

    def report(self, value: Any) -> None:
        """Print `value` as JSON, where ``--json`` was asked for."""
        if self.as_json:
            text = json.dumps(value, default=_plain, ensure_ascii=False, indent=2)
            for secret in self._secrets():
                text = text.replace(secret, "…")
            self.put(_COMMANDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """Take out what a terminal obeys: a stranger may have put it into an id, a title, an error."""
    return _COMMANDS.sub("", text)


def give_up_output() -> None:
    """Let what is still in the buffer of standard output go nowhere."""
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
        raise click.BadParameter(f"{text!r} is no time that a feed could be read at")
    return moment.astimezone(UTC)


def common_options(command: Command) -> Command:
    """Add the options that may stand before or after the name of a subcommand."""

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
            help="Do as if it were this time (ISO 8601, with zone).",
            expose_value=False,
            callback=keep("logical_now", _moment),
        ),
        click.option(
            "--verbose",
            "-v",
            is_flag=True,
            help="Tell each feed.",
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


@contextmanager
def no_other_run(store: Store) -> Iterator[None]:
    """Keep refreshes away; raise DigestError where one is at work, for then nothing is done."""
    with ExitStack() as stack:
        try:
            stack.enter_context(store.lock("refresh"))
        except BusyError as error:
            raise DigestError(f"{error}; nothing was changed, try again when it is done") from error
        yield


def named_feeds(config: Config, names: tuple[str, ...]) -> tuple[Feed, ...]:
    """Find feeds as `named_feed` does, each once."""
    return tuple(dict.fromkeys(named_feed(config, name) for name in names))


def named_feed(config: Config, name: str) -> Feed:
    """Find a feed by its name, address, title, number in the list, or the beginning of one.

    Raises ConfigError, with the nearest name, for an unknown one, and for the beginning of several.
    """
    from digest.settings.feed_addresses import feed_address
    from digest.text.suggestions import nearest

    wanted = name.strip().casefold()
    for known in (name, feed_address(name)):
        for feed in config.feeds:
            if known in (feed.url, feed.name):
                return feed
    same = [feed for feed in config.feeds if wanted in _called(feed)]
    if len(same) == 1:
        return same[0]
    if wanted.isdigit() and 0 < int(wanted) <= len(config.feeds):
        return config.feeds[int(wanted) - 1]
    begun = [feed for feed in config.feeds if any(key.startswith(wanted) for key in _called(feed))]
    if wanted and len(begun) == 1:
        return begun[0]
    if wanted and begun:
        several = ", ".join(feed.name for feed in begun[:5]) + (", ..." if len(begun) > 5 else "")
        raise ConfigError(f"{name!r} begins the names of {len(begun)} feeds: {several}")
    keys = {key: feed.name for feed in config.feeds for key in (*_called(feed), feed.name)}
    near = nearest(name, keys)
    hint = f'did you mean "{keys[near]}"?' if near else "`digest feeds list` shows them"
    raise ConfigError(f"there is no feed {name!r}; {hint}")


def _called(feed: Feed) -> tuple[str, ...]:
    """Return what a feed may be called by, in small letters."""
    from digest.net.secret_urls import without_secrets

    bare = without_secrets(feed.url).casefold().partition("://")[2].removeprefix("www.")
    title = (feed.title or "").casefold()
    return tuple(filter(None, (feed.name.casefold(), title, feed.url.casefold(), bare)))


def named_digests(config: Config, names: tuple[str, ...]) -> tuple[Digest, ...]:
    """Find digests by name; raise ConfigError, with the nearest name, for an unknown one."""
    from digest.text.suggestions import nearest

    by_name = {digest.name: digest for digest in config.digests}
    for name in names:
        if name not in by_name:
            near = nearest(name, by_name)
            hint = f'did you mean "{near}"?' if near else f"there are: {', '.join(by_name)}"
            raise ConfigError(f"there is no digest {name!r}; {hint}")
    return tuple(by_name[name] for name in names)


pass_context = click.make_pass_decorator(Context, ensure=True)
