"""The page where subscribers choose their digests, the frequency, and their name.

Its address has the unsubscribe token of any of their mails.  GET changes nothing.
"""

from __future__ import annotations

from typing import Literal, cast

from starlette.responses import Response

from digest import render
from digest.model import Digest
from digest.model.pages import ChoicesForm, Notice, OfferedDigest, Screen
from digest.pipeline import sign_up_and_leave
from digest.web import responses
from digest.web.forms import check_origin, fields
from digest.web.service import PageRequest, Service
from digest.web.sign_up_and_leave import masked

_NAME = ".name"
"""The form field of the name; no digest can have this name."""
_FREQUENCIES = ("each", "weekly", "nothing")


def choose(service: Service, request: PageRequest, name: str, token: str) -> Response:
    """Show the choices of a subscriber; save changed ones."""
    config, store = service.config(), service.store
    saved = wrong = False
    written = None
    if request.method == "POST":
        check_origin(service, request)
        form = fields(request.body)
        written = form.get(_NAME, [""])[0]
        wanted = [
            sign_up_and_leave.Choice(
                digest=digest, frequency=cast(Literal["each", "weekly", "nothing"], values[0])
            )
            for digest, values in form.items()
            if digest != _NAME and values[0] in _FREQUENCIES
        ]
        try:
            saved = (
                sign_up_and_leave.choose(config, store, token, wanted, written, service.clock())
                is not None
            )
        except ValueError:
            wrong = True
    found = sign_up_and_leave.choices(config, store, token)
    if found is None:
        notice = Notice(heading="wrong_link", lines=("wrong_link_why",))
        return _show(service, service.digest(name), notice, 404)
    holder, choices = found
    titles = {digest.name: digest.title for digest in config.digests}
    screen = ChoicesForm(
        address=masked(holder.address),
        name=(written[:254] if wrong and written else holder.name) or "",
        digests=tuple(
            OfferedDigest(
                name=choice.digest, title=titles[choice.digest], frequency=choice.frequency
            )
            for choice in choices
        ),
        saved=saved,
        wrong=wrong,
    )
    return _show(service, service.digest(holder.digest), screen, 422 if wrong else 200)


def _show(service: Service, digest: Digest | None, screen: Screen, status: int = 200) -> Response:
    page = render.screen(screen, service.frame(digest))
    return responses.page(page.body, status, form=isinstance(screen, ChoicesForm))
