"""The OpenAPI document of the API, made of the table of its operations and their types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from digest import __version__
from digest.web.api.call import Operation
from digest.web.api.shapes import ApiQuestion, Problem

_REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_KINDS: dict[str | None, dict[str, object]] = {
    "int": {"type": "integer", "minimum": 0},
    "digest_name": {"type": "string", "pattern": "^[a-z0-9_-]+$"},
}
_DESCRIPTION = (
    "What the operator's pages of `digest serve --web` do. Each request has a bearer token that "
    "`digest web token NAME` made. Lists come in pages: send `next` of one page as `after` of the "
    "next. A failure is a problem as RFC 9457 has it."
)
_PROBLEMS = {
    400: "The body is no JSON.",
    401: "The token is missing or not valid.",
    404: "What the path names is not there.",
    409: "It cannot be done as things are.",
    413: "The body is too long.",
    415: "The body's type is not application/json.",
    422: "What was sent has mistakes, which are named; nothing was changed.",
    429: "Too many requests with a wrong token: wait.",
    503: "It is not possible now: another run holds the database or the configuration.",
}
_TAGS = {
    "feeds": "The feeds of the configuration.",
    "entries": "The entries that feeds brought.",
    "digests": "Digests, their editions and their subscribers.",
    "deliveries": "Editions on their way.",
    "subscribers": "People who get a digest by mail.",
}


def path_of(operation: Operation) -> str:
    """Return a path as OpenAPI writes it: ``/entries/{id}``."""
    return _PARAMETER.sub(r"{\1}", operation.path)


def document(operations: tuple[Operation, ...], server: str) -> dict[str, Any]:
    """Return the document; `server` is the address of the API, without a slash at its end."""
    schemas, components = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _operation(operation, schemas, components)
        paths.setdefault(path_of(operation), {})[operation.method.lower()] = described
    queries = {operation.query.__name__ for operation in operations}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Digest",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": {
                name: schema for name, schema in sorted(components.items()) if name not in queries
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(
    operation: Operation, schemas: dict[Any, Any], components: dict[str, Any]
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
    }
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": _KINDS.get(kind or None, {"type": "string"}),
        }
        for name, kind in _PARAMETER.findall(operation.path)
    ]
    parameters += [
        _query_parameter(name, schema)
        for name, schema in components[operation.query.__name__]["properties"].items()
    ]
    if parameters:
        described["parameters"] = parameters
    if operation.body:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[operation.body]}},
        }
    done: dict[str, Any] = {"description": "Done."}
    if operation.answer:
        done["content"] = {"application/json": {"schema": schemas[operation.answer]}}
    described["responses"] = {str(operation.status): done} | {
        str(status): {
            "description": _PROBLEMS[status],
            "content": {"application/problem+json": {"schema": schemas[Problem]}},
        }
        for status in statuses(operation)
    }
    return described


def _query_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    schema = dict(schema)
    parameter = {"name": name, "in": "query", "required": False, "schema": schema}
    if description := schema.pop("description", None):
        parameter["description"] = description
    return parameter


def statuses(operation: Operation) -> tuple[int, ...]:
    """Return the statuses of the problems that an operation may have."""
    always = {401, 422, 429, 503}
    of_body = {400, 413, 415} if operation.body else set()
    return tuple(sorted(always | of_body | set(operation.fails)))


def _schemas(operations: Iterable[Operation]) -> tuple[dict[Any, Any], dict[str, Any]]:
    types: list[Any] = [Problem, ApiQuestion]
    for operation in operations:
        types += [kind for kind in (operation.query, operation.body, operation.answer) if kind]
    types = list(dict.fromkeys(types))
    made, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    return dict(zip(types, made, strict=True)), components


@cache
def encoded(operations: tuple[Operation, ...], server: str) -> bytes:
    """Return the document as JSON."""
    return msgspec.json.format(msgspec.json.encode(document(operations, server)))
