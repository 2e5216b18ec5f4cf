"""The command line: read arguments, refresh or publish, print, and set the exit status.

No package below this one prints, exits or reads the clock.  Exit status: 0 done, 1 something asked
for did not happen, 2 a mistake in the usage or the configuration.  The module of a command is
imported when the command is called, and its heavy imports are inside functions.
"""

from __future__ import annotations

import errno
import gc
import os
import sys

import click

from digest import __version__
from digest.cli.context import Context, common_options, give_up_output
from digest.cli.terminal import CommandGroup, LazyCommands, allows_color
from digest.errors import BusyError, ConfigError, DigestError

YOUNG_OBJECTS = 50_000
"""The number of new objects after which the garbage collector runs.

A command imports much, makes many objects and hardly any cycles: at its usual thresholds the
collector takes a seventh of the time of the imports, and a third of that of a quiet refresh.
"""

COMMANDS = {
    "init": "init.init",
    "check": "setup.check",
    "run": "run.run",
    "refresh": "run.refresh",
    "publish": "run.publish",
    "preview": "run.preview",
    "serve": "serve.serve",
    "web": "web.web",
    "worker": "worker.worker",
    "jobs": "worker.jobs",
    "try": "setup.try_",
    "explain": "explain.explain",
    "backtest": "backtest.backtest",
    "excerpt": "excerpt.excerpt",
    "feeds": "feeds.feeds",
    "digests": "digests.digests",
    "stories": "stories.stories",
    "editions": "editions.editions",
    "subscribers": "subscribers.subscribers",
    "bounces": "bounces.bounces",
    "templates": "templates.templates",
    "doctor": "doctor.doctor",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "store": "store.store",
    "completion": "completion.completion",
    "man": "manual.man",
}
"""Command -> module and function in this package.  The module is imported on the first call."""


@click.group(
    cls=CommandGroup,
    commands=LazyCommands(__name__, COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Start with `digest init`, or look at a site at once: `digest try https://example.org`.",
)
@click.version_option(__version__, prog_name="digest", message="%(prog)s %(version)s")
@common_options
def cli() -> None:
    """Feeds in, one good digest out: a page, a text, a generated feed."""


def main() -> None:
    """Run the command line and exit with its status."""
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    _replace_closed_streams()
    context = Context()
    try:
        status = cli.main(
            prog_name="digest", standalone_mode=False, obj=context, color=allows_color()
        )
    except click.ClickException as error:
        error.show()
        status = 2 if isinstance(error, click.UsageError) else error.exit_code
    except click.exceptions.Abort:
        context.complain("digest: stopped")
        status = 130
    except BusyError as error:
        if not context.quiet:
            context.complain(f"digest: {error}")
        status = 0
    except ConfigError as error:
        for mistake in error.all:
            context.complain(f"digest: {mistake}")
        status = 2
    except DigestError as error:
        context.complain(f"digest: {error}")
        status = 1
    except OSError as error:  # raised while click prints a help text
        if error.errno not in (errno.ENOSPC, errno.EPIPE):
            raise
        give_up_output()
        status = 0 if error.errno == errno.EPIPE else 1
        if status:
            context.complain(f"digest: cannot write to standard output: {error.strerror}")
    sys.exit(status if isinstance(status, int) else 0)


def _replace_closed_streams() -> None:
    """Replace each standard stream that was closed at the start (`>&-`) by /dev/null."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 (it stays open)
