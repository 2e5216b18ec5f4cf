"""Full text: what is a teaser, what a page says, and the pages of a whole run over loopback."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest import pipeline
from digest.errors import ConfigError
from digest.model import Document, Entry, Markup, ParsedEntry
from digest.normalize import fulltext
from digest.normalize.fulltext import safe_html
from digest.store import entries
from support.feedserver import Answer, FeedServer, Raw
from support.house import NOW, House, item, rss

PARAGRAPHS = (
    "Drop the softmax, and attention is three matrices in a row that may be multiplied from either"
    " end, so that the cost of a long text grows with its length and not with its square.",
    "The catch is the kernel: with the exponential linear unit plus one the weights stay positive,"
    " but they no longer pick one token sharply out of many that are almost as good.",
    "On copying tasks the linear model needs twice the width before it gets as far as the model"
    " with a softmax, and on long documents it forgets the names of people first.",
    "Whoever has short texts and a large budget may leave all as it is; whoever reads books to a"
    " model will want to try both, and to look at more than a single number.",
)
TEASER = PARAGRAPHS[0][:120] + "…"
LONG = " ".join(f"{PARAGRAPHS[number % 4]} ({number})" for number in range(12))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=2)


def page(*more: str, head: str = "", title: str = "On attention") -> bytes:
    """A page as sites make them: its text in the middle of much else."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return (
        f"<!doctype html><html lang=en><head><title>{title} - Notes</title>{head}</head><body>"
        "<nav><ul><li><a href=/>Home</a><li><a href=/about>About</a></ul></nav>"
        f"<main><article><h1>{title}</h1>{text}{''.join(more)}</article></main>"
        "<aside><p>Subscribe to our newsletter, it is free.</p></aside>"
        "<footer><p>All rights reserved by the Notes.</p></footer></body></html>"
    ).encode()


def entry(text: str = TEASER, *, html: bool = True, title: str = "On attention") -> ParsedEntry:
    return ParsedEntry(
        title=Markup(value=title), summary=Markup(value=text, html=html) if text else None
    )


def document(body: bytes, media_type: str | None = "text/html; charset=utf-8") -> Document:
    return Document(url="https://example.org/a/1", media_type=media_type, body=body)


def filled(body: bytes, teaser: str = TEASER) -> str:
    """The HTML that the page gives the entry."""
    result = fulltext.fill(entry(teaser), document(body))
    assert isinstance(result, ParsedEntry), result
    assert result.content is not None
    assert result.summary is None
    assert result.content.base == "https://example.org/a/1"
    return result.content.value


# --- teasers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing at all"),
        pytest.param(TEASER, id="a few lines"),
        pytest.param(f"<p>{LONG} […]</p>", id="a long text that ends in an ellipsis"),
        pytest.param(f"<p>{LONG}</p><p><a href='/x'>Read more</a></p>", id="read more"),
        pytest.param(f"{LONG} <a>Continue reading On attention →</a>", id="with the title"),
        pytest.param(f"{LONG} <a>Weiterlesen »</a>", id="in German"),
        pytest.param(f"{LONG}<br>阅读全文", id="in Chinese"),
    ],
)
def test_a_teaser(text: str) -> None:
    assert fulltext.is_teaser(entry(text))


@pytest.mark.parametrize(
    ("text", "verbatim"),
    [
        pytest.param(f"<p>{LONG}</p>", False, id="a whole text"),
        pytest.param(f"{LONG} Those who want to read more… will.", False, id="words of the text"),
        pytest.param(f"{LONG} The post On attention appeared first on Notes.", False, id="source"),
        pytest.param("短い。", True, id="a finished excerpt"),
    ],
)
def test_no_teaser(text: str, verbatim: bool) -> None:
    one = ParsedEntry(content=Markup(value=text, html=True), verbatim=verbatim)
    assert not fulltext.is_teaser(one)


# --- pages ---------------------------------------------------------------------------------------


