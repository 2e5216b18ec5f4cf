"""A digest and its preview, side by side: what a change would do is seen before it is saved."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from starlette.exceptions import HTTPException
from starlette.responses import Response

from digest import pipeline
from digest.deliver import MailSettings
from digest.diagnostics.doctor.route import MailRoute
from digest.diagnostics.doctor.sample_mail import sample_letter, send
from digest.diagnostics.preview import PreviewedChange, preview_change
from digest.errors import ConfigError, DigestError
from digest.model import Digest
from digest.net import mail_addresses
from digest.settings import Config, interpret, read_text
from digest.settings.edit_digests import Value, set_digest
from digest.store import held_editions
from digest.web.admin import digest_form, pages, saving
from digest.web.admin.drafts import EditionDraft
from digest.web.admin.request import AdminRequest, AdminRoute

_DARK = re.compile(rb"@media\s*\(\s*prefers-color-scheme:\s*dark\s*\)")
_STYLE = re.compile(rb"<style[^>]*>(.*?)</style>", re.DOTALL)
_LISTED = 40
"""The most stories of each kind that a page names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What a page shows beside the form."""

    values: Mapping[str, Value | None] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    result: saving.SaveResult | None = None
    rule: str = ""
    """A rule that was made from a story and is tried."""
    status: int = 200


def listing(request: AdminRequest) -> Response:
    """List the digests with their next editions."""
    rows = []
    with request.store.read() as connection:
        for digest in request.config.digests:
            words, following = digest_form.upcoming(digest.schedule, digest.timezone, request.now)
            waiting = held_editions.waiting(connection, digest.name)
            rows.append((digest, words, following[:1], waiting))
    return pages.show(request, "digests.html", title="Digests", rows=rows)


def show(request: AdminRequest, name: str) -> Response:
    """Show the settings of a digest and its preview; a sent form is tried or saved."""
    digest = _digest(request.config, name)
    if request.method == "POST" and not request.restored:
        values = digest_form.sent(request, digest_form.current(request.config, digest))
        if request.sent("do") == "save":
            return _save(request, digest, values)
        return _page(request, digest, _Shown(values=values))
    if rule := request.asked("rule").strip()[:500]:
        kept = {"drop": (*digest.drop, *(() if rule in digest.drop else (rule,)))}
        return _page(request, digest, _Shown(values=kept, rule=rule))
    if request.restored:
        values = digest_form.sent(request, digest_form.current(request.config, digest))
        return _page(request, digest, _Shown(values=values))
    return _page(request, digest, _Shown())


def _save(request: AdminRequest, digest: Digest, values: Mapping[str, Value | None]) -> Response:
    result = saving.save(
        request,
        lambda text: set_digest(text, digest.name, values),
        table=f"digests.{digest.name}",
        fields=digest_form.FIELDS,
    )
    if result.saved:
        return pages.redirect(request, f"digests/{digest.name}", "Saved to config.toml.")
    shown = _Shown(values=values, errors=result.errors, result=result, status=result.status)
    return _page(request, digest, shown)


def _page(request: AdminRequest, digest: Digest, shown: _Shown) -> Response:
    errors = dict(shown.errors)
    key, change, previewed = "", None, digest
    try:
        key, change, previewed = _preview(request, digest.name, shown.values)
    except ConfigError as error:
        found = saving.errors_of(error, f"digests.{digest.name}", digest_form.FIELDS)
        errors = found | errors
    except DigestError as error:
        errors.setdefault("", str(error))
    status = shown.status
    if errors and status == 200 and request.method == "POST":
        status = 422
    now_values = digest_form.current(request.config, digest)
    state = digest_form.state(request, now_values, shown.values, errors)
    schedule = state.value("schedule", digest.schedule)
    words, following = digest_form.upcoming(schedule, digest.timezone, request.now)
    look = request.asked("look", request.sent("look") or "page")
    return pages.show(
        request,
        "digest.html",
        status,
        title=digest.title,
        frames=True,
        digest=digest,
        state=state,
        now_values=now_values,
        options=digest_form.options(request.config, digest),
        form_words=digest_form,
        words=words,
        following=following,
        result=shown.result,
        rule=shown.rule,
        changed=sorted(shown.values),
        key=key,
        change=change,
        stories=_stories(request.config, previewed, change) if change else [],
        listed=_LISTED,
        look=look if look in LOOKS else "page",
        looks=LOOKS,
        recipient=_recipient(digest),
        mails=any(isinstance(channel, MailSettings) for channel in digest.channels.values()),
    )


def _preview(
    request: AdminRequest, name: str, values: Mapping[str, Value | None]
) -> tuple[str, PreviewedChange, Digest]:
    """Make the preview of a change, and keep it for the frame; return its key."""
    path, text, config = request.config.path, "", request.config
    if values:
        text = set_digest(read_text(path), name, values)
        config = interpret(text, path)
    digest = _digest(config, name)
    change = preview_change(request.config, config, request.store, name, request.now)
    draft = EditionDraft(config=config, digest=digest, change=change)
    return request.service.admin.drafts.keep(draft, text), change, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow:
    """A story of a preview, with the rules that can be made from it."""

    title: str
    feed: str
    entry: int | None
    rules: tuple[tuple[str, str], ...]
    """Pairs of a button's words and the rule that it tries."""


def _stories(config: Config, digest: Digest, change: PreviewedChange) -> list[StoryRow]:
    names = {feed.url: feed.name for feed in config.feeds}
    rows = []
    for section in change.edition.sections:
        for story in section.stories:
            rules = []
            if name := names.get(story.feed_url):
                rules.append(("never from this feed", f"feed: {name}"))
            rules += [
                (f"not the category {category}", f"category: {category}")
                for category in story.categories[:3]
                if "\n" not in category
            ]
            rows.append(
                StoryRow(
                    title=story.title,
                    feed=story.feed,
                    entry=change.entries.get(story.key),
                    rules=tuple(rules),
                )
            )
    return rows


