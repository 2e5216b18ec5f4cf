"""Questions to a name server, a loopback one that we run."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import dns.message
import dns.rcode
import dns.rrset
import pytest

from digest.diagnostics.doctor import dns as _dns

RECORDS = {
    ("digest.news.", "TXT"): ('"v=spf1 " "-all"', '"caf\\195\\169"'),
    ("digest.news.", "MX"): ("10 mx.relay.net.",),
}
REFUSED = "refused.news."


@contextmanager
def server() -> Iterator[int]:
    """Answer from `RECORDS`; know other names of digest.news without records, and no others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))

        def run() -> None:
            while True:
                data, address = listening.recvfrom(4096)
                if not data:
                    return
                query = dns.message.from_wire(data)
                answer = dns.message.make_response(query)
                (question,) = query.question
                name, type_ = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
                if found := RECORDS.get((name, type_)):
                    answer.answer.append(dns.rrset.from_text(name, 60, "IN", type_, *found))
                elif name == REFUSED:
                    answer.set_rcode(dns.rcode.REFUSED)
                elif name != "digest.news.":
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                listening.sendto(answer.to_wire(), address)

        thread = Thread(target=run, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        try:
            yield port
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", port))
            thread.join()


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("digest.news", "TXT", ("café", "v=spf1 -all")),
        ("digest.news", "MX", ("10 mx.relay.net.",)),
        ("digest.news", "A", ()),
        ("nobody.news", "TXT", ()),
    ],
)
def test_what_is_found(name: str, type_: str, expected: tuple[str, ...]) -> None:
    with server() as port:
        found = _dns.ask(name, type_, servers=("127.0.0.1",), port=port)
        assert tuple(sorted(found)) == expected  # servers give them in any order


@pytest.mark.parametrize("name", ["refused.news", "x" * 64, "a..b"])
def test_what_is_no_answer(name: str) -> None:
    with server() as port, pytest.raises(_dns.NoDnsAnswerError):
        _dns.ask(name, "TXT", servers=("127.0.0.1",), port=port)