def test_the_text_without_its_frame() -> None:
    html = filled(page())
    assert all(paragraph in html for paragraph in PARAGRAPHS)
    assert "newsletter" not in html
    assert "rights reserved" not in html


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param(
            '<p>It is <script type="math/tex">x_i < 3</script> here.</p>',
            r"It is \(x_i &lt; 3\) here.",
            id="MathJax 2",
        ),
        pytest.param(
            '<p>So</p><script type="math/tex; mode=display">a = b</script><p>holds.</p>',
            r"\[a = b\]",
            id="MathJax 2, displayed",
        ),
        pytest.param(
            '<p>It is <span class="katex"><span class="katex-mathml"><math><semantics><mi>n</mi>'
            '<annotation encoding="application/x-tex">n^2</annotation></semantics></math></span>'
            '<span class="katex-html" aria-hidden="true"><span>n2</span></span></span> here.</p>',
            r"It is \(n^2\) here.",
            id="KaTeX, once",
        ),
        pytest.param(
            '<p>It is <span class="MathJax_Preview">n2</span><span class="MathJax">n2</span>'
            '<script type="math/tex">n^2</script> here.</p>',
            r"It is \(n^2\) here.",
            id="MathJax 2, with what it drew",
        ),
        pytest.param(r"<p>It is \(n^2\) here.</p>", r"It is \(n^2\) here.", id="TeX in the text"),
        pytest.param(
            "<pre><code>def f(x):\n    return x &lt; 3\n</code></pre>",
            "def f(x):\n    return x &lt; 3\n",
            id="code, its lines kept",
        ),
        pytest.param(
            '<pre>$ digest check<br>$ <span class="k">digest</span> run</pre>',
            "<pre>$ digest check\n$ digest run</pre>",
            id="code that does not look like it",
        ),
        pytest.param(
            "<p>Say <code>digest run</code> now.</p>", "<code>digest run</code>", id="words"
        ),
        pytest.param(
            "<ol><li>Measure the thing.<li>Cut it then.</ol>",
            "<ol><li>Measure the thing.</li><li>Cut it then.</li></ol>",
            id="a numbered list",
        ),
        pytest.param(
            "<table><tr><th>size<th>time<tr><td>10<td>3 s</table>",
            "<tr><td>10</td><td>3 s</td></tr>",
            id="a table",
        ),
        pytest.param(
            "<p>See <a href='/b?c=1&amp;d=2'>the other text</a>.</p>",
            '<a href="https://example.org/b?c=1&amp;d=2">the other text</a>',
            id="a link",
        ),
        pytest.param("<p>One <b>bold</b> word.</p>", "<strong>bold</strong>", id="emphasis"),
        pytest.param("<h2>What now?</h2><p>Nothing.</p>", "<h2>What now?</h2>", id="a heading"),
    ],
)
def test_what_survives(written: str, kept: str) -> None:
    assert kept in filled(page(written))


@pytest.mark.parametrize(
    ("teaser", "why"),
    [
        pytest.param(LONG[:900], "the page says no more than the feed", id="nearly as long"),
        pytest.param(
            "Seven recipes with rhubarb that grandmother would have liked, and two of her own.",
            "the page tells something else",
            id="another story",
        ),
        pytest.param(
            "七道奶奶喜欢的大黄食谱，以及她自己的两道。", "the page tells something else", id="CJK"
        ),
    ],
)
def test_a_page_that_does_not_fit(teaser: str, why: str) -> None:
    assert fulltext.fill(entry(teaser, title="Rhubarb season"), document(page())) == why


def test_a_title_stands_in_for_a_missing_teaser() -> None:
    assert isinstance(fulltext.fill(entry("", title="On attention"), document(page())), ParsedEntry)
    assert isinstance(fulltext.fill(entry("", title="Rhubarb season"), document(page())), str)
    assert isinstance(fulltext.fill(ParsedEntry(), document(page())), str)


def test_a_summary_in_other_words() -> None:
    teaser = "Attention without a softmax: the kernel keeps weights positive, the cost grows less."
    assert PARAGRAPHS[3] in filled(page(), teaser)