def _recipient(digest: Digest) -> str:
    """Return the address that a test is sent to unless the operator names another."""
    if digest.editor:
        return digest.editor
    for settings in digest.channels.values():
        if isinstance(settings, MailSettings) and settings.to:
            return settings.to[0]
    return ""


# --- the frame -----------------------------------------------------------------------------------

LOOKS = {
    "page": "page",
    "page-dark": "page, dark",
    "mail": "mail",
    "mail-dark": "mail, dark",
    "mail-narrow": "mail on a phone",
    "mail-narrow-dark": "mail on a phone, dark",
    "text": "text",
}
"""The looks of a preview, with their words."""


def frame(request: AdminRequest, name: str, key: str) -> Response:
    """Return a kept preview as a page, a mail or a text, for the frame."""
    draft = request.service.admin.drafts.get(key)
    if draft is None or draft.digest.name != name:
        raise HTTPException(404)
    look = request.asked("look", "page")
    kind = look.partition("-")[0]
    if kind not in ("page", "mail", "text"):
        raise HTTPException(404)
    edition = draft.change.edition
    if kind == "text":
        body = pipeline.render_edition(
            draft.config, request.store, draft.digest, edition, "text"
        ).body
        return _framed(body, "text/plain; charset=utf-8", "default-src 'none'")
    if kind == "mail":
        letter = sample_letter(draft.config, request.store, draft.digest, edition)
        body = _colored(letter.html.encode("utf-8", "replace"), dark=look.endswith("-dark"))
        shown = "img-src http: https: data:; " if edition.images else ""
        return _framed(
            body,
            "text/html; charset=utf-8",
            f"default-src 'none'; {shown}style-src 'unsafe-inline'",
        )
    page = pipeline.render_edition(draft.config, request.store, draft.digest, edition, "html")
    body = _colored(page.body, dark=look.endswith("-dark"))
    hashes = " ".join(
        f"'sha256-{b64encode(sha256(style).digest()).decode()}'" for style in _STYLE.findall(body)
    )
    shown = "img-src http: https: data:" if edition.images else "img-src data:"
    return _framed(
        body,
        "text/html; charset=utf-8",
        f"default-src 'none'; {shown}; style-src {hashes or chr(39) + 'none' + chr(39)}",
    )


def _colored(body: bytes, *, dark: bool) -> bytes:
    """Return a page that is light or dark whatever the browser prefers."""
    body = _DARK.sub(b"@media all" if dark else b"@media not all", body)
    scheme = b"dark" if dark else b"light"
    return body.replace(b"color-scheme:light dark", b"color-scheme:" + scheme).replace(
        b'content="light dark"', b'content="' + scheme + b'"'
    )


def _framed(body: bytes, media_type: str, policy: str) -> Response:
    """Return a document that only our own pages may frame; no script runs in it."""
    closed = "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
    headers = {
        "content-type": media_type,
        "content-security-policy": f"{policy}; {closed}",
        "x-frame-options": "SAMEORIGIN",
    }
    return pages.sealed(Response(body, headers=headers))


# --- what is done at once ------------------------------------------------------------------------


def test(request: AdminRequest, name: str) -> Response:
    """Send the next edition, as saved, to one address."""
    digest = _digest(request.config, name)
    back = f"digests/{name}"
    try:
        recipient = mail_addresses.parse(request.sent("to").strip())
    except ValueError as error:
        return pages.redirect(request, back, f"No test was sent: {error}")
    route = next(
        (
            MailRoute(digest=digest, channel=channel, settings=settings)
            for channel, settings in digest.channels.items()
            if isinstance(settings, MailSettings)
        ),
        None,
    )
    if route is None:
        return pages.redirect(request, back, "No test was sent: it has no channel for mail.")
    edition = pipeline.preview(request.config, request.store, request.now, digest)
    if not edition.sections:
        return pages.redirect(request, back, "No test was sent: it has no story now.")
    letter = sample_letter(request.config, request.store, digest, edition)
    finding = send(request.store, route, letter, recipient, request.now)
    notice = " ".join(filter(None, (finding.what, finding.advice)))
    return pages.redirect(request, back, notice)


def publish(request: AdminRequest, name: str) -> Response:
    """Make an edition now, of the saved settings, and deliver it in the background."""
    digest = _digest(request.config, name)
    config, store, now = request.config, request.store, request.now
    queued = request.service.send(
        lambda: pipeline.publish(config, store, now, only=[digest], force=True)
    )
    notice = (
        "The edition is being made and delivered; the list of editions shows it when it is done."
        if queued
        else "Nothing was published: too much is waiting already. Try again in a minute."
    )
    return pages.redirect(request, f"digests/{name}", notice)


def _digest(config: Config, name: str) -> Digest:
    found = next((digest for digest in config.digests if digest.name == name), None)
    if found is None:
        raise HTTPException(404)
    return found


ROUTES = (
    AdminRoute(path="/digests", page=listing, nav="digests"),
    AdminRoute(
        path="/digests/{name:digest_name}", page=show, methods=("GET", "POST"), nav="digests"
    ),
    AdminRoute(path="/digests/{name:digest_name}/preview/{key}", page=frame, nav="digests"),
    AdminRoute(path="/digests/{name:digest_name}/test", page=test, methods=("POST",)),
    AdminRoute(path="/digests/{name:digest_name}/publish", page=publish, methods=("POST",)),
)
