"""`digest templates`: copy the program's templates, so that the operator can change them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest import __version__
from digest.cli.context import Context, common_options, pass_context
from digest.cli.terminal import CommandGroup
from digest.errors import ConfigError, DigestError
from digest.text.suggestions import suggestion

if TYPE_CHECKING:
    from digest.render.templating.copies import TemplateCopy

_FOLDER = "templates"


@click.group(cls=CommandGroup)
@common_options
def templates() -> None:
    """Copy our templates, and list which of your copies are out of date."""


@templates.command("list")
@common_options
@pass_context
def list_(context: Context) -> None:
    """List the templates: ours, and the state of the copies in your folder."""
    from digest.render.templating import copies

    folder = context.config().render.templates
    yours = {copy.name: copy for copy in copies.examine(Path(folder))} if folder else {}
    rows = []
    for name in sorted({*copies.names(), *yours}):
        copy = yours.get(name)
        rows.append(
            {
                "name": name,
                "state": copy.state.value if copy else "ours",
                "version": copy.version if copy else None,
            }
        )
        context.say(f"{name:<24} {_sentence(copy)}")
    context.report(rows)
    if behind := [row["name"] for row in rows if row["state"] == "behind"]:
        context.say(
            f"To compare: `digest templates copy {behind[0]} --to FOLDER` copies the current one."
        )


def _sentence(copy: TemplateCopy | None) -> str:
    from digest.render.templating.copies import CopyState

    if copy is None:
        return "ours"
    return {
        CopyState.UNCHANGED: "copied and not changed: ours is used",
        CopyState.CHANGED: f"yours, changed from that of {copy.version}",
        CopyState.BEHIND: f"yours, changed from that of {copy.version}; ours has changed since",
        CopyState.OWN: "yours",
        CopyState.UNKNOWN: "yours; no template of ours has this name",
    }[copy.state]


@templates.command("copy")
@click.argument("names", metavar="[NAME...]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Copy every template.")
@click.option(
    "--to",
    "folder",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for the copies; by default render.templates, or one beside the configuration.",
)
@common_options
@pass_context
def copy_(context: Context, names: tuple[str, ...], everything: bool, folder: Path | None) -> None:
    """Copy templates of ours for you to change.

    A copy that you do not change has no effect: our template is still used.  A file that exists
    already is not replaced.
    """
    from digest.render.templating import copies

    known = copies.names()
    if everything == bool(names):
        raise click.UsageError("name the templates to copy, or give --all; `list` shows them")
    for name in names:
        if name not in known:
            raise ConfigError(f"there is no template {name!r}{suggestion(name, known)}")
    where = folder or _own_folder(context)
    copied, kept = [], []
    for name in known if everything else dict.fromkeys(names):
        target = where / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists() and not copies.is_unchanged(target.read_text(encoding="utf-8")):
                kept.append(name)
                continue
            target.write_text(copies.copy(name, __version__), encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DigestError(f"cannot write {target}: {error}") from error
        copied.append(name)
    context.report({"folder": str(where), "copied": copied, "kept": kept})
    for name in kept:
        context.say(f"{where / name} is there and not ours any more: left alone.")
    if copied:
        context.say(f"Copied to {where}: {', '.join(copied)}.")
        if folder is None and context.config().render.templates is None:
            context.say(f'Now tell the program: under [render], templates = "{_FOLDER}"')


def _own_folder(context: Context) -> Path:
    """Return the folder of the operator's templates, which may not exist yet."""
    config = context.config()
    return Path(config.render.templates) if config.render.templates else config.root / _FOLDER