def test_chinese() -> None:
    lines = (
        "去掉归一化之后，注意力变成三个矩阵相乘，可以从任意一端开始计算。",
        "代价是核函数：权重仍为正，却不再能准确挑出某一个词。",
        "在复制任务上，线性模型需要两倍的宽度才能赶上原来的模型，长文档里最先忘记的是人名。",
    )
    body = f"<html><body><article>{''.join(f'<p>{line}</p>' for line in lines)}</article></body>"
    result = fulltext.fill(entry(lines[0]), document(body.encode("gbk"), "text/html; charset=gbk"))
    assert isinstance(result, ParsedEntry)
    assert result.content is not None
    assert lines[2] in result.content.value


@pytest.mark.parametrize(
    "wish", ["noarchive", "index, NOSNIPPET", "max-image-preview:large, noarchive"]
)
def test_a_page_that_asks_not_to_be_copied(wish: str) -> None:
    body = page(head=f'<META NAME="Robots" content="{wish}">')
    assert fulltext.fill(entry(), document(body)) == "the page asks not to be copied (noarchive)"


def test_other_wishes_are_not_about_us() -> None:
    assert filled(page(head='<meta name="robots" content="noindex, max-snippet:-1">'))


@pytest.mark.parametrize(
    ("media_type", "taken"),
    [
        (None, True),
        ("application/xhtml+xml", True),
        ("TEXT/HTML", True),
        ("application/pdf", False),
    ],
)
def test_media_types(media_type: str | None, taken: bool) -> None:
    result = fulltext.fill(entry(), document(page(), media_type))
    assert isinstance(result, ParsedEntry) is taken


# --- hostile pages -------------------------------------------------------------------------------

