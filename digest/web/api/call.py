"""What an operation of the API is, what it is called with, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from digest.errors import ConfigError
from digest.model import Digest
from digest.settings import Config
from digest.store import Store
from digest.web.api.shapes import ApiQuestion, Mistake
from digest.web.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """A request that is allowed, with its parameters read."""

    service: Service
    config: Config
    now: datetime
    path: Mapping[str, Any]
    """The parameters of the path."""
    query: Any
    """The `Operation.query` of the request."""
    body: Any
    """The `Operation.body` of the request."""

    @property
    def store(self) -> Store:
        return self.service.store

    def digest(self) -> Digest:
        """Return the digest that the path names; raise ApiError where there is none."""
        digest = self.service.digest(self.path["digest"])
        if digest is None:
            raise ApiError(404, f"there is no digest {self.path['digest']!r}")
        return digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that can be asked: the route and its description are made of this."""

    method: str
    path: str
    """The path below ``/api``, with parameters as Starlette has them: ``/entries/{id:int}``."""
    id: str
    """The name by which generated programs call it (`operationId`)."""
    summary: str
    run: Callable[[ApiCall], Any]
    answer: Any = None
    """The type of the answer; ``None``: there is no content."""
    query: type[ApiQuestion] = ApiQuestion
    body: type[ApiQuestion] | None = None
    status: int = 200
    fails: tuple[int, ...] = field(default=())
    """The statuses of its problems, beside those that each operation has."""

    @property
    def tag(self) -> str:
        return self.path.split("/")[1]


class ApiError(Exception):
    """A request that cannot be fulfilled, with the reason for the program's author."""

    def __init__(
        self,
        status: int,
        detail: str,
        mistakes: tuple[Mistake, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.detail = detail
        self.mistakes = mistakes
        self.headers = dict(headers or {})
        super().__init__(detail)


def invalid(error: ConfigError) -> ApiError:
    """Return the problem for a configuration that a change would make invalid."""
    mistakes = tuple(
        Mistake(where=mistake.key or "", message=mistake.message) for mistake in error.all
    )
    return ApiError(422, "the configuration would have mistakes; nothing was changed", mistakes)
