"""Check the DNS records of the domains in mail.

A message has two domains: the domain of its From, which recipients see, and the domain of its
envelope's sender, to which bounces go.  SPF (RFC 7208) is about the second.  DMARC (RFC 7489) is
about the first, and requires that both belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.diagnostics.doctor.dns import Ask, NoDnsAnswerError
from digest.diagnostics.doctor.finding import Finding
from digest.diagnostics.doctor.route import MailRoute

_RESERVED = re.compile(
    r"[^.]+|(?:.*\.)?(?:test|example|invalid|localhost|local|internal|lan|home\.arpa"
    r"|example\.(?:com|net|org))"
)
"""Names without a dot, and reserved names (RFC 2606, RFC 6762, RFC 8375)."""


_MOST_SHOWN = 200


def is_public(domain: str) -> bool:
    """Say whether `domain` can exist in the public DNS."""
    return not _RESERVED.fullmatch(domain)


def look_up(route: MailRoute, author: str, bounces: str, ask: Ask) -> Iterator[Finding]:
    """Check the domain of From and the domain of the envelope's sender."""
    try:
        yield _spf(route, bounces, ask)
        yield from _dmarc(route, author, bounces, ask)
        yield _mx(route, bounces, ask)
    except NoDnsAnswerError as error:
        reason = _short(str(error)).rstrip(".")
        yield route.well(f"DNS gave no answer, so its records were not checked ({reason})")


def _spf(route: MailRoute, domain: str, ask: Ask) -> Finding:
    found = [text for text in ask(domain, "TXT") if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]
    if not found:
        return route.ill(
            f"{domain} has no SPF record",
            f"publish what your relay's manual says as TXT of {domain}, such as "
            '"v=spf1 include:RELAY ~all"',
        )
    if len(found) > 1:
        return route.ill(
            f"{domain} has {len(found)} SPF records, which counts as none",
            "merge them into one",
        )
    if re.search(r" \+?all\b", found[0], re.IGNORECASE):
        return route.ill(
            f"{domain} lets anybody send mail in its name: {_short(found[0])}",
            'end its SPF record with "~all" or "-all"',
        )
    return route.well(f"SPF of {domain}: {_short(found[0])}")


def _dmarc(route: MailRoute, author: str, bounces: str, ask: Ask) -> Iterator[Finding]:
    owner, record = _policy(author, ask)
    if record is None:
        yield route.well(
            f"{author} has no DMARC record",
            "Gmail, Yahoo and Outlook want one from large senders: publish "
            f'"v=DMARC1; p=none" as TXT of _dmarc.{author}',
        )
    else:
        yield route.well(f"DMARC of {owner}: {_short(record)}")
    strict = record is not None and _tag(record, "aspf") == "s"
    if author == bounces or (not strict and _belong(author, bounces, owner)):
        yield route.well(f"From and bounces belong together ({bounces})")
    elif getattr(route.settings, "dkim_selector", None):
        yield route.well(f"From is at {author}, for which we sign, and bounces go to {bounces}")
    else:
        yield route.well(
            f"From is at {author} and bounces go to {bounces}",
            f"SPF then says nothing for {author}: let the relay sign with DKIM for it, or "
            "set bounces to an address there",
        )


def dkim(route: MailRoute, name: str, record: str, ask: Ask | None) -> Finding:
    """Check whether the public key is published; without `ask`, name the record to publish."""
    advice = f'publish "{record}" as TXT of {name}'
    if ask is None:
        return route.well(f"signs with the key of {name}", advice)
    try:
        found = [_key(text) for text in ask(name, "TXT")]
    except NoDnsAnswerError:
        return route.well(f"signs with the key of {name}, which was not looked up", advice)
    if _key(record) in found:
        return route.well(f"signs with the key of {name}, as published")
    if found:
        return route.ill(f"signs with another key than that of {name}", advice)
    return route.ill(f"signs with the key of {name}, which is not published", advice)


def _key(record: str) -> str | None:
    return re.sub(r"\s", "", _tag(record, "p") or "") or None


def _policy(domain: str, ask: Ask) -> tuple[str, str | None]:
    """Return the DMARC record of `domain`, or of the nearest domain above it, with its domain."""
    name = domain
    while name.count("."):
        found = [text for text in ask(f"_dmarc.{name}", "TXT") if text.startswith("v=DMARC1")]
        if len(found) == 1:
            return name, found[0]
        name = name.partition(".")[2]
    return domain, None


def _tag(record: str, name: str) -> str | None:
    tags = (part.partition("=") for part in record.split(";"))
    return next((value.strip() for tag, _, value in tags if tag.strip() == name), None)


def _belong(author: str, bounces: str, owner: str) -> bool:
    """Say whether two domains belong to one owner, judged by the names and the DMARC record."""
    return any(
        lower == upper or lower.endswith(f".{upper}")
        for lower, upper in ((author, bounces), (bounces, author), (bounces, owner))
    )


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def _mx(route: MailRoute, domain: str, ask: Ask) -> Finding:
    hosts = [text.rpartition(" ")[2].rstrip(".") for text in ask(domain, "MX")]
    if any(hosts) or (not hosts and (ask(domain, "A") or ask(domain, "AAAA"))):
        named = _short(", ".join(sorted(filter(None, hosts))) or domain)
        return route.well(f"bounces to {domain} are accepted by {named}")
    return route.ill(
        f"no server accepts mail for {domain}, so bounces are lost",
        "set bounces to an address that you read",
    )
