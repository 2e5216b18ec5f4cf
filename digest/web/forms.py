"""Read the forms of the web side, and refuse those of others."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.exceptions import HTTPException

from digest.web.request_origin import is_ours
from digest.web.service import PageRequest, Service

_FIELDS = 64


def check_origin(service: Service, asked: PageRequest) -> None:
    """Refuse a form that another site had a browser send."""
    if not is_our_form(service, asked):
        raise HTTPException(403)


def is_our_form(service: Service, asked: PageRequest) -> bool:
    """Say whether a form was sent from one of our own pages."""
    headers = asked.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    return is_ours(site, origin, headers.get("host", ""), service.config().web.url)


def field(body: bytes, name: str) -> str:
    """Read one field of a form; "" where there is none, or the form is none."""
    return fields(body).get(name, [""])[0]


def fields(body: bytes) -> dict[str, list[str]]:
    """Read the fields of a form; none where it is none, or has too many."""
    try:
        return parse_qs(body.decode("ascii"), max_num_fields=_FIELDS, encoding="utf-8")
    except ValueError:
        return {}
