"""Decide which network addresses are public, and why others are not.  PURE.

The tables are our own because `ipaddress.is_global` calls multicast, site-local, NAT64 and 6to4
addresses global, and differs between versions of Python (IANA special-purpose registries,
RFC 6890).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)

from digest.net.url_parts import ascii_host

Address = IPv4Address | IPv6Address

_SPECIAL_V4 = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "a reserved"),
        ("10.0.0.0/8", "a private"),
        ("100.64.0.0/10", "a private"),
        ("127.0.0.0/8", "a loopback"),
        ("169.254.0.0/16", "a link-local"),
        ("172.16.0.0/12", "a private"),
        ("192.0.0.0/24", "a reserved"),
        ("192.0.2.0/24", "a reserved"),
        ("192.88.99.0/24", "a reserved"),
        ("192.168.0.0/16", "a private"),
        ("198.18.0.0/15", "a private"),
        ("198.51.100.0/24", "a reserved"),
        ("203.0.113.0/24", "a reserved"),
        ("224.0.0.0/4", "a multicast"),
        ("240.0.0.0/4", "a reserved"),
    )
)
_SPECIAL_V6 = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::1/128", "a loopback"),
        ("fc00::/7", "a private"),
        ("fe80::/10", "a link-local"),
        ("fec0::/10", "a private"),
        ("ff00::/8", "a multicast"),
        ("2001::/23", "a reserved"),  # Teredo, ORCHID, benchmarking
        ("2001:db8::/32", "a reserved"),
        ("2002::/16", "a reserved"),  # 6to4, given up by RFC 7526
        ("3fff::/20", "a reserved"),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")


def special(address: Address) -> str | None:
    """Return the kind of a special address, with its article; `None` for a public address.

    >>> special(IPv6Address("::ffff:127.0.0.1"))
    'a loopback'
    """
    address = embedded(address)
    for network, kind in _SPECIAL_V4 if isinstance(address, IPv4Address) else _SPECIAL_V6:
        if address in network:
            return kind
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return "a reserved"
    return None


def embedded(address: Address) -> Address:
    """Return the IPv4 address that a mapped or NAT64 IPv6 address contains, else `address`."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowList:
    """The private hosts that the operator has named."""

    names: frozenset[str] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> AllowList:
        """Read names, addresses and networks; raise `ValueError` for any other entry."""
        names, networks = set(), []
        for entry in entries:
            try:
                networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                names.add(_name(entry))
        return cls(names=frozenset(names), networks=tuple(networks))

    def names_host(self, host: str) -> bool:
        """Return whether `host` itself is named here."""
        return host.lower().rstrip(".") in self.names

    def holds(self, host: str, address: Address) -> bool:
        """Return whether `host`, found at `address`, is named here."""
        if self.names_host(host):
            return True
        forms = {address, embedded(address)}
        return any(form in network for network in self.networks for form in forms)


def _name(entry: str) -> str:
    problem = f"allow_hosts: {entry!r} is no host name, address or network"
    if "*" in entry:
        raise ValueError(
            f"{problem}: no character stands for any other here; "
            'name each host, or a network such as "10.0.0.0/8"'
        )
    if not entry or any(character in "/:@[]?# \t\n" for character in entry):
        raise ValueError(problem)
    if entry.rpartition(".")[2].isdecimal():  # a browser, too, takes this for an address
        raise ValueError(f'{problem}; an address has four numbers, and a network is "10.0.0.0/8"')
    name = ascii_host(entry)
    if name and max(map(len, name.split("."))) < 64:  # RFC 1035, 2.3.4
        return name
    raise ValueError(problem)
