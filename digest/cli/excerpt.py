"""`digest excerpt`: cut a document to the excerpt that a digest would show."""

from __future__ import annotations

import sys
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from digest.cli.context import Context, common_options, pass_context
from digest.errors import ConfigError
from digest.model import ExcerptSettings

_CHOICES = {
    "boundary": ("sentence", "word", "character"),
    "math": ("text", "placeholder", "tex"),
    "code": ("placeholder", "text", "omit"),
}

(_LONGEST,) = (field.metadata["max"] for field in fields(ExcerptSettings) if field.name == "length")


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--text", "is_text", is_flag=True, help="The input is plain text, not HTML.")
@click.option("--length", type=click.IntRange(1, _LONGEST), help="Grapheme clusters. [350]")
@click.option("--boundary", type=click.Choice(_CHOICES["boundary"]), help="[sentence]")
@click.option("--ellipsis", help="[…]")
@click.option("--math", type=click.Choice(_CHOICES["math"]), help="[text]")
@click.option("--code", type=click.Choice(_CHOICES["code"]), help="[placeholder]")
@click.option("--language", metavar="TAG", help="Otherwise it is detected.")
@click.option("--base-url", metavar="URL", help="What relative links are resolved against.")
@click.option("--jsonl", is_flag=True, help="Read and write one JSON object a line.")
@common_options
@pass_context
def excerpt(
    context: Context,
    /,
    file: Path | None,
    is_text: bool,
    language: str | None,
    base_url: str | None,
    jsonl: bool,
    **given: Any,
) -> None:
    """Turn HTML (or, with --text, plain text) into an excerpt.

    Reads FILE or standard input. With --jsonl each line is an object with `html` or `text` and any
    of the options; each gives a line with `excerpt`, `language`, `truncated` and `image`, or with
    `error`.
    """
    settings = replace(
        ExcerptSettings(), **{name: value for name, value in given.items() if value is not None}
    )
    try:
        source: BinaryIO = file.open("rb") if file else sys.stdin.buffer
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    with source:
        if jsonl:
            for line in source:
                if line.strip():
                    context.put(_line(line, settings) + b"\n")
            return
        document = source.read().decode("utf-8", "replace")
    made = _excerpt(
        html=None if is_text else document,
        text=document if is_text else None,
        language=language,
        base_url=base_url,
        settings=settings,
    )
    if context.as_json:
        context.report(made)
    else:
        context.put(f"{made['excerpt']}\n")


def _line(line: bytes, settings: ExcerptSettings) -> bytes:
    """Return the line of JSON that answers one line of ``--jsonl``."""
    try:
        asked = _checked(msgspec.json.decode(line), settings)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        return msgspec.json.encode({"error": str(error)})
    return msgspec.json.encode(_excerpt(**asked))


def _checked(asked: Any, settings: ExcerptSettings) -> dict[str, Any]:
    """Return the arguments in one object of ``--jsonl``; raise ValueError with its mistake."""
    if not isinstance(asked, dict):
        raise ValueError("expected an object")
    if ("html" in asked) == ("text" in asked):
        raise ValueError("expected either 'html' or 'text'")
    own = {field.name for field in fields(ExcerptSettings)}
    known = {"html", "text", "language", "base_url", *own}
    for name, value in asked.items():
        if name not in known:
            raise ValueError(f"unknown key {name!r}; known are {', '.join(sorted(known))}")
        if name == "length":
            if type(value) is not int or not 1 <= value <= _LONGEST:
                raise ValueError(f"'length' must be a whole number from 1 to {_LONGEST}")
        elif not isinstance(value, str) and not (
            value is None and name in ("language", "base_url")
        ):
            raise ValueError(f"{name!r} must be a string")
        elif name in _CHOICES and value not in _CHOICES[name]:
            raise ValueError(f"{name!r} must be one of {', '.join(_CHOICES[name])}")
    return {
        "html": asked.get("html"),
        "text": asked.get("text"),
        "language": asked.get("language"),
        "base_url": asked.get("base_url"),
        "settings": replace(settings, **{name: asked[name] for name in own if name in asked}),
    }


def _excerpt(
    *,
    html: str | None,
    text: str | None,
    language: str | None,
    base_url: str | None,
    settings: ExcerptSettings,
) -> dict[str, Any]:
    from digest.excerpt import excerpt as cut
    from digest.normalize.entry import MAX_TEXT, document

    source, is_html = (text, False) if html is None else (html, True)
    cleaned = document(
        source or "",
        html=is_html,
        base_url=base_url,
        language=language,
        # Formulas, code and additions of the feed may take much of a source.
        most=max(MAX_TEXT, 8 * settings.length),
    )
    made = cut(cleaned.text, settings, language=cleaned.language)
    return {
        "excerpt": made.text,
        "language": cleaned.language,
        "truncated": made.truncated,
        "image": asdict(cleaned.image) if cleaned.image else None,
    }
