"""The wordings that single services add to a text, and the place of each.

A whole block may stand before the text, after it or anywhere; a head or a tail is part of a block.
Patterns are matched in lower case and hold no groups.
"""

# ruff: noqa: E501  # a pattern reads best on one line

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Platform:
    """A wording that a service adds, and its place."""

    name: str
    where: Literal["before", "after", "anywhere", "head", "tail"]
    pattern: str
    note: str = "platform line"
    is_open: bool = False
    """Whether an author could have written it too, so that the rule needs a second sign."""
    sign: str = ""
    """A string that every match contains; the pattern is not tried on a text without it."""


PLATFORMS = (
    Platform(
        "YouTube: older feeds",
        "after",
        r"(?:(?:from:\s+\S{1,60}|views:\s+[\d,]+|[\d,]+\s+ratings|time:\s+\d{1,2}:\d{2}(?::\d{2})?"
        r"|more in\s+(?:film & animation|entertainment|music|comedy|sports|news & politics|people & blogs"
        r"|how ?to & style|gaming|education|science & technology|pets & animals|travel & events"
        r"|autos & vehicles|nonprofits & activism))[\s|;]*+)+",
    ),
    Platform(
        "arXiv",
        "head",
        r"arxiv:\s?\d{4}\.\d{4,5}(?:v\d+)?\s+announce type:\s*[a-z-]+\s*(?:abstract:\s*)?",
    ),
    Platform(
        "arXiv, a block of its own",
        "before",
        r"arxiv:\s?\d{4}\.\d{4,5}(?:v\d+)?(?:\s+announce type:\s*[a-z-]+)?",
    ),
    Platform(
        "bioRxiv and journals",
        "head",
        r"(?:publication date|available online)\s?: [^\n.]{4,40}\. ?source:\s?[^\n.]{4,80}\.\s*(?:author\(s\):[^\n.]{4,200}\.?\s*)?",
    ),
    Platform(
        "Substack: buttons",
        "anywhere",
        r"(?:subscribe now|share this post|leave a comment|get more from [^\n.!?]{2,60} in the substack app|read in app|upgrade to paid|pledge your support)",
    ),
    Platform(
        "Substack: thanks",
        "anywhere",
        r"thanks for reading [^\n!.?]{1,80}[!.] (?:subscribe for free to receive new posts(?: and support my work)?|this post is public so feel free to share it)\.?",
        sign="thanks for reading",
    ),
    Platform(
        "Substack: publication",
        "anywhere",
        r"[^\n.!?]{2,80} is a reader-supported publication\. to receive new posts and support my work, consider becoming a free or paid subscriber\.?",
        sign=" is a reader-supported publication.",
    ),
    Platform(
        "Substack: button and thanks",
        "anywhere",
        r"(?:subscribe now|share):? thanks for reading[^\n]{0,120}",
        sign="thanks for reading",
    ),
    Platform(
        "Medium",
        "after",
        r"[^\n]{1,220} was originally published in [^\n]{1,80} on medium, where (?:people are|you can) [^\n]{4,120}\.?",
        sign=" was originally published in ",
    ),
    Platform(
        "Medium, cut",
        "after",
        r"[^\n]{1,220} was originally published in [^\n]{1,80}",
        is_open=True,
        sign=" was originally published in ",
    ),
    Platform("Medium: teaser", "after", r"continue reading on (?:medium|[^\n.!?]{1,60}) ?[»→]"),
    Platform(
        "Flickr",
        "before",
        r"[^\n:.!?]{1,60} (?:posted a (?:photo|video)|has added a (?:photo|video)(?: to the pool)?):",
        sign="ed a ",
    ),
    Platform(
        "Reddit",
        "anywhere",
        r"(?:submitted by\s+)/?u/[\w-]{1,40}(?:\s+to\s+/?r/\w{1,40})?[\s|]*(?:\[link\])?[\s|]*(?:\[\d*\s?comments?\])?",
        note="comments",
    ),
    Platform(
        "Reddit: older form",
        "anywhere",
        r"submitted by [\w-]{1,40}(?: to [\w/]{1,40})?[\s|]+\[link\][\s|]*\[\d*\s?comments?\]",
        note="comments",
    ),
    Platform("Reddit: links", "anywhere", r"\[link\][\s|]*\[\d*\s?comments?\]", note="comments"),
    Platform(
        "Reddit: author",
        "after",
        r"submitted by [\w-]{1,40}(?: to [\w/]{1,40})?",
        note="comments",
        is_open=True,
    ),
    Platform("Discourse: counts", "after", r"\d+ posts? [-–—] \d+ participants?", note="comments"),
    Platform("Discourse: link", "after", r"read full topic", note="read more"),
    Platform(
        "Hacker News",
        "anywhere",
        r"(?:article|comments) url:\s*\S+|points:\s*\d+|# comments:\s*\d+",
        note="comments",
    ),
    Platform("Slashdot", "after", r"read more of this story at slashdot\.?", note="read more"),
    Platform("GitHub: releases", "anywhere", r"no content\.?"),
    Platform(
        "GitHub: change log",
        "after",
        r"\*{0,2}full changelog\*{0,2}\s?:\s*\S{4,200}",
        note="link line",
    ),
    Platform("Bluesky", "anywhere", r"\[contains quote post or other embedded content\]"),
    Platform(
        "Mailchimp and its kin",
        "before",
        r"(?:view|read) (?:this (?:email|e-mail|newsletter|post)|(?:it )?online|in (?:your )?browser)(?: in (?:your|a) (?:web )?browser| online)?\.?",
    ),
    Platform(
        "advertisement",
        "anywhere",
        r"(?:advertisements?|sponsored(?: content| post)?|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|реклама|广告|廣告|広告|スポンサーリンク|광고)\s*[:：]?",
    ),
    Platform(
        "Japanese blogs: reading time",
        "before",
        r"この記事は約?\s?\d+\s?分で読めます。?",
        note="reading time",
    ),
    Platform(
        "Japanese blogs: advertising notice",
        "before",
        r"(?:※?\s?(?:本|当|この)(?:記事|ページ|サイト|ブログ)[にはで]{1,3}(?:は)?(?:広告|プロモーション|アフィリエイト広告|pr)(?:を含|が含ま|を利用し|を掲載し)[^\n。]{0,16}。?)",
    ),
    Platform(
        "Dvbbs: pictures", "anywhere", r"(?:此主题相关图片如下(?:[:：]|，[^\n。]{0,20})?\s*)+"
    ),
    Platform(
        "Discuz: last change",
        "before",
        r"(?:\[i=s\]\s*)?本帖最后由 [^\n]{1,40} 于 [\d\s:/-]{8,20} 编辑(?:\s*\[/i\])?",
        sign="本帖最后由",
    ),
    Platform(
        "phpBB",
        "after",
        r"statistics: posted by [^\n]{1,60} [—–-] [^\n]{8,40}",
        sign="statistics: posted by ",
    ),
    Platform(
        "vBulletin: last change",
        "after",
        r"last edited by [^\n;]{1,40}; [^\n]{6,30} at \d{1,2}:\d{2}(?: ?[ap]m)?\.?(?: reason: [^\n]{1,80})?",
        sign="last edited by ",
    ),
    Platform("direct link", "head", r"direct link\s?:\s*https?://\S+\s*"),
    Platform(
        "direct link, a block of its own",
        "before",
        r"direct link\s?:\s*https?://\S+",
        note="link bar",
    ),
    Platform(
        "IFTTT and its kin",
        "after",
        r"(?:january|february|march|april|may|june|july|august|september|october|november|december) \d{1,2}, \d{4} at \d{1,2}:\d{2}\s?[ap]m",
        note="date line",
    ),
    Platform(
        "Acast",
        "after",
        r"(?:(?:hosted on acast|learn more about your ad choices|support this (?:podcast|show))\. )?(?:see|visit) \S+\.\w{2,4}/\S+ (?:for more information|for privacy (?:and opt-out )?information|to learn more)\.?",
        note="rights",
    ),
    Platform(
        "Acast, in short",
        "after",
        r"hosted on acast\. see acast\.com/privacy for more information\.?",
        note="rights",
    ),
    Platform(
        "Megaphone",
        "after",
        r"learn more about your ad choices\. visit \S+/adchoices\.?",
        note="rights",
    ),
    Platform(
        "podcast hosts: advertising",
        "after",
        r"(?:advertising inquiries|privacy (?:& opt-out|policy)|sponsor inquiries)\s?:\s*\S{4,200}",
        note="rights",
    ),
    Platform(
        "podcast hosts: GDPR",
        "after",
        r"our gdpr privacy policy was updated on [^\n]{4,80}",
        note="rights",
    ),
    Platform(
        "podcast hosts: messages",
        "after",
        r"(?:send in a voice message|support (?:the show|this podcast|us on patreon))\s?:?\s*https?://\S+",
        note="newsletter box",
    ),
    Platform(
        "podcast hosts: support", "after", r"support the show", is_open=True, note="newsletter box"
    ),
    Platform("Tumblr", "after", r"\(via \S{1,80}\)", note="source line"),
    Platform(
        "Blogger",
        "after",
        r"(?:posted by [^\n.!?]{1,60} at \d{1,2}:\d{2}(?: ?[ap]m)?|email this ?blogthis! ?share to (?:x|twitter) ?share to facebook[^\n]{0,40})",
    ),
    Platform(
        "FeedBurner",
        "after",
        r"(?:(?:email this|add to del\.icio\.us|digg this!?|share on facebook|stumble it!?|subscribe to this feed|save to del\.icio\.us)\s*[•·|]?\s*){2,}",
        note="share links",
    ),
    Platform(
        "WordPress.com",
        "after",
        r"(?:view original post(?: [\d,.]+ (?:more )?words)?|rate this:?|like this:?(?: like)?(?: loading(?:…|\.\.\.))?)",
        note="share links",
    ),
    Platform(
        "Ghost",
        "after",
        r"this post is for (?:paying |paid )?(?:subscribers|members)(?: only)?\.?",
        note="newsletter box",
    ),
    Platform(
        "feed makers",
        "after",
        r"(?:generated|powered) by (?:rss\.app|fetchrss|rsshub|politepol|feed43|kill the newsletter!?)\.?|\(feed generated with fetchrss\)|via rss\.app",
    ),
    Platform(
        "Substack: full access",
        "after",
        r"get full access to [^\n!?]{1,80} at \S+/subscribe",
        note="newsletter box",
        sign="get full access to ",
    ),
    Platform(
        "Telegram bridges",
        "before",
        r"forwarded from [^\n.!?]{1,60}",
        is_open=True,
    ),
    Platform("Feed43", "after", r"[-–—]?\s*delivered by feed43 service"),
    Platform(
        "WeChat",
        "before",
        r"原创 [^\n，。！？]{1,20}(?: [^\n，。！？]{1,20}){0,2}",
        is_open=True,
        note="byline",
    ),
    Platform(
        "Chinese readers",
        "after",
        r"(?:查看(?:知乎)?(?:讨论|原文|评论)|(?:点击|长按)?(?:阅读|查看)原文(?:链接)?)[。!！]?",
        note="read more",
    ),
    Platform(
        "Chinese media: source",
        "before",
        r"本文来自微信公众号[:：]?\s?[^\n。！？]{1,80}。?",
        note="byline",
    ),
)
"""The wordings of each service."""

_NAMES = (
    "vc_|et_pb_|fusion_|av_|gallery|caption|embed|video|audio|playlist|youtube|vimeo|contact-form|button|row|column"
    "|su_|tabs?|accordion|toggle|spacer|divider|toc|table|shortcode|ads?|adsense|wp_|ngg|instagram|tweet|sc_|mk_"
    "|elementor|recent_posts|products?|add_to_cart|slider|rev_slider|cols?|one_half|one_third|two_third|dropcap|highlight"
)
SHORTCODE = re.compile(
    rf"\[(?:/?(?:vc_|et_pb_|fusion_|av_|su_|mk_|sc_|ngg|rev_slider)\w*(?:\s[^\[\]\n]{{0,600}})?/?"
    rf"|/(?:{_NAMES})\w*|(?:{_NAMES})\w*\s+\w+=[^\[\]\n]{{0,600}})\]",
    re.IGNORECASE,
)
"""Shortcodes of WordPress: the name of a page builder, an end tag, or a name with a value."""
