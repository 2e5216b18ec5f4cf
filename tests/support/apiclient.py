"""A client of the API, which checks every answer against the OpenAPI document."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from digest.web.api import openapi
from digest.web.api.routes import OPERATIONS
from support.adminhouse import AdminHouse
from support.webhouse import Answer

DOCUMENT = json.loads(openapi.encoded(OPERATIONS, "/api"))


@dataclass
class ApiClient:
    """Asks the API of a house with a token."""

    house: AdminHouse
    token: str
    asked: set[str] = field(default_factory=set)
    """The operations that were asked, by their ids."""

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **more: Any
    ) -> Answer:
        """Send a request; check the answer, whatever it is."""
        headers = {"authorization": f"Bearer {self.token if token is None else token}"}
        sent = b""
        if body is not None:
            headers["content-type"] = "application/json"
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers |= more.pop("headers", {})
        answer = self.house.ask(method, f"/api{path}", headers, body=sent, **more)
        self._check(method, path.partition("?")[0], answer)
        return answer

    def _check(self, method: str, path: str, answer: Answer) -> None:
        described = operation_of(method, path)
        if described is None:
            return
        self.asked.add(described["operationId"])
        response = described["responses"].get(str(answer.status))
        assert response, f"{method} {path} answers {answer.status}, which is not described"
        if "content" not in response:
            assert answer.body == b""
            return
        ((media_type, content),) = response["content"].items()
        assert answer.headers["content-type"] == media_type
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(
            json.loads(answer.text)
        )


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """Return the description of an operation; the one with the longest fixed path, as routed."""
    found = []
    for template, operations in DOCUMENT["paths"].items():
        pattern = re.sub(
            r"\{(\w+)\}", lambda name: ".+" if name[1] == "name" else "[^/]+", template
        )
        if re.fullmatch(pattern, path) and method.lower() in operations:
            found.append((template.count("{"), operations[method.lower()]))
    return min(found, key=lambda item: item[0])[1] if found else None
