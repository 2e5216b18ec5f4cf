from __future__ import annotations

from ipaddress import ip_address

import pytest

from digest.net.public_addresses import AllowList, special

SPECIAL = {
    "a loopback": ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"],
    "a private": [
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "100.64.0.1",
        "198.18.0.1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "::ffff:10.0.0.1",
    ],
    "a link-local": [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "fe80::1",
        "fe80::1%eth0",
    ],
    "a multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "a reserved": [
        "0.0.0.0",
        "0.1.2.3",
        "192.0.0.1",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "198.51.100.1",
        "203.0.113.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::127.0.0.1",
        "::8.8.8.8",
        "64:ff9b:1::1",
        "100::1",
        "2001:0:7f00:1::",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "4000::1",
    ],
}


@pytest.mark.parametrize(
    ("address", "kind"),
    [(address, kind) for kind, addresses in SPECIAL.items() for address in addresses],
)
def test_no_spelling_of_a_special_address_is_public(address: str, kind: str) -> None:
    assert special(ip_address(address)) == kind


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_public_addresses_pass(address: str) -> None:
    assert special(ip_address(address)) is None


@pytest.mark.parametrize(
    ("entry", "host", "address", "held"),
    [
        pytest.param("10.0.0.5", "10.0.0.5", "10.0.0.5", True, id="an address"),
        pytest.param("10.0.0.5", "nas.example", "10.0.0.5", True, id="an address, by any name"),
        pytest.param("10.0.0.5", "10.0.0.6", "10.0.0.6", False, id="not its neighbor"),
        pytest.param("10.0.0.0/8", "nas.example", "10.9.8.7", True, id="a network"),
        pytest.param("10.0.0.1/8", "nas.example", "10.9.8.7", True, id="a network by its router"),
        pytest.param("10.0.0.0/8", "nas.example", "192.168.0.1", False, id="not another network"),
        pytest.param("10.0.0.0/8", "x", "::ffff:10.9.8.7", True, id="a mapped address of it"),
        pytest.param("[::1]", "::1", "::1", True, id="an IPv6 address in brackets"),
        pytest.param("nas.example", "nas.example", "10.0.0.5", True, id="a name"),
        pytest.param("NAS.example.", "nas.EXAMPLE", "10.0.0.5", True, id="a name in any case"),
        pytest.param("nas.example", "nas.example.", "10.0.0.5", True, id="a name and a dot"),
        pytest.param("nas.example", "evil.nas.example", "10.0.0.5", False, id="not a subdomain"),
        pytest.param("bücher.example", "xn--bcher-kva.example", "10.0.0.5", True, id="an IDN"),
    ],
)
def test_what_the_operator_named_is_held(entry: str, host: str, address: str, held: bool) -> None:
    assert AllowList.parse([entry]).holds(host, ip_address(address)) is held


def test_an_empty_list_holds_nothing() -> None:
    assert not AllowList.parse([]).holds("localhost", ip_address("127.0.0.1"))


@pytest.mark.parametrize(
    "entry", ["", "10.0.0.0/99", "127.0.0.1:8080", "http://nas.example", "a b", "a@b", "a" * 70]
)
def test_what_is_none_of_the_three_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="no host name, address or network"):
        AllowList.parse([entry])
