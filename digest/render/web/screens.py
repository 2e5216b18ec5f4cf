"""Make the web pages that are no edition: start, search, sign-up, unsubscribing, approval, errors.

The pages look like editions and hold no script.  Every value is escaped, and values within a
sentence are isolated from its writing direction.
"""

from __future__ import annotations

from dataclasses import replace

from markupsafe import Markup

from digest.model import Rendition, Site
from digest.model.pages import (
    ApprovalForm,
    ChoicesForm,
    Frame,
    Hit,
    ListedDigest,
    Notice,
    Screen,
    Search,
    SignUp,
    Start,
)
from digest.render.templating import clean, templates
from digest.render.web.approval import SLOT
from digest.render.words.translate import Words, iso, speak
from digest.text.direction import direction


def render(screen: Screen, frame: Frame) -> Rendition:
    frame = replace(
        frame,
        title=clean.text(frame.title).strip() or "…",
        digest_title=clean.text(frame.digest_title).strip() or frame.digest,
    )
    words = speak(frame.language, frame.timezone)

    def say(key: str, **values: str) -> Markup:
        isolated = {name: Markup("<bdi>{}</bdi>").format(value) for name, value in values.items()}
        return Markup(words.say(key, **isolated))  # noqa: S704 - the words are our own

    name, names = _template_of(screen, words)
    values = {
        "site": frame,
        "words": words,
        "say": say,
        "direction": direction,
        "iso": iso,
        **names,
    }
    page = templates.fill(f"web/{name}.html", frame, values)
    return Rendition(media_type="text/html; charset=utf-8", body=page.encode())


def _template_of(screen: Screen, words: Words) -> tuple[str, dict[str, object]]:
    """Return the template of a screen and the values of its own."""
    match screen:
        case Start():
            return "home", {
                "digests": list(map(_offer, screen.digests)),
                "links": screen.feeds,
                "search": screen.search,
                "home": screen.home,
                "image": screen.home and screen.image,
            }
        case SignUp():
            return "subscribe", {
                "written": clean.text(screen.written),
                "wrong": screen.wrong,
                "name": clean.text(screen.name),
                "name_wrong": screen.name_wrong,
                "foreign": screen.foreign,
            }
        case Search():
            return "search", {
                "asked": clean.text(screen.words).strip(),
                "hits": list(map(_hit, screen.hits)),
                "older": screen.older,
            }
        case ChoicesForm():
            offered = tuple(
                replace(digest, title=clean.text(digest.title).strip() or digest.name)
                for digest in screen.digests
            )
            form = replace(screen, name=clean.text(screen.name))
            return "choices", {"form": form, "offered": offered}
        case ApprovalForm():
            return "approval", _approval(screen, words)
        case Notice():
            return "notice", {"notice": screen}


def _approval(form: ApprovalForm, words: Words) -> dict[str, object]:
    moment = form.goes_at and form.goes_at.astimezone(words.zone)
    return {
        "edition": form.edition,
        "deadline": moment.strftime(SLOT) if moment else "",
        "revision": form.revision,
        "whole": form.whole,
        "changed": form.changed,
        "stories": sum(len(section.stories) for section in form.edition.sections),
    }


def _offer(offer: ListedDigest) -> ListedDigest:
    listed = tuple(map(clean.outline, offer.editions))
    title = clean.text(offer.title).strip() or offer.name
    description = clean.text(offer.description).strip()
    return replace(offer, title=title, editions=listed, description=description)


def _hit(hit: Hit) -> Hit:
    return replace(hit, digest_title=clean.text(hit.digest_title).strip() or hit.digest)


def signup_form(site: Site) -> str:
    """Return an HTML form for pages of another site; it has no styles of its own."""
    words = speak(site.language, site.timezone)
    return templates.fill("web/form.html", site, {"site": site, "words": words})
