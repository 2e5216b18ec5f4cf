"""Find out who sent a request: by a signed cookie, or by the header of a trusted proxy."""

from __future__ import annotations

from ipaddress import ip_address

from digest.store.secrets import secret
from digest.web.admin.login import cookie_name, cookies
from digest.web.admin.password import stored_hash
from digest.web.admin.sessions import Session, Signatures
from digest.web.request_origin import host_name, is_loopback, networks
from digest.web.service import PageRequest, Service


def signatures_of(service: Service) -> Signatures:
    """Return the signatures by the present password; raise DigestError if it cannot be read."""
    known = service.admin.secret
    if not known:
        with service.store.write() as connection:
            known.append(secret(connection))
    return Signatures.of(known[0], stored_hash(service.config().root), service.clock())


def session_of(service: Service, http: PageRequest, signatures: Signatures) -> Session | None:
    """Return the session of a request; ``None`` if nobody is logged in."""
    settings = service.config().web.admin
    if settings is None:
        return None
    if user := proxy_user(service, http):
        return Session(id=f"proxy {user}", user=user, by_proxy=True)
    cookie = cookies(http).get(cookie_name(service))
    session = signatures.session(cookie, settings.session) if cookie else None
    if session is None or session.id in service.admin.ended:
        return None
    return session if stored_hash(service.config().root) else None


def proxy_user(service: Service, http: PageRequest) -> str | None:
    """Return the operator that the header of a proxy in ``web.proxies`` names.

    This machine is not trusted by itself: any of its users could send the header.
    """
    web = service.config().web
    if web.admin is None or web.admin.proxy_header is None:
        return None
    try:
        peer = ip_address(http.peer or "")
    except ValueError:
        return None
    peer = getattr(peer, "ipv4_mapped", None) or peer
    if not any(peer in network for network in networks(web.proxies)):
        return None
    values = [value.strip() for value in http.headers.getlist(web.admin.proxy_header)]
    if len(values) != 1 or not values[0].isprintable() or len(values[0]) > 200:
        return None
    return values[0] or None


def is_own_form(service: Service, http: PageRequest) -> bool:
    """Say whether a form was sent by a page of our own.

    At least one of Sec-Fetch-Site and Origin must say so, and none of them anything else.
    """
    site, origin = http.headers.getlist("sec-fetch-site"), http.headers.getlist("origin")
    if not site and not origin:
        return False
    own = _own_origins(service, http.headers.get("host", ""))
    return all(value == "same-origin" for value in site) and all(
        value.lower() in own for value in origin
    )


def _own_origins(service: Service, host: str) -> set[str]:
    from urllib.parse import urlsplit

    url = service.config().web.url
    own = {f"http://{host}".lower()} if is_loopback(host_name(host) or "") else set()
    if url:
        parts = urlsplit(url)
        own.add(f"{parts.scheme}://{parts.netloc}".lower())
    return own