TEXT = PARAGRAPHS[0]
HOSTILE = {
    "nothing": b"",
    "NUL bytes": b"\0" * 1_000_000,
    "all bytes": bytes(range(256)) * 4_000,
    "1 MB of divs": b"<div>" * 200_000,
    "1 MB of <": b"<" * 1_000_000,
    "1 MB of &": b"&" * 1_000_000,
    "spaces": b"<p>" + b" \n" * 500_000,
    "one tag of 100,000 attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)),
    "and with > in each": b"<p " + b" ".join(b'a%d=">"' % n for n in range(100_000)) + b">",
    "open quotes": b"<a b='\"" * 140_000,
    "open comments": b"<!--" * 250_000,
    "open scripts": b"<script>" * 125_000,
    "scripts": b"<script>alert(1)</script>" * 40_000,
    "lists in lists": (b"<ul><li>x " * 120 + b"</ul>" * 120) * 80,
    "tables in tables": (b"<table><tr><td>" * 60 + TEXT.encode() + b"</table>" * 60) * 60,
    "many paragraphs": "".join(f"<p>{n} {TEXT}" for n in range(50_000)).encode(),
    "many bold words": f"<p>{f'<span><b>{TEXT}</b></span>' * 50_000}".encode(),
    "short lines": b"<div><h2>x</h2>x<br>" * 50_000,
    "5 MB behind the text": page() + b"x" * 5_000_000,
    "lone surrogates": page("&#xd800;", "<p>&#xdfff;&#1114112;"),
    "half a page": page()[:-400],
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_pages(body: bytes) -> None:
    begun = time.process_time()
    result = fulltext.fill(entry(), document(body))
    assert time.process_time() - begun < 5
    assert isinstance(result, str | ParsedEntry)
    if isinstance(result, ParsedEntry):
        assert result.content is not None
        assert len(result.content.value) < 2 * safe_html.MOST_CHARS


_SIGNS = (
    '<p>|</p>|<div>|</div>|<html class="katex-html">|<body class="katex-html">|<head>|</head>|<pre>'
    "|</pre>|<code>|<td class=gutter>|<ul>|<li>|<dl>|<dd>|<a href=|<img src=x>|<br>|<title>"
    "|</title>|<script>|</script>|<!--|-->|<math>|<annotation encoding=application/x-tex>|<form>"
    "|<frameset>|<span class=MathJax>|<table>|<tr>|</body>|</html>|<p/|<|>|&|'|\"|=|/|&#xd800;|&#0;"
    "|\ud800|\0|字"
)
_PIECES = st.sampled_from(_SIGNS.split("|"))


@settings(deadline=None)
@given(st.lists(_PIECES | st.text(max_size=20) | st.just(PARAGRAPHS[0]), max_size=30))
def test_any_page_gives_an_entry_or_a_reason(pieces: list[str]) -> None:
    body = " ".join(pieces).encode("utf-8", "surrogatepass")
    result = fulltext.fill(entry(), document(body))
    assert isinstance(result, ParsedEntry) or result


def test_scripts_are_gone_however_they_are_written() -> None:
    html = filled(
        page(
            "<script>alert('</p>')</script>",
            "<SCRIPT SRC=//example.com/x.js></SCRIPT >",
            "<style>p { color: red }</style>",
            "<p>Kept <!-- <p>comment --> word.</p>",
            "<p>1 < 2 and <3 hearts.</p>",
        )
    )
    assert "script" not in html.lower()
    assert "alert" not in html
    assert "color" not in html
    assert "comment" not in html
    assert "1 &lt; 2 and &lt;3 hearts." in html


# --- the whole way -------------------------------------------------------------------------------


class Blog:
    """A feed of teasers and their pages, and the house that reads it."""

    def __init__(self, folder: Path, server: FeedServer) -> None:
        self.server = server
        self.house = House(folder, [])
        self.subscribe()

    def subscribe(self, more: str = "fulltext = true", *, fetch: str = "") -> None:
        self.house.file.write_text(
            f'[fetch]\ninterval = "1h"\nallow_hosts = ["127.0.0.1"]\n{fetch}\n[[feeds]]\n'
            f'url = "{self.server.url("/feed.xml")}"\n{more}\n'
            '[digests.daily]\nschedule = "0 7 * * *"\n'
            '[digests.daily.deliver.files]\npath = "out"\n'
        )

    def publish(self, *ids: str, text: str = TEASER, link: str | None = None) -> None:
        """Put entries into the feed, each with a page unless it has one."""
        self.server.pages["/feed.xml"] = rss(
            item(id, title="On attention", link=link or self.server.url(f"/{id}"), text=text)
            for id in ids
        )
        for id in ids:
            self.server.pages.setdefault(f"/{id}", page_of(page()))

    def refresh(self, after: timedelta = timedelta()) -> pipeline.Refreshed:
        with self.house.store() as store:
            return pipeline.refresh(self.house.config, store, NOW + after)

    def entry(self, uid: str = "one") -> Entry:
        with self.house.store() as store, store.read() as connection:
            (found,) = entries.find(connection, uid)
            assert found.id is not None
            return found

    def text(self, uid: str = "one") -> str:
        with self.house.store() as store, store.read() as connection:
            (found,) = entries.find(connection, uid)
            assert found.id is not None
            return entries.bodies(connection, [found.id])[found.id].text

    def note(self, uid: str = "one") -> str:
        """What `explain` tells of its full text."""
        notes = [note for note in self.entry(uid).notes if note.startswith("full text: ")]
        assert len(notes) == 1, self.entry(uid).notes
        return notes[0].removeprefix("full text: ")

    def asked(self) -> list[str]:
        """What was asked for beside the feed."""
        return [one.path for one in self.server.requests if one.path != "/feed.xml"]


def page_of(body: bytes) -> Answer:
    return Answer(headers={"Content-Type": "text/html; charset=utf-8"}, body=body)


@pytest.fixture
def blog(tmp_path: Path) -> Iterator[Blog]:
    with FeedServer({}) as server:
        yield Blog(tmp_path, server)


def test_a_teaser_is_replaced(blog: Blog) -> None:
    blog.publish("one")
    assert blog.refresh().new == 1
    assert blog.note() == "from the page"
    assert blog.text() == "\n".join(PARAGRAPHS)
    assert blog.entry().fingerprint is not None
    assert blog.asked() == ["/robots.txt", "/one"]
    agents = {request.headers["user-agent"] for request in blog.server.requests}
    assert len(agents) == 1
    assert agents.pop().startswith("digest/")


def test_the_second_run_fetches_nothing(blog: Blog) -> None:
    blog.publish("one")
    blog.refresh()
    before = blog.house.dump(without=("feeds",))
    asked = blog.asked()
    blog.refresh(HOUR)
    blog.publish("one", "two")
    blog.refresh(2 * HOUR)
    assert blog.asked() == [*asked, "/robots.txt", "/two"]
    assert before["entries"] == blog.house.dump()["entries"][:1]
    assert blog.text() == "\n".join(PARAGRAPHS)


def test_off_by_default(blog: Blog) -> None:
    blog.subscribe("")
    blog.publish("one")
    blog.refresh()
    assert blog.asked() == []
    assert blog.text() == TEASER
    assert not any(note.startswith("full text") for note in blog.entry().notes)


def test_a_whole_text_is_left_alone(blog: Blog) -> None:
    blog.publish("one", text=LONG)
    blog.refresh()
    assert blog.asked() == []
    assert blog.text() == LONG


def test_a_short_text_that_is_whole_stays(blog: Blog) -> None:
    blog.server.pages["/one"] = page_of(f"<article><p>{PARAGRAPHS[1]}</p></article>".encode())
    blog.publish("one", text=PARAGRAPHS[1])
    blog.refresh()
    assert blog.note() == "the page says no more than the feed"
    assert blog.text() == PARAGRAPHS[1]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(Answer(status=404), "the server answers 404 Not Found", id="404"),
        pytest.param(Raw(end="hang"), "no complete answer within 4 s", id="timeout"),
        pytest.param(Raw(end="reset"), "broke the connection off", id="reset"),
        pytest.param(Answer(body=b"x" * 5_000_000), "the body", id="5 MB"),
        pytest.param(page_of(b"<p>Please log in."), "the page says no more", id="a login"),
        pytest.param(page_of(b"<div>" * 200_000), "no text was found", id="nested"),
        pytest.param(
            Answer(headers={"Content-Type": "application/pdf"}, body=b"%PDF"),
            "the page is application/pdf",
            id="no page",
        ),
        pytest.param(
            Answer(status=302, headers={"Location": "http://10.0.0.1/"}),
            "10.0.0.1",
            id="a redirect to a private address",
        ),
    ],
)
def test_a_page_that_cannot_be_had(blog: Blog, answer: Answer | Raw, why: str) -> None:
    seconds = 4 if "within 4 s" in why else 60
    blog.subscribe("fulltext = true", fetch=f'timeout = "{seconds}s"')
    blog.server.pages["/one"] = answer
    blog.publish("one", "two")
    assert blog.refresh().failed == ()
    assert why in blog.note()
    assert blog.text() == TEASER
    assert blog.note("two") == "from the page"


