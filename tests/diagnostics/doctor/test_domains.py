"""What the world can look up about a sender, and what is said about it."""

from __future__ import annotations

import pytest

from digest.deliver import MailSettings
from digest.diagnostics.doctor import Finding
from digest.diagnostics.doctor.dns import NoDnsAnswerError
from digest.diagnostics.doctor.domains import dkim, is_public, look_up
from digest.diagnostics.doctor.route import MailRoute
from digest.model import Digest

SPF = ("v=spf1 include:relay.net -all",)
GOOD = {
    ("digest.news", "TXT"): ("google-site-verification=x", *SPF),
    ("_dmarc.digest.news", "TXT"): ("v=DMARC1; p=reject",),
    ("digest.news", "MX"): ("10 mx2.relay.net.", "5 mx1.relay.net."),
}
Records = dict[tuple[str, str], tuple[str, ...]]
DIGEST = Digest(
    name="daily", title="Daily", schedule="0 7 * * *", timezone="UTC", language="en", feeds=()
)
WAY = MailRoute(digest=DIGEST, channel="smtp", settings=MailSettings(from_="daily@digest.news"))
NAME = "mail._domainkey.digest.news"


def looked_up(records: Records, author: str = "digest.news", bounces: str | None = None) -> str:
    """What is said, a line each, with a "!" before what is not well."""

    def ask(name: str, type_: str) -> tuple[str, ...]:
        return records.get((name, type_), ())

    return "\n".join(shown(one) for one in look_up(WAY, author, bounces or author, ask))


def shown(one: Finding) -> str:
    advice = f" -> {one.advice}" if one.advice else ""
    return f"{'' if one.ok else '!'}{one.what.removeprefix('daily: smtp: ')}{advice}"


def test_a_domain_that_is_well() -> None:
    assert looked_up(GOOD).splitlines() == [
        "SPF of digest.news: v=spf1 include:relay.net -all",
        "DMARC of digest.news: v=DMARC1; p=reject",
        "From and bounces belong together (digest.news)",
        "bounces to digest.news are accepted by mx1.relay.net, mx2.relay.net",
    ]


@pytest.mark.parametrize(
    ("records", "line"),
    [
        pytest.param((), "!digest.news has no SPF record -> publish what", id="none"),
        pytest.param(("spf1",), "!digest.news has no SPF record", id="no SPF"),
        pytest.param(("v=spf10 -all",), "!digest.news has no SPF record", id="version 10"),
        pytest.param(SPF * 2, "!digest.news has 2 SPF records, which counts", id="two"),
        pytest.param(("v=spf1 +all",), "!digest.news lets anybody send", id="+all"),
        pytest.param(("v=spf1 mx all",), "!digest.news lets anybody send", id="all"),
        pytest.param(("V=SPF1 mx ~all",), "SPF of digest.news: V=SPF1 mx ~all", id="~all"),
        pytest.param(("v=spf1 redirect=all.net",), "SPF of digest.news", id="redirect"),
    ],
)
def test_spf(records: tuple[str, ...], line: str) -> None:
    assert looked_up(GOOD | {("digest.news", "TXT"): records}).startswith(line)


@pytest.mark.parametrize(
    ("records", "line"),
    [
        pytest.param({}, "has no DMARC record -> Gmail, Yahoo and Outlook want", id="none"),
        pytest.param(
            {("_dmarc.digest.news", "TXT"): ("v=DMARC1; p=none",)},
            "DMARC of digest.news: v=DMARC1; p=none",
            id="of the domain above",
        ),
        pytest.param(
            {
                ("_dmarc.digest.news", "TXT"): ("v=DMARC1; p=none",),
                ("_dmarc.daily.digest.news", "TXT"): ("v=DMARC1; p=reject",),
            },
            "DMARC of daily.digest.news: v=DMARC1; p=reject",
            id="its own first",
        ),
        pytest.param(
            {("_dmarc.news", "TXT"): ("v=DMARC1; p=none",)}, "no DMARC record", id="not of all news"
        ),
    ],
)
def test_dmarc(records: Records, line: str) -> None:
    assert line in looked_up(records, author="daily.digest.news")


