"""Each row has a wording of a platform, which is removed, and a similar sentence, which stays."""

# ruff: noqa: E501  # a case is a line

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.model import Markup, ParsedEntry
from digest.normalize.entry import normalize
from digest.text.marks import plain

BODY = "The committee met on Monday and agreed on a plan for the coming year."
TITLE = "A plan is agreed"


def told(value: str, *, html: bool = True) -> str:
    entry = normalize(
        ParsedEntry(title=Markup(value=TITLE), content=Markup(value=value, html=html)),
        feed_id=1,
        uid="1",
        feed_url="https://example.org/feed",
        feed_link=None,
        feed_language=None,
        canonical_link=None,
        raw_hash="0",
        first_seen=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert entry.body is not None
    return plain(entry.body.text)


ROWS = {
    "arXiv": (
        f"arXiv:2401.00001v1 Announce Type: new Abstract: {BODY}",
        "arXiv: it is where the papers are.",
    ),
    "arXiv, two lines": (
        f"<p>arXiv:2401.00001v1 Announce Type: new<br>Abstract: {BODY}</p>",
        "Abstract: art was his trade.",
    ),
    "Substack, a button and thanks": (
        f"<p>{BODY}</p><p>Subscribe now: Thanks for reading Mill Notes!</p>",
        "Subscribe now or never, he said.",
    ),
    "Substack, thanks": (
        f"<p>{BODY}</p><p>Thanks for reading Mill Notes! Subscribe for free to receive new posts and support my work.</p><p>{BODY}</p>",
        "Thanks for reading to the end of a long letter, she wrote.",
    ),
    "Substack, a publication": (
        f"<p>{BODY}</p><p>Mill Notes is a reader-supported publication. To receive new posts and support my work, consider becoming a free or paid subscriber.</p>",
        "It is a reader-supported publication, and always was.",
    ),
    "Medium": (
        f"<p>{BODY}</p><hr><p><a href='/p'>A plan is agreed</a> was originally published in <a href='/m'>Mill</a> on Medium, where people are continuing the conversation by highlighting and responding to this story.</p>",
        "The novel was originally published in three volumes.",
    ),
    "a byline with a date and a time": (
        f"<p>By Jane Roe | November 3, 2026 | 5 min read</p><p>{BODY}</p>",
        "By noon the hall was full.",
    ),
    "advertisement": (f"<p>Advertisement:</p><p>{BODY}</p>", "Advertisement pays for the paper."),
    "Japanese reading time": (
        f"<p>この記事は約3分で読めます。</p><p>{BODY}</p>",
        "この記事は約三年かけて書かれた。",
    ),
    "Flickr": (
        f"<p><a href='/u'>Jane Roe</a> posted a photo:</p><p><a href='/p'><img src='/p.jpg'></a></p><p>{BODY}</p>",
        "She posted a photo of the mill every day.",
    ),
    "Reddit, older form": (
        f"<p>{BODY}</p>submitted by <a href='/u'>jane_roe</a> <br/> <a href='/l'>[link]</a> <a href='/c'>[12 comments]</a>",
        "Submitted by candlelight, the poem won.",
    ),
    "Reddit": (
        f"<div>{BODY}</div> &#32; submitted by &#32; <a href='/u'> /u/jane_roe </a> <br/> <span><a href='/l'>[link]</a></span> &#32; <span><a href='/c'>[comments]</a></span>",
        "Submitted by hand, the vote counts.",
    ),
    "Discourse": (
        f"<p>{BODY}</p><p><small>3 posts - 2 participants</small></p><p><a href='/t'>Read full topic</a></p>",
        "Three posts held the roof.",
    ),
    "GitHub": (f"<p>{BODY}</p><p>No content.</p>", "No content creator lives here."),
    "Bluesky": (
        f"<p>{BODY}</p><p>[contains quote post or other embedded content]</p>",
        "It contains a quote post.",
    ),
    "WordPress shortcodes": (
        f"<p>[vc_row][vc_column width='1/2']{BODY}[/vc_column][/vc_row]</p>",
        "An array [0] has a row.",
    ),
    "a direct link": (
        f"<p>Direct Link: https://example.org/a.mp3 {BODY}</p>",
        "Direct links are rare.",
    ),
    "a date at the end": (f"<p>{BODY}</p><p>January 12, 2026 at 09:15AM</p>", "January was cold."),
    "Blogger": (
        f"<p>{BODY}</p><div class='blogger-post-footer'>My blog, all rights reserved</div>",
        "The footer is short.",
    ),
    "an address and what it parted": (
        f"<p>https://ex.am/p1 - {BODY}</p>",
        "- a dash begins it, and it goes on for a while.",
    ),
    "Acast": (
        f"<p>{BODY}</p><p>Hosted on Acast. See acast.com/privacy for more information.</p>",
        "Hosted on a farm, the concert was loud.",
    ),
    "Megaphone": (
        f"<p>{BODY}</p><p>Learn more about your ad choices. Visit megaphone.fm/adchoices</p>",
        "Learn more about your garden.",
    ),
    "Mailchimp": (
        f"<p><a href='/v'>View this email in your browser</a></p><p>{BODY}</p>",
        "View this as a gift.",
    ),
    "Slashdot": (
        f"<p>{BODY}</p><p><a href='/s'>Read more of this story at Slashdot.</a></p>",
        "Read more of this poet.",
    ),
    "YouTube, older feeds": (
        f"<table><tr><td>{BODY}</td></tr><tr><td>From: janeroe</td></tr><tr><td>Views: 65,325</td></tr><tr><td>64 ratings</td></tr><tr><td>Time: 01:47</td><td>More in Entertainment</td></tr></table>",
        "Time: it is what we lack.",
    ),
    "Dvbbs, its line before each picture": (
        f"<p>{BODY}<br><img src='/a.jpg'>此主题相关图片如下：<br><img src='/b.jpg'>此主题相关图片如下：</p>",
        "此主题相关图片如下几张都是去年拍的。",
    ),
    "Discuz, the last change": (
        f"<p>本帖最后由 小山 于 2026-3-4 10:20 编辑</p><p>{BODY}</p>",
        "本帖最后由版主锁定，原因是争吵太多。",
    ),
    "phpBB": (
        f"<p>{BODY}</p><hr><p>Statistics: Posted by <a href='/u'>ada</a> — Tue Mar 03, 2026 5:12 pm</p>",
        "Statistics: posted by hand, on paper.",
    ),
    "vBulletin, the last change": (
        f"<p>{BODY}</p><p>Last edited by ada; 03-04-2026 at 10:20 AM. Reason: a typo</p>",
        "Last edited by hand in 1931.",
    ),
    "Ghost": (
        f"<p>{BODY}</p><p>This post is for paying subscribers only</p>",
        "This post is for the gate.",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_platforms_own_words_go(name: str) -> None:
    made = told(ROWS[name][0])
    assert [line for line in made.split("\n") if line != BODY] == []
    assert BODY in made


@pytest.mark.parametrize("name", ROWS)
def test_an_author_who_begins_alike_stays(name: str) -> None:
    sentence = ROWS[name][1]
    assert told(f"<p>{sentence}</p>") == sentence
    assert told(f"<p>{sentence}</p><p>{BODY}</p>") == f"{sentence}\n{BODY}"
    assert told(f"<p>{BODY}</p><p>{sentence}</p>") == f"{BODY}\n{sentence}"