@pytest.mark.parametrize(
    ("robots", "why"),
    [
        pytest.param(b"User-agent: *\nDisallow: /one", "robots.txt does not allow it", id="all"),
        pytest.param(b"User-agent: Digest\nDisallow: /", "robots.txt does not allow it", id="us"),
        pytest.param(Answer(status=503), "robots.txt cannot be read: ", id="no answer"),
        pytest.param(Answer(status=429), "robots.txt cannot be read: ", id="too many requests"),
        pytest.param(b"User-agent: other\nDisallow: /", None, id="another"),
        pytest.param(b"User-agent: *\nDisallow: /private", None, id="another place"),
        pytest.param(Answer(status=403), None, id="RFC 9309, 2.3.1.3: unavailable allows all"),
    ],
)
def test_robots(blog: Blog, robots: bytes | Answer, why: str | None) -> None:
    blog.server.pages["/robots.txt"] = robots
    blog.publish("one")
    blog.refresh()
    if why is None:
        assert blog.note() == "from the page"
    else:
        assert blog.note().startswith(why)
        assert blog.asked() == ["/robots.txt"]
        assert blog.text() == TEASER


def test_robots_hold_behind_a_redirect(blog: Blog) -> None:
    blog.server.pages["/robots.txt"] = b"User-agent: *\nDisallow: /private"
    blog.server.pages["/private"] = page_of(page())
    blog.server.pages["/one"] = Answer(status=302, headers={"Location": "/private"})
    blog.publish("one")
    blog.refresh()
    assert blog.note() == "robots.txt does not allow it"
    assert blog.text() == TEASER