@pytest.mark.parametrize(
    ("author", "bounces", "policy", "together"),
    [
        ("digest.news", "digest.news", "v=DMARC1; p=none; aspf=s", True),
        ("digest.news", "b.digest.news", "v=DMARC1; p=none", True),
        ("digest.news", "b.digest.news", "v=DMARC1; p=none; aspf=s", False),
        ("digest.news", "b.digest.news", "v=DMARC1; p=none; adkim=s", True),
        ("a.digest.news", "b.digest.news", "v=DMARC1; p=none", True),
        ("digest.news", "relay.net", "v=DMARC1; p=none", False),
        ("digest.news", "otherdigest.news", "v=DMARC1; p=none", False),
    ],
)
def test_from_and_bounces(author: str, bounces: str, policy: str, together: bool) -> None:
    records = GOOD | {("_dmarc.digest.news", "TXT"): (policy,)}
    found = looked_up(records, author, bounces)
    assert ("belong together" in found) == together
    assert ("SPF then says nothing for digest.news" in found) == (not together)


@pytest.mark.parametrize(
    ("records", "line"),
    [
        ({}, "!no server accepts mail for digest.news, so bounces are lost -> set bounces"),
        ({("digest.news", "MX"): ("0 .",)}, "!no server accepts mail for digest.news"),
        (
            {("digest.news", "A"): ("192.0.2.1",)},
            "bounces to digest.news are accepted by digest.news",
        ),
        ({("digest.news", "AAAA"): ("2001:db8::1",)}, "are accepted by digest.news"),
    ],
)
def test_who_takes_bounces(records: Records, line: str) -> None:
    assert line in looked_up(records)


def test_no_answer_is_no_fault() -> None:
    def ask(name: str, type_: str) -> tuple[str, ...]:
        raise NoDnsAnswerError("All nameservers failed.")

    (finding,) = look_up(WAY, "digest.news", "digest.news", ask)
    assert finding.ok
    assert (
        shown(finding)
        == "DNS gave no answer, so its records were not checked (All nameservers failed)"
    )


@pytest.mark.parametrize(
    ("domain", "public"),
    [
        ("digest.news", True),
        ("example.org.uk", True),
        ("latest", False),
        ("news.test", False),
        ("news.example.org", False),
        ("example.com", False),
        ("x.invalid", False),
        ("printer.local", False),
        ("contest.org", True),
    ],
)
def test_names_that_the_world_knows(domain: str, public: bool) -> None:
    assert is_public(domain) == public


@pytest.mark.parametrize(
    ("records", "line"),
    [
        (("v=DKIM1; k=rsa; p=AB CD",), "signs with the key of NAME, as published"),
        (("p=ABCD",), "signs with the key of NAME, as published"),
        (("v=DKIM1; p=XYZ",), "!signs with another key than that of NAME -> publish"),
        (("v=DKIM1; p=",), "!signs with another key than that of NAME -> publish"),
        ((), "!signs with the key of NAME, which is not published -> publish"),
        (None, "signs with the key of NAME, which was not looked up -> publish"),
    ],
)
def test_the_key_we_sign_with(records: tuple[str, ...] | None, line: str) -> None:
    def ask(name: str, type_: str) -> tuple[str, ...]:
        if records is None:
            raise NoDnsAnswerError("no network")
        assert (name, type_) == (NAME, "TXT")
        return records

    found = dkim(WAY, NAME, "v=DKIM1; k=rsa; p=ABCD", ask)
    assert shown(found).startswith(line.replace("NAME", NAME))
    if line.endswith("publish"):
        assert found.advice == f'publish "v=DKIM1; k=rsa; p=ABCD" as TXT of {NAME}'
