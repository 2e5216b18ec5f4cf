"""Blocks that feeds add are removed and noted; blocks that only resemble them stay."""

# ruff: noqa: E501  # a case is a line

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

import pytest

from digest.model import Markup, ParsedEntry
from digest.normalize.entry import normalize

BODY = "The committee met on Monday and agreed on a plan for the coming year."
TITLE = "A plan is agreed"


def told(html: str) -> tuple[str, tuple[str, ...]]:
    entry = normalize(
        ParsedEntry(title=Markup(value=TITLE), content=Markup(value=html, html=True)),
        feed_id=1,
        uid="1",
        feed_url="https://example.org/feed",
        feed_link=None,
        feed_language=None,
        canonical_link="https://example.org/a",
        raw_hash="0",
        first_seen=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert entry.body is not None
    return entry.body.text, entry.notes


BEFORE = [
    ("repeated title", "<h1>A Plan is Agreed!</h1>"),
    ("repeated title", "<p>A plan is agreed</p>"),
    ("date line", "<p>Published on January 12, 2026</p>"),
    ("date line", "<p>发布于 2026年1月12日</p>"),
    ("date line", "<p>12. Januar 2026</p>"),
    ("date line", "<p>2026-01-12 07:00</p>"),
    ("date line", "<p>2026년 1월 12일</p>"),
    ("byline", "<p>By Jane Doe</p>"),
    ("byline", "<p>Von Max Mustermann</p>"),
    ("byline", "<p>作者：张三</p>"),
    ("byline", "<p>文 | 李四 编辑 | 王五</p>"),
    ("reading time", "<p>5 min read</p>"),
    ("reading time", "<p>本文共 3000 字,预计阅读 8 分钟</p>"),
    ("reading time", "<p>Lesezeit: 4 Minuten</p>"),
    ("call to follow", "<p>点击上方蓝字关注我们</p>"),
    ("call to follow", "<p>点击上方“示例周刊”,关注我们</p>"),
    ("call to follow", "<p>关注公众号,不迷路</p>"),
    (
        "table of contents",
        "<h2>Contents</h2><ul><li><a href='#a'>One</a></li><li><a href='#b'>Two</a></li><li><a href='#c'>Three</a></li></ul>",
    ),
    ("table of contents", "<div class='toc'><p>Inhalt</p><ul><li>Eins</li></ul></div>"),
    ("table of contents", "<p>目录</p>"),
    ("caption", "<figure><img src='/a.jpg'><figcaption>The hall</figcaption></figure>"),
    ("caption", "<p>Photo by Jane Doe on Example</p>"),
    ("caption", "<p>图源：示例网</p>"),
    ("caption", "<p>© Getty Images</p>"),
    ("share links", "<div class='sharedaddy'>Share on X</div>"),
    ("share links", "<p>Facebook | Twitter | LinkedIn</p>"),
    (
        "metadata table",
        "<table><tr><td>Date</td><td>2026-01-12</td></tr><tr><td>Author</td><td>Jane</td></tr></table>",
    ),
    ("ornament", "<p>* * *</p>"),
    ("newsletter box", "<p>Subscribe to our newsletter for more stories like this.</p>"),
    ("newsletter box", "<p>This site uses cookies to improve your experience.</p>"),
]
BEFORE += [
    ("byline", "<p>By Jane Doe, John Roe (Engineers, Tools); and Max Mustermann (Lead).</p>"),
    ("byline", "<p>By Jane Doe, Tech Lead for Gardens and Author of Trees</p>"),
    ("byline", "<p>Por Juan Pérez e Ana Souza</p>"),
    ("byline", "<p>EUROPA PRESS</p>"),
    ("byline", "<p>文章来源: https://example.org/a.html</p>"),
    ("byline", "<p>原文链接：https://example.org/a</p>"),
    ("link bar", "<p><a href='/'>Back to the contents</a></p>"),
    ("link bar", "<p><a href='/p'>https://example.org/p</a></p>"),
    ("related links", "<h3>Related posts</h3><ul><li><a href='/b'>Another plan</a></li></ul>"),
    ("metadata table", "<p>Vendor: Example</p><p>Type: Book</p><p>Price: 14.00</p>"),
    (
        "caption",
        "<p class='post-note'>Cover image: The hall. It was built in 1900 and has stood empty since the war.</p>",
    ),
    ("call to follow", "<p>► Subscribe for more: https://example.org/s</p>"),
    ("repeated title", "<pre style='white-space:pre-wrap'>A plan is agreed</pre>"),
]
AFTER = [
    (
        "source line",
        "<p>The post <a href='/'>A plan is agreed</a> appeared first on <a href='/'>Example</a>.</p>",
    ),
    ("source line", "<p>Der Beitrag A plan erschien zuerst auf Example.</p>"),
    ("source line", "<p>L’article A plan est apparu en premier sur Example.</p>"),
    ("source line", "<p>La entrada A plan se publicó primero en Example.</p>"),
    ("source line", "<p>Запись A plan впервые появилась Example.</p>"),
    ("read more", "<p><a href='/'>Continue reading →</a></p>"),
    ("read more", "<p><a href='/'>Read more...</a></p>"),
    ("read more", "<p>阅读全文</p>"),
    ("read more", "<p>続きを読む</p>"),
    ("read more", "<p>더 보기</p>"),
    ("read more", "<p>Weiterlesen »</p>"),
    ("read more", "<p>Lire la suite</p>"),
    ("read more", "<p>Leer más</p>"),
    ("read more", "<p>Читать далее</p>"),
    ("comments", "<p><a href='/'>Comments</a></p>"),
    ("comments", "<p>[link] [comments]</p>"),
    ("tags", "<p>Filed under: news, plans</p>"),
    ("tags", "<p>标签：计划</p>"),
    ("share links", "<p>Share this: Facebook Twitter Email</p>"),
    ("rights", "<p>© 2026 Example Inc. All rights reserved.</p>"),
    ("rights", "<p>转载请注明出处</p>"),
    ("related links", "<div class='jp-relatedposts'><h3>Related</h3><a href='/'>Other</a></div>"),
    ("footnotes", "<div class='footnotes'><ol><li>A note.</li></ol></div>"),
]


AFTER += [
    (
        "source line",
        "<p>Artykuł <a href='/'>A plan is agreed</a> pochodzi z <a href='/'>Example</a>.</p>",
    ),
    (
        "link bar",
        "<p><a href='/s'>slides</a></p><p>Transcript: <a href='/en'>English</a> <a href='/es'>Español</a></p>",
    ),
    ("link line", "<p>- Check our website: https://example.org/</p>"),
    ("tags", "<p>#plans</p>"),
]


@pytest.mark.parametrize(("note", "html"), BEFORE)
def test_what_stands_before_goes(note: str, html: str) -> None:
    text, notes = told(f"{html}<p>{BODY}</p>")
    assert text == BODY
    assert note in notes


@pytest.mark.parametrize(("note", "html"), AFTER)
def test_what_stands_after_goes(note: str, html: str) -> None:
    text, notes = told(f"<p>{BODY}</p>{html}")
    assert text == BODY
    assert note in notes


def test_what_follows_the_mark_of_a_cut_is_the_sites() -> None:
    text, _ = told(f"<p>{BODY} It was [&#8230;]</p><p><a href='/'>Example, the daily news</a></p>")
    assert text == f"{BODY} It was…"


def test_a_caption_in_the_middle_goes_too() -> None:
    html = f"<p>{BODY}</p><figure><figcaption>The hall</figcaption></figure><p>Foto: Jane Doe</p><p>{BODY}</p>"
    assert told(html)[0] == f"{BODY}\n{BODY}"


def test_lines_of_fields_are_parted() -> None:
    html = f"<p>Place: The hall<br>Time: noon<br>Entry: free</p><p>{BODY}</p>"
    assert told(html)[0] == f"Place: The hall; Time: noon; Entry: free\n{BODY}"


TAILS = [
    ("… [Read more]", "…"),
    (" [&#8230;]", ""),
    (" It went […]", " It went…"),
    (" “It went.” […]", " “It went.”"),
    (" “It went.” …", " “It went.”"),
    (" Continue reading “A plan” →", ""),
    (" [...] <a href='/'>Read the full article</a>", ""),
    (" <a href='/'>阅读全文</a>", ""),
    (" Leia mais (11/24/2026 - 19h22)", ""),
]


@pytest.mark.parametrize(("tail", "left"), TAILS)
def test_a_tail_is_cut_off(tail: str, left: str) -> None:
    text, _ = told(f"<p>{BODY}{tail}</p>")
    assert text == BODY + left


OWN = [
    "By the end of the year nothing was left.",
    "By Friday, everybody had left the building and gone home for good.",
    "Par exemple, rien de tout cela ne fut dit.",
    "More pupils are also applying for schools of other kinds.",
    "More than eight percent have not applied.",
    "Did you click to read the whole story?",
    "Read on the train, the book is a delight. It is short.",
    "Support for plain files was added.",
    "The Post appeared on the shelves in May.",
    "Copyright is what this essay is about. It is long.",
    "2026 was a good year.",
    "In 2026-01-12 of the log the error is plain.",
    "Comments are closed on Sundays, they said.",
    "Image processing is fun.",
    "Photo by photo, the story unfolds.",
    "Tags in HTML nest.",
    "分享是一种美德。",
    "目录结构如下所示。",
    "关注点分离是一个原则。",
    "本文采用软件包来求解方程。",
    "作者认为这不对。",
    "来源不明的信件。",
    "Share prices fell on Monday.",
    "Subscribe buttons are everywhere.",
    "Related work is discussed below. It is vast.",
    "Teilen macht Freude. Das ist bekannt.",
]


@pytest.mark.parametrize("sentence", OWN)
def test_what_only_resembles_it_stays(sentence: str) -> None:
    assert told(f"<p>{sentence}</p><p>{BODY}</p>")[0] == f"{sentence}\n{BODY}"
    assert told(f"<p>{BODY}</p><p>{sentence}</p>")[0] == f"{BODY}\n{sentence}"


def test_a_caption_is_a_text_where_there_is_no_other() -> None:
    assert (
        told("<figure><img src='/a.jpg'><figcaption>A fine live date.</figcaption></figure>")[0]
        == "A fine live date."
    )


def test_a_heading_goes_with_its_section() -> None:
    assert (
        told(f"<p>{BODY}</p><h3>Get more</h3><p>Subscribe to our newsletter today.</p>")[0] == BODY
    )


PIECES = (
    *(
        "share",
        "tweet,",
        "facebook ",
        "x ",
        "line ",
        "| ",
        ", ",
        "click to share ",
        "tags: ",
        "a ",
        "a b",
    ),
    *(
        "By ",
        "Jane ",
        "Roe ",
        "and ",
        "van ",
        "(",
        ")",
        "; ",
        "- ",
        "— ",
        "photo ",
        ": ",
        "© ",
        "1 ",
        "2026 ",
    ),
    *(
        "5 min read ",
        "copyright ",
        "。",
        "文:",
        "作者：",
        "关注",
        "公众号",
        "read more",
        "»",
        "[",
        "…",
        "http://a/",
    ),
    *(
        "subscribe ",
        "to our ",
        "newsletter ",
        "the post ",
        "appeared first on ",
        "views: 1 ",
        "#a ",
        ".",
    ),
)


def test_no_line_of_signs_takes_a_rule_long() -> None:
    chance = random.Random(7)
    lines = [
        *("".join(chance.choices(PIECES, k=chance.randint(5, 60)))[:240] for _ in range(400)),
        *((chance.choice(PIECES) + piece * 60)[:239] + end for piece in PIECES for end in "!x。"),
    ]
    start = time.process_time()
    for line in lines:
        told(f"<p>{line}</p><p>{BODY}</p><p>{line}</p>")
    assert time.process_time() - start < 5  # a pattern that tries all ways takes hours


LINES_OF_SITES = """
Deel dit: Facebook Twitter WhatsApp
Del på Facebook
Sdílet na Facebooku
Udostępnij na Facebooku
0 komentářů
3 komentarze
12 reacties
Με επιφύλαξη παντός δικαιώματος
Tüm hakları saklıdır.
Wszelkie prawa zastrzeżone.
Štítky: voda, les
Tagi: woda, las
Etiketler: su, orman
Abonneer op onze nieuwsbrief
Prenumerera på vårt nyhetsbrev
Zapisz się do newslettera
发布于 2026-11-01
编辑于 2026-11-01 12:00
赞同 12 · 评论 3
スキ 12
この続きをみるには
공유하기: 카카오톡
[ Comments ]
View Poll
Reply by email
Sent from my phone
Message @example on Telegram
Read the full announcement on Steam
— Delivered by Feed43 service
""".strip().splitlines()


@pytest.mark.parametrize("line", LINES_OF_SITES)
def test_what_sites_write_in_many_languages_goes(line: str) -> None:
    assert told(f"<p>{BODY}</p><p>{line}</p>")[0] == BODY