def test_a_private_address_is_refused(blog: Blog) -> None:
    blog.publish("one", link=f"http://127.0.0.2:{blog.server.port}/one")
    blog.refresh()
    assert "127.0.0.2" in blog.note()
    assert blog.asked() == []
    assert blog.text() == TEASER


def test_a_changed_entry_keeps_its_text_for_a_day(blog: Blog) -> None:
    blog.publish("one")
    blog.refresh()
    blog.publish("one", text=f"{TEASER} Now!")
    assert blog.refresh(HOUR).changed == 1
    assert blog.asked() == ["/robots.txt", "/one"]
    assert blog.text() == "\n".join(PARAGRAPHS)
    assert blog.note() == "from the page"
    blog.server.pages["/one"] = page_of(page("<p>And there is news, of which more below.</p>"))
    blog.publish("one", text=f"{TEASER} Now, too!")
    assert blog.refresh(HOUR + timedelta(days=1)).changed == 1
    assert blog.asked() == ["/robots.txt", "/one"] * 2
    assert blog.text().endswith("And there is news, of which more below.")


def test_a_page_that_is_gone_later_leaves_its_text(blog: Blog) -> None:
    blog.publish("one")
    blog.refresh()
    del blog.server.pages["/one"]
    blog.server.pages["/feed.xml"] = rss(
        [item("one", title="On attention", link=blog.server.url("/one"), text=f"{TEASER} Now!")]
    )
    blog.refresh(timedelta(days=2))
    assert blog.text() == "\n".join(PARAGRAPHS)
    notes = [note for note in blog.entry().notes if note.startswith("full text: ")]
    assert notes == ["full text: the server answers 404 Not Found", "full text: from the page"]


def test_the_backlog_is_not_fetched(blog: Blog) -> None:
    blog.subscribe("fulltext = true\nbackfill = 2")
    blog.publish("one", "two", "three", "four")
    blog.refresh()
    assert sorted(blog.asked()) == ["/one", "/robots.txt", "/two"]


def test_a_few_pages_a_feed_and_two_at_a_time(blog: Blog) -> None:
    blog.subscribe('fulltext = true\nbackfill = "all"')
    ids = [f"n{number}" for number in range(25)]
    blog.publish(*ids)
    blog.refresh()
    assert len(blog.asked()) == 21
    assert blog.note("n19") == "from the page"
    assert blog.note("n20") == "its page was not asked for: 20 of the feed were"
    assert blog.text("n24") == TEASER
    assert max(blog.server.peak.values()) <= 2


def test_entries_without_a_page_of_their_own(blog: Blog) -> None:
    blog.publish("one", "two", link=blog.server.url("/one"))
    blog.refresh()
    assert blog.asked() == []
    assert blog.note() == "it has no page of its own"


def test_pages_are_fetched_after_all_feeds_of_a_host(blog: Blog) -> None:
    blog.publish("one", "two", "three")
    feeds = [f"/feed{number}.xml" for number in range(12)]
    for number, path in enumerate(feeds):
        blog.server.pages[path] = rss([item(f"x{number}", link=blog.server.url("/one"))])
    blog.house.file.write_text(
        blog.house.file.read_text()
        + "".join(f'[[feeds]]\nurl = "{blog.server.url(path)}"\n' for path in feeds)
    )
    seen: list[int] = []
    with blog.house.store() as store:
        report = pipeline.refresh(
            blog.house.config,
            store,
            NOW,
            watch=lambda done, total, feed, error: seen.append(done),
        )
    assert (report.fetched, report.failed) == (13, ())
    assert seen == list(range(1, 14))
    assert max(blog.server.peak.values()) <= 2
    assert blog.server.requests[-1].path in ("/one", "/two", "/three")


# --- without trafilatura -------------------------------------------------------------------------


def test_trafilatura_is_missing(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(ConfigError) as caught:
        assert blog.house.config
    (mistake,) = caught.value.all
    assert mistake.key == "feeds[0].fulltext"
    assert "pip install 'lxml-html-clean>=0.4' 'trafilatura>=2'" in mistake.message
    blog.subscribe("fulltext = false")
    assert not blog.house.config.feeds[0].fulltext
