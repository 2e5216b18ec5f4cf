"""The page where an editor changes and decides about a held edition, at an unguessable address.

Mail scanners follow links, so GET changes nothing.  A change or decision names the revision that
the editor saw; if the edition was edited meanwhile, the page is shown again.
"""

from __future__ import annotations

import re

from starlette.exceptions import HTTPException
from starlette.responses import Response

from digest import render
from digest.compose.editing import EditionChanges
from digest.model import Digest, HeldEdition, HeldState
from digest.model.pages import ApprovalForm, Notice, Screen
from digest.pipeline import approval, output
from digest.web import responses
from digest.web.forms import check_origin, field
from digest.web.service import PageRequest, Service

_NOTICES = {
    HeldState.APPROVED: Notice(heading="approved", lines=("approved_what",)),
    HeldState.SKIPPED: Notice(heading="skipped", lines=("skipped_what",)),
    HeldState.REJECTED: Notice(heading="rejected", lines=("rejected_what",)),
}
_CHANGE = re.compile(r"(drop|up|first) ([0-9]{1,6})")
_WRONG = Notice(heading="wrong_link", lines=("wrong_link_why",))


def decide(service: Service, request: PageRequest, name: str, token: str) -> Response:
    """Show the stories of a held edition with buttons; make the change or record the decision."""
    held, digest = _held(service, token)
    if held is None or digest is None:
        return _show(service, None, _WRONG, 404)
    if request.method != "POST":
        return _form(service, digest, held, token)
    check_origin(service, request)
    revision = field(request.body, "revision")
    if held.state is HeldState.WAITING and revision != str(held.revision):
        return _form(service, digest, held, token, changed=True)
    config, store, now = service.config(), service.store, service.clock()
    if changes := _changes(field(request.body, "change")):
        return _edited(service, digest, held, token, changes)
    match field(request.body, "decision"):
        case HeldState.APPROVED:
            approval.approve(config, store, digest, held, "link", now, revision=held.revision)
        case HeldState.SKIPPED:
            approval.withhold(store, held, HeldState.SKIPPED, "link", now)
        case HeldState.REJECTED:
            approval.withhold(store, held, HeldState.REJECTED, "link", now)
    held, digest = _held(service, token)
    assert held is not None
    assert digest is not None
    return _form(service, digest, held, token, changed=True)


def _changes(pressed: str) -> EditionChanges | None:
    """Return the change of a pressed button, such as "drop 3"; ``None`` for anything else."""
    found = _CHANGE.fullmatch(pressed)
    if found is None:
        return None
    number = int(found[2])
    match found[1]:
        case "drop":
            return EditionChanges(drop=(number,))
        case "first":
            return EditionChanges(pin=(number,))
    return EditionChanges(move=((number, number - 1),))


def _edited(
    service: Service, digest: Digest, held: HeldEdition, token: str, changes: EditionChanges
) -> Response:
    """Change a held edition and show it; a change that cannot be made only shows it."""
    try:
        edited = approval.edit(service.store, held, changes)
    except ValueError:  # no such story, or the last one: no button of the page asks for that
        return _form(service, digest, held, token)
    if edited is None:
        current, _ = _held(service, token)
        return _form(service, digest, current or held, token, changed=True)
    return _form(service, digest, edited, token)


def whole(service: Service, request: PageRequest, name: str, token: str) -> Response:
    """Show a held edition as its readers would see it."""
    held, digest = _held(service, token)
    content = approval.content(service.store, held) if held is not None else None
    if content is None or digest is None:
        raise HTTPException(404)
    page = output.render_edition(service.config(), service.store, digest, content.edition, "html")
    policy = responses.page_policy(page.body, images=content.edition.images)
    return responses.page(page.body, headers={"content-security-policy": policy})


def _held(service: Service, token: str) -> tuple[HeldEdition | None, Digest | None]:
    """Return the edition of a token and its digest; the digest in the address is ignored."""
    held = approval.by_token(service.store, token)
    return held, service.digest(held.digest) if held else None


def _form(
    service: Service, digest: Digest, held: HeldEdition, token: str, *, changed: bool = False
) -> Response:
    """Show the form, or the decision that was made."""
    content = approval.content(service.store, held)
    if content is None:
        current = approval.by_token(service.store, token)
        state = current.state if current else HeldState.REJECTED
        return _show(service, digest, _NOTICES.get(state, _WRONG))
    form = ApprovalForm(
        edition=output.public_edition(service.config(), service.store, digest, content.edition),
        goes_at=approval.goes_at(digest, held),
        revision=held.revision,
        whole=f"{service.root()}{digest.name}/approve/{token}/edition",
        changed=changed,
    )
    return _show(service, digest, form)


def _show(service: Service, digest: Digest | None, screen: Screen, status: int = 200) -> Response:
    page = render.screen(screen, service.frame(digest))
    return responses.page(page.body, status, form=isinstance(screen, ApprovalForm))
