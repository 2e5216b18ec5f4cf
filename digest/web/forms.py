"""Parse forms, and refuse forms from other sites."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException

from digest.web.request_origin import is_ours
from digest.web.service import PageRequest, Service

_FIELDS = 64


def check_origin(service: Service, request: PageRequest) -> None:
    """Raise HTTPException for a form that another site made a browser send."""
    if not is_our_form(service, request):
        raise HTTPException(403)


def is_our_form(service: Service, request: PageRequest) -> bool:
    """Say whether a form was sent from one of our own pages."""
    headers = request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    return is_ours(site, origin, headers.get("host", ""), service.config().web.url)


def field(body: bytes, name: str) -> str:
    """Return one field of a form; an empty text if it is missing or the form is invalid."""
    return fields(body).get(name, [""])[0]


def fields(body: bytes) -> dict[str, list[str]]:
    """Return the fields of a form; empty if the form is invalid or has too many fields."""
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=_FIELDS, encoding="utf-8")
    except ValueError:
        return {}
