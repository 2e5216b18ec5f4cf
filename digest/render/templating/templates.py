"""Find and fill templates.

Templates are files of the operator or of the program, never the text of a feed.  The directory that
``render.templates`` names comes before the program's own; unchanged copies in it are skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Protocol

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    select_autoescape,
)

from digest.errors import RenderError
from digest.model import Look, Picture
from digest.render.looks.style import style_of
from digest.render.templating.copies import OperatorTemplates
from digest.resources import data_dir

# What an expression in a template can raise: a template is the operator's code.
_FAILURES = (
    TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


class Place(Protocol):
    """The context that a page is made for: a `Site`, or the `Frame` of a web page."""

    @property
    def digest(self) -> str: ...

    @property
    def templates(self) -> str | None: ...

    @property
    def look(self) -> Look | None: ...

    @property
    def logo(self) -> Picture | None: ...


def fill(
    name: str,
    site: Place,
    names: Mapping[str, object],
    *,
    finalize: Callable[[object], object] | None = None,
) -> str:
    """Render the template `name` with `names` and `look`; html, xml and md output is escaped.

    `finalize` sees every printed value first and may escape it for another language, into
    Markup.  Raises RenderError with the template's file and line for any error in it.
    """
    try:
        template = _environment(site.templates, finalize).get_template(name)
        return template.render({"look": style_of(site), **names})
    except _FAILURES as error:
        reason = str(error) or type(error).__name__
        raise RenderError(f"{_place(error, name)}: {reason}", digest=site.digest) from error


def forget() -> None:
    """Forget the loaded templates, so that each is looked for again."""
    _environment.cache_clear()


@cache
def _environment(directory: str | None, finalize: Callable[[object], object] | None) -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [
                *([OperatorTemplates(directory)] if directory else []),
                FileSystemLoader(data_dir("templates")),
            ]
        ),
        autoescape=select_autoescape(("html", "xml", "md"), default_for_string=False),
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["rfc3339"] = rfc3339
    return environment


def rfc3339(moment: datetime) -> str:
    """Write `moment` in the format of RFC 3339, in UTC and whole seconds.

    >>> rfc3339(datetime(2026, 1, 12, 7, tzinfo=UTC))
    '2026-01-12T07:00:00Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _place(error: BaseException, name: str) -> str:
    """Say where in which template `error` arose, as ``template FILE, line N``."""
    if isinstance(error, TemplateSyntaxError):
        return f"template {error.filename or error.name or name}, line {error.lineno}"
    place = f"template {name}"
    step: TracebackType | None = error.__traceback__
    while step:  # the last frame that is a template's own
        file = Path(step.tb_frame.f_code.co_filename)
        if file.suffix != ".py" and file.is_file():
            place = f"template {file}, line {step.tb_lineno}"
        step = step.tb_next
    return place
