"""The server that other tests trust must answer as RFC 9110 says."""

from __future__ import annotations

from http.client import HTTPConnection
from pathlib import Path

import pytest

from support.feedserver import Answer, FeedServer, Raw, etag

BODY = b"<rss/>"
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"


def get(server: FeedServer, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    connection = HTTPConnection(server.host, server.port, timeout=5)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=sent)
    response = connection.getresponse()
    answer = response.status, response.read(), dict(response.headers)
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"If_None_Match": etag(BODY)}, 304),
        ({"If_None_Match": f'"x", {etag(BODY)}'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"x"'}, 200),
        ({"If_None_Match": '"x"', "If_Modified_Since": DATE}, 200),
        ({"If_Modified_Since": DATE}, 304),
        ({"If_Modified_Since": "Fri, 02 Jan 2026 03:04:06 GMT"}, 304),
        ({"If_Modified_Since": "Fri, 02 Jan 2026 03:04:04 GMT"}, 200),
    ],
)
def test_conditions(headers: dict[str, str], status: int) -> None:
    with FeedServer({"/a.xml": BODY}) as server:
        found, body, answered = get(server, "/a.xml?q", **headers)
        assert (found, body) == (status, BODY if status == 200 else b"")
        assert (answered["ETag"], answered["Last-Modified"]) == (etag(BODY), DATE)
        assert server.hits == {"/a.xml?q": 1}


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "a b.atom").write_bytes(BODY)
    (tmp_path / "secret").write_bytes(b"x")
    with FeedServer(tmp_path / "feeds") as server:
        status, body, headers = get(server, "/a%20b.atom")
        assert (status, body, headers["Content-Type"]) == (200, BODY, "application/atom+xml")
        assert get(server, "/a%20b.atom", If_None_Match=headers["ETag"])[0] == 304
        assert get(server, "/../secret")[0] == 404
        assert get(server, "/")[0] == 404


def test_scripted_pages() -> None:
    pages = {
        "/410": Answer(status=410, body=b"gone"),
        "/raw": Raw(pieces=[b"HTTP/1.0 299 x\r\n\r\n"]),
    }
    with FeedServer(pages) as server:
        server.pages["/path"] = lambda request: request.path.encode()
        assert get(server, "/410")[:2] == (410, b"gone")
        assert get(server, "/raw")[0] == 299
        assert get(server, "/path")[1] == b"/path"
        assert get(server, "/else")[0] == 404
