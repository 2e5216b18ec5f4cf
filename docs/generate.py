"""Make the reference pages from the program itself, each time the documentation is built.

`reference/commands.md` comes from the command line's own help, `reference/configuration.md` from
config.example.toml (a test keeps that file complete), and `api/` from the signatures and
docstrings of the package.  The papers at the top of the repository become pages as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import griffe

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    *("model", "errors", "settings", "schedule", "fetch", "parse", "sift", "normalize", "excerpt"),
    *("match", "compose", "render", "deliver", "mailing_list", "store", "pipeline", "diagnostics"),
)
PAPERS = ("CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md")

_RULE = re.compile(r"^# --- (?P<title>.+?) -+$")
_TABLE = re.compile(r"^(?:# )?\[+(?P<name>[\w.\"-]+)\]+")
_KEY = re.compile(r"^(?P<off># )?(?P<key>[a-z_]+) = (?P<value>.+?)\s*(?:\s# (?P<why>.*))?$")


def write(folder: Path) -> None:
    """Write all pages that are made below `folder`; what is the same already is left alone."""
    pages = {
        "reference/commands.md": commands(),
        "reference/configuration.md": configuration(),
        **{f"api/{room}.md": api(room) for room in ROOMS},
        **{f"project/{name.lower()}": paper(name) for name in PAPERS},
    }
    for name, lines in pages.items():
        text = "\n".join(lines) + "\n"
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text() != text:
            file.write_text(text)


def commands() -> Iterator[str]:
    """Describe every command and option, as `--help` does."""
    from digest.cli import cli

    yield "# Commands\n"
    yield "Made from the program: what `digest COMMAND --help` prints.\n"
    yield from _command(cli, click.Context(cli, info_name="digest", max_content_width=90), 2)


def _command(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    yield f"{'#' * level} {context.command_path}\n"
    yield "```text"
    yield command.get_help(context).rstrip()
    yield "```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None, f"{name} is listed and not there"
            if not child.hidden:
                inner = click.Context(child, info_name=name, parent=context, max_content_width=90)
                yield from _command(child, inner, min(level + 1, 4))


def configuration() -> Iterator[str]:
    """Describe every key with its default, as config.example.toml says it."""
    yield "# Configuration\n"
    yield (
        "Made from `config.example.toml`, which a test keeps complete. `digest check` finds every"
        " mistake at once. Durations are written `90s`, `5m`, `1h`, `2d`, `1w`; relative paths"
        " start from the folder of the file.\n"
    )
    table, listing = "", False
    for line in (ROOT / "config.example.toml").read_text().splitlines():
        if rule := _RULE.match(line):
            yield f"\n## {rule['title'].capitalize()}\n"
            table, listing = "", False
        elif header := _TABLE.match(line):
            table, listing = header["name"], False
            yield f"\n### `{table}`\n"
        elif key := _KEY.match(line):
            if not listing:
                yield "\n| key | default or example | meaning |\n|---|---|---|"
                listing = True
            value = key["value"].strip().replace("|", "\\|")
            why = (key["why"] or "").strip().replace("|", "\\|")
            yield f"| `{key['key']}` | {'e.g. ' if key['off'] else ''}`{value}` | {why} |"


def api(room: str) -> Iterator[str]:
    """Describe the public names of a room: signatures and docstrings, module by module."""
    package = griffe.load(f"digest.{room}", search_paths=[ROOT], resolve_aliases=False)
    yield f"# {room}\n"
    yield from _module(package)


def _module(module: griffe.Object | griffe.Alias) -> Iterator[str]:
    if module.docstring:
        yield _text(module.docstring.value)
    for member in module.members.values():
        if member.is_alias or not member.is_public or member.name.startswith("_"):
            continue
        if member.is_module:
            yield f"\n## {member.path.removeprefix('digest.')}\n"
            yield from _module(member)
        elif member.is_function or member.is_class:
            yield from _named(member)


def _named(member: griffe.Object | griffe.Alias) -> Iterator[str]:
    yield "```python"
    if isinstance(member, griffe.Function):
        yield f"def {_signature(member)}"
    else:
        yield f"class {member.name}"
    yield "```\n"
    if member.docstring:
        yield _text(member.docstring.value)
    if isinstance(member, griffe.Class):
        fields = [
            attribute
            for attribute in member.attributes.values()
            if attribute.docstring and not attribute.name.startswith("_")
        ]
        for attribute in fields:
            assert attribute.docstring
            words = " ".join(attribute.docstring.value.split())
            yield f"- `{attribute.name}`: {_escaped(words)}"
        yield ""


def _signature(function: griffe.Function) -> str:
    parts = []
    starred = False
    for parameter in function.parameters:
        if parameter.kind is griffe.ParameterKind.keyword_only and not starred:
            parts.append("*")
            starred = True
        text = parameter.name
        if parameter.kind is griffe.ParameterKind.var_keyword:
            text = f"**{text}"
        elif parameter.kind is griffe.ParameterKind.var_positional:
            text, starred = f"*{text}", True
        if parameter.annotation is not None:
            text += f": {parameter.annotation}"
        if parameter.default is not None:
            text += f" = {parameter.default}"
        parts.append(text)
    returns = f" -> {function.returns}" if function.returns is not None else ""
    one = f"{function.name}({', '.join(parts)}){returns}"
    if len(one) <= 92:
        return one
    return f"{function.name}(\n    " + ",\n    ".join(parts) + f",\n){returns}"


def _text(docstring: str) -> str:
    """Write a docstring as Markdown: its drawings and examples as they are, prose escaped."""
    blocks = []
    for block in re.split(r"\n\s*\n", docstring.strip("\n")):
        if block.startswith((" ", ">>>")):
            blocks.append("```text\n" + block.rstrip() + "\n```")
        else:
            blocks.append(_escaped(block))
    return "\n\n".join(blocks) + "\n"


def _escaped(prose: str) -> str:
    parts = re.split(r"(``.+?``|`[^`]+`)", prose, flags=re.S)
    return "".join(
        part if part.startswith("`") else re.sub(r"([\\*_<>\[\]#|{}$])", r"\\\1", part)
        for part in parts
    )


def paper(name: str) -> Iterator[str]:
    """Give a paper from the top of the repository, its links made to fit the site."""
    text = (ROOT / name).read_text()
    yield re.sub(r"\]\(docs/", "](../", text).rstrip()
