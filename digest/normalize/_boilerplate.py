"""Blocks of a text in; the same without what feeds add before and after it, each piece named.

Precision first: only blocks at the two ends are looked at, only short ones, and a rule must match
the whole of a block (or the tail of the last one).  What is in doubt is the author's.
"""

# ruff: noqa: E501  # a pattern reads best on one line

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from digest import marks
from digest.normalize._plain import comparison_form
from digest.normalize._text import Block

LONGEST = 240
"""Characters of the longest block that a rule may take away whole from the end ..."""
LONGEST_FIRST = 180
"""... and from the beginning."""

Rule = tuple[str, str]
"""What a piece is called, and the pattern of the whole of it, without groups."""


def _rule(note: str, *patterns: str) -> Rule:
    return note, "|".join(f"(?:{pattern})" for pattern in patterns)


class _Rules:
    """Several rules as one pattern: most blocks match none, and fail once instead of ten times."""

    def __init__(self, *rules: Rule) -> None:
        self._notes = [note for note, _ in rules]
        pattern = "|".join(f"({pattern})" for _, pattern in rules)
        self._pattern = re.compile(pattern, re.IGNORECASE)

    def note(self, text: str) -> str | None:
        """Return the note of the first rule that `text` as a whole follows."""
        found = self._pattern.fullmatch(text)
        return self._notes[found.lastindex - 1] if found and found.lastindex else None


_OPEN = r"[\[(（»→>•*\s]*"
_END = r"\s*[.!…:»›>→⟶➜➔\])】]*\s*"

_MONTH = (
    r"(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|oct|nov|dec|dez|déc|janv|févr|avr|juil|août"
    r"|ene|abr|ago|dic|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)[^\W\d_]*\.?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DATE = (
    rf"(?:{_WEEKDAY}(?:\d{{1,2}}\.?\s+(?:de\s+)?{_MONTH},?\s+(?:de\s+)?\d{{4}}(?:\s*г\.?)?"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}})"
    r"|\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?"
    r"|\d{4}\s*년\s*\d{1,2}\s*월\s*\d{1,2}\s*일|\d{1,2}[./-]\d{1,2}[./-]\d{4})"
    r"(?:[,T\s]*(?:at|um|à|в)?\s*\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?(?:\s*[A-Z]{2,4}|Z)?)?"
)
_CAPITAL = r"(?-i:[A-ZÀ-ÖØ-ÞŁŚŠŽČĆŞİА-ЯЁ])"
_NAME = rf"{_CAPITAL}[\w'’.-]*(?:,?\s+(?:{_CAPITAL}[\w'’.-]*|and|und|et|y|e|i|de|da|van|von|der|&|/)){{0,8}}"
_AGENCY = (
    r"(?:AFP|AGENCIAS?|AGENCIES|ANI|ANSA|AP|APA|Associated Press|Bloomberg|DPA|dpa|EFE|EP|EUROPA PRESS"
    r"|IANS|PTI|REUTERS|Reuters|TASS|TT|UPI|Xinhua|\w+\.(?:com|COM|ES|es|net|org)|(?:[A-ZÁÉÍÑÓÚ]\.\s?){2,4})"
)

_FIRST_LINES = (
    _rule(
        "date line",
        rf"(?:(?:posted|published|last updated|updated|date|veröffentlicht(?: am)?|stand|publié le"
        rf"|mis à jour le|publicado(?: el| em)?|опубликовано|дата|发布于|发表于|发布时间|发布日期|更新时间"
        rf"|更新于|日期|时间|公開日|更新日|投稿日|작성일|게시일)\s*(?:on|:|：)?\s*)?{_DATE}{_END}",
    ),
    _rule(
        "byline",
        rf"(?:written |posted |published |story |words )?(?:by|von|par|por)\s+{_NAME}"
        rf"(?:\s*(?:[|·•,—–-]|on|am|le|el)\s*{_DATE})?{_END}",
        rf"(?:by|von|par|por)\s+{_NAME}(?:\s*\([^()\n]{{2,60}}\)[,;.]?(?:\s*(?:and\s+)?{_NAME})?){{1,6}}",
        rf"(?:by|von|par|por)\s+{_NAME},[^\n.!?]{{1,120}}[\w)]",
        r"[—–]\s*@?\w[\w .]{1,40}(?:\(@\w+\))?",
        rf"(?-i:{_AGENCY}(?:\s*[/,|·–-]\s*{_AGENCY}){{0,3}})",
        r"(?:author|autor|auteur|автор|原?文?作者|文|译者|翻译|编辑|编译|撰文|文?章?来源|出处|著者|執筆|글쓴이|작성자"
        r"|글|기자)\s*[:：/|｜丨]\s*(?:https?://\S+|[^\n。！？.!?]{1,60})",
        r"(?:本文链接|原文(?:链接|地址|出处)?|转载自|转自|原帖|original(?: article| post)?|元記事|원문)\s*[:：]"
        r"\s*(?:[^\n。！？!?]{0,60}\s)?https?://\S+",
        r"[^\n。！？!?|]{1,20}[|｜丨]\s*(?:作者|文|编辑|来源|译者)[^\n。！？!?]{0,40}",
        r"本文(?:作者|来源|转载自|首发于|来自)[^\n。！？!?]{1,60}。?",
    ),
    _rule(
        "reading time",
        r"(?:(?:estimated )?reading time\s*:?\s*)?(?:about |~)?\d{1,3}\s*(?:-\s*)?min(?:ute)?s?"
        r"(?: read(?:ing time)?)?(?:\s*\(?[\d,.]+ words\)?)?\.?",
        r"(?:全文|本文)?共?约?\s*\d+\s*字[，,、\s]*(?:(?:预计)?(?:阅读|需要?)[^\n。]{0,12}分钟)?。?",
        r"预计阅读时间[:：]?[^\n]{0,12}",
        r"lesezeit:?[^\n]{0,20}min[^\n]{0,6}",
        r"temps de lecture\s*:?[^\n]{0,20}",
    ),
    _rule(
        "call to follow",
        r"(?:点击|點擊|戳|轻触|按)?[^\n。]{0,6}(?:上方|下方|上面|左上方|右上方|标题下)[^\n。]{0,8}"
        r"(?:蓝字|蓝色字|藍字|“?[^\n”。]{1,16}”?)[^\n。]{0,12}(?:关注|關注|订阅|訂閱|加入)[^\n。]{0,24}",
        r"(?:关注|關注|订阅|扫码关注|长按识别|长按二维码|扫描(?:下方)?二维码)[^\n。]{0,24}"
        r"(?:公众号|公眾號|二维码|订阅号|微信|不迷路|星标|频道)[^\n]{0,24}",
        r"(?:↑+|▲+|👆+)[^\n。]{0,30}(?:关注|订阅)[^\n。]{0,20}",
        r"(?:记得)?(?:设为|设置)[^\n。]{0,6}星标[^\n。]{0,20}",
        r"[^\w\s]?\s*(?:please )?(?:subscribe|follow|watch more|find|like|visit|join|check out|donate)\b"
        r"[^\n:]{0,60}:?\s*https?://\S+",
    ),
    _rule(
        "table of contents",
        r"(?:table of contents|contents|toc|on this page|in this (?:post|article)|jump to"
        r"|inhalt(?:sverzeichnis)?|sommaire|table des matières|contenido|índice|tabla de contenidos"
        r"|содержание|оглавление|目录|目錄|文章目录|本文目录|目次|もくじ|목차)\s*(?:\[?(?:hide|show|toggle)"
        r"\]?)?\s*[:：]?",
        r"\[toc\]",
    ),
    _rule(
        "caption",
        r"(?:(?:cover|header|hero|featured?|title) )?(?:photo|image|picture|foto|bild|photograph|illustration"
        r"|source|credits?|källa|quelle|图|题图|封面图?|图片|頭圖|头图|写真|画像|사진|фото|изображение|crédits? photo)"
        rf"(?:\s*(?:credits?|来源|源)?\s*[:：©][^\n]{{1,100}}|\s+(?:by|via|courtesy of)\s+{_CAPITAL}[^\n.!?]{{1,80}})",
        r"(?:cover|header|hero|featured?|title) (?:photo|image|picture)\s*[:：][^\n]{1,220}",
        r"图源[:：][^\n]{1,60}",
        r"(?:©|\(c\))[^\n.。!?]{1,60}",
        r"(?:(?:view|click (?:for|to)) (?:full ?size|enlarge|expand|larger (?:image|version))\s*)+",
        r"(?:getty images|afp|reuters|dpa|shutterstock|unsplash|pixabay)(?:\s*/[^\n.。!?]{1,40})?",
    ),
    _rule(
        "no script notice", r"(?:please )?enable javascript[^\n]{0,120}", r"loading\s*(?:…|\.\.\.)"
    ),
)

_THE_SITE = r"[^\n]{1,200}"
_LAST_LINES = (
    _rule(
        "source line",
        rf"the (?:post|article|entry|story|episode) {_THE_SITE}(?:appeared first|first appeared|was first"
        rf" published|originally appeared)(?: on| at| in)?\b{_THE_SITE}",
        rf"(?:this (?:post|article|entry|story|piece) )?(?:was |is )?(?:originally|first) (?:published|posted"
        rf"|appeared)(?: on| at| in| by){_THE_SITE}",
        rf"(?:der (?:beitrag|artikel)|dieser beitrag) {_THE_SITE}(?:erschien|ist|wurde) (?:zuerst|zunächst)"
        rf"{_THE_SITE}",
        rf"(?:l['’]article|cet article|le post) {_THE_SITE}(?:est apparu en premier|a été publié|est paru)"
        rf"{_THE_SITE}",
        rf"(?:la entrada|el artículo|o post|o artigo|la publicación) {_THE_SITE}(?:se publicó primero"
        rf"|apareció primero|aparece(?:u)? primeiro|apareceu primeiro){_THE_SITE}",
        rf"l['’]articolo {_THE_SITE}(?:proviene da|sembra essere il primo){_THE_SITE}",
        rf"(?:сообщение|запись|статья) {_THE_SITE}(?:появил[аио]сь сначала|впервые появил[аио]сь){_THE_SITE}",
        rf"投稿 {_THE_SITE}は.{{0,60}}に最初に表示されました。?",
        rf"{_THE_SITE}最先出现在{_THE_SITE}",
        r"via rss\b[^\n]{0,60}",
    ),
    _rule(
        "read more",
        rf"{_OPEN}(?:continue reading|keep reading|read (?:more|on)|read (?:the )?(?:rest|full|entire|complete"
        rf"|whole|original)|read (?:it|this) (?:on|at|in full)|(?:view|see) (?:the )?(?:full|original) (?:post"
        rf"|article|story)|click here (?:to (?:read|view|see)|for (?:the|more))|(?:the )?full (?:story|article)"
        rf")\b[^\n.!?]{{0,160}}{_END}",
        rf"{_OPEN}(?:weiterlesen|lire la suite|lire l['’]article|leer más|seguir leyendo|leia mais"
        rf"|continue lendo|leggi tutto|continua a leggere|lees (?:meer|verder)|läs mer|czytaj (?:więcej|dalej)"
        rf"|читать (?:далее|дальше|полностью|целиком)|阅读(?:全文|更多|原文)|閱讀(?:全文|更多|原文)"
        rf"|查看(?:全文|更多|原文)|点击(?:阅读|查看)(?:全文|原文|更多)|继续阅读|繼續閱讀|原文(?:链接|地址|連結)"
        rf"|続きを読む|続きをみる|もっと読む|全文を読む|記事を読む|더\s?보기|계속 읽기|자세히 보기|더 읽기)"
        rf"(?:[\s:：“„«\"(-][^\n]{{0,120}})?{_END}",
        rf"{_OPEN}(?:try (?:it )?now|get started|watch now|listen now|sign up|download now|apply now)(?: for free)?{_END}",
        rf"{_OPEN}(?:more|mehr|mehr lesen|mehr erfahren|zum (?:vollständigen )?artikel|den ganzen artikel lesen"
        rf"|en savoir plus|lire plus|подробнее|далее|see more|learn more|details){_END}",
    ),
    _rule(
        "comments",
        r"(?:(?:leave|post|write|add) a (?:comment|reply)|(?:view|read|see) (?:all )?(?:the )?\d* ?comments?"
        r"|(?:\d+ |no )?comments?(?: \(\d+\))?|[∞★#\s]*permalink|discuss(?: this)?(?: on [^\n.]{1,40})?"
        r"|comment on this[^\n]{0,40}|评论(?:\s*\(?\d+\)?)?|发表评论|コメント(?:する|を書く)?|댓글(?: 쓰기)?"
        r"|kommentare?(?: \(\d+\))?|commentaires?|комментари(?:и|ев)(?: \(\d+\))?)(?:\s*[|·•]\s*[^\n]{0,60})?",
        r"submitted by\s+/?u/[^\n]{1,80}",
        r"\[link\]\s*\[comments\]",
        r"article url:\s*\S+",
        r"comments url:\s*\S+",
        r"points:\s*\d+",
        r"# comments:\s*\d+",
    ),
    _rule(
        "share links",
        r"(?:(?:share|tweet|like)(?: this| on| via| with)?(?: post| article| story| entry)?)\s*[:!]?"
        r"(?:[\s|,·•:/]*(?:on|via|facebook|twitter|x|linkedin|whats ?app|telegram|reddit|pinterest|e-?mail"
        r"|pocket|print|hacker news|mastodon|bluesky|weibo|line|more|this|click to share[^\n]{0,60}))*"
        r"[\s.!]*",
        r"(?:(?:facebook|twitter|x|linkedin|whats ?app|telegram|reddit|pinterest|e-?mail|pocket|print|mastodon"
        r"|bluesky|tumblr|weibo|wechat|line|rss|youtube|instagram)[\s|,·•:/]*){2,}",
        r"(?:teilen|partager|compartir|compartilhar|condividi|поделиться|分享(?:到|至)|シェア(?:する)?|공유하기)"
        r"\s*[:：]?[^\n.。]{0,60}",
        r"like this:?|like loading\.*|related(?: posts?| articles?| stories)?:?",
    ),
    _rule(
        "tags",
        r"(?:filed under|posted in|tagged(?: with| in| as)?|tags?|categor(?:y|ies)|schlagwörter|étiquettes?"
        r"|etiquetas?|теги|метки|标签|標籤|分类|タグ|カテゴリー?|태그)\s*[:：][^\n。.!?]{0,160}",
        r"(?:#[^\W\d][\w-]*[\s,]*)+",
    ),
    _rule(
        "link line",
        r"[^\w\s]?\s*[^\n.!?。！？]{1,60}[:：]\s*https?://\S+",
    ),
    _rule(
        "newsletter box",
        r"(?:subscribe|sign up|join)\b[^\n]{0,80}\b(?:newsletter|mailing list|rss|feed|e-?mail|inbox)\b"
        r"[^\n]{0,80}",
        r"(?:(?:enjoyed|liked?) (?:this|the|what)[^\n]{0,60}(?:subscribe|newsletter|follow)[^\n]{0,100})",
        r"(?:follow|find|join) (?:me|us) on [^\n]{1,80}",
        r"(?:newsletter abonnieren|jetzt abonnieren|abonnez-vous|suscríbete|подпис(?:аться|ывайтесь)|订阅"
        r"|メルマガ|구독하기)[^\n]{0,80}",
        r"(?:support (?:us|me|this|our|my)\b|become a (?:patron|member|paid subscriber)|buy me a coffee|thanks for reading"
        r"|this post is for paid subscribers|subscribe now|share this post|leave a comment)[^\n]{0,100}",
        r"[^\n]{0,60}\b(?:uses? cookies|cookie policy|accept (?:all )?cookies)\b[^\n]{0,160}",
    ),
    _rule(
        "rights",
        r"(?:copyright\s*(?:©|\(c\)|\d{4}|by\b)|©|\(c\)\s*\d|all rights reserved|alle rechte vorbehalten|tous droits réservés)[^\n]{0,160}",
        r"(?:版权声明|著作权|版權聲明|转载请注明|转载请|本文(?:采用|遵循)[^\n]{0,40}(?:协议|許可|许可)|未经授权|未经许可)[^\n]{0,160}",
    ),
)

_ANYWHERE = frozenset({"share links", "newsletter box", "comments"})
_BEFORE = _Rules(*_FIRST_LINES, *(rule for rule in _LAST_LINES if rule[0] in _ANYWHERE))
_AFTER = _Rules(*_LAST_LINES)

_TAIL = re.compile(
    # Only after the end of a sentence, a cut or a bracket.
    r"(?:(?<=[.…!?。！？\])”\"’»:]\s)|(?<=[.…!?。！？\]\[(>→]))"
    r"(?:continue reading(?:\s[^\n.]{0,160})?"
    r"|read (?:more|the rest|full (?:story|article|post)|the (?:full|rest|original|whole|entire)"
    r"[^\n.]{0,60})(?:\s(?:of|on|at|about)\s[^\n.]{0,120})?"
    r"|(?:weiterlesen|mehr lesen|lire la suite|leer más|seguir leyendo|leia mais|leggi tutto"
    r"|lees (?:meer|verder)|читать (?:далее|дальше))(?:\s(?:auf|bei|sur|dans|en|no|na|em|su|op|на)"
    r"\s[^\n.]{1,60})?"
    r"|阅读全文|閱讀全文|查看全文|继续阅读|続きを読む|もっと読む|더\s?보기|계속 읽기)[\])\s.!…»›>→⟶➜]*$",
    re.IGNORECASE,
)
_TAIL_HINTS = (
    *("read", "weiter", "mehr", "suite", "leer", "leyendo", "leia", "leggi", "lees", "читать"),
    *("全文", "阅读", "閱讀", "読む", "보기", "읽기"),
)
_BEFORE_TAIL = " \t\xa0[(→>»"
_CUT_MARK = re.compile(r"\s*[\[(（]\s*(?:…|\.{3}|⋯)\s*[\])）]\s*$")
"""``[…]``: how WordPress ends a cut text."""

_BETWEEN_LINKS = re.compile(r"\s*(?:\s[-–—/]\s|[|·•]|::)\s*")

_LABELS = re.compile(
    r"(?:date|author|authors?|tags?|category|categories|updated|published|version|licen[sc]e|status"
    r"|source|language|title|topic|duration|vendor|type|price|sku|slug|layout|datum|autor|kategorie|auteur|fecha|дата|автор|日期|作者|标签"
    r"|分类|时间|来源|版本|链接|日付|著者|날짜|작성자)\s*[:：]?",
    re.IGNORECASE,
)


_RELATED = re.compile(
    r"(?:related(?: posts?| articles?| reading)?|see also|previously|read next|相关(?:文章|阅读)|系列文章|関連(?:記事|リンク)"
    r"|(?:연관|관련) ?(?:포스트|글|게시물)|похожие (?:статьи|записи)|siehe auch|voir aussi|véase también)\s*[:：]?",
    re.IGNORECASE,
)
_DOUBTFUL = frozenset({"link line", "tags"})
"""What is the author's own where there is little else."""
_FIELD = re.compile(r"([^\s:：][^\n:：]{1,24})[:：]\s?\S[^\n]{0,80}")
_ADDRESS = re.compile(r"https?://\S+")
_ADDRESS_HEAD = re.compile(r"https?://\S+\s+(?=[^\n]{40})(?!\S*://)")
_CUT_HEAD = re.compile(r"\s*[\[(（]\s*(?:…|\.{3}|⋯)\s*[\])）]\s*")
_CALLS_HEAD = re.compile(r"(?:[►▶👉🔔➤☞]\s*[^\n:：]{3,60}[:：]?\s*https?://\S+\s+)+(?=\S)")
_AFTER_TITLE = re.compile(r"\s*[.!?。！？:：|–—-]*\s+(?=[^\W\d_a-z])")
_TWICE = re.compile(r"(\S.{9,80}?)\s+(?=\1(?!\w))")
LEAST_TEXT = 60
"""Characters (a Chinese one counts twice) that must be left for a link to be no part of the text."""


def trim(blocks: Sequence[Block], *, title: str) -> tuple[list[Block], list[str]]:
    """Return the blocks that are the author's, and what was taken from their ends."""
    notes: list[str] = []
    kept, captions = _without_captions(blocks, notes)
    if any(block.inner for block in kept):
        kept = _without_inner_lists(kept, notes)
    own_title = comparison_form(title)
    start = _leading(kept, own_title, notes)
    end = _trailing(kept, start, own_title, notes)
    kept = kept[start:end]
    if kept:
        kept[0] = _without_head(kept[0], title, notes)
        kept[-1] = _without_tail(kept[-1], notes)
        if not kept[-1].text:
            kept.pop()
    if title and len(kept) == 1 and len(kept[0].text) <= 24 and _is_link(kept[0]):
        notes.append("link bar")
        kept = []
    # A picture's caption is a text where there is no other; so is, without a title, anything.
    return kept or captions or ([] if title else list(blocks)), list(dict.fromkeys(notes))


def _is_link_line(block: Block) -> bool:
    """Tell whether a short last line is links, their label excepted: "Transcript: English"."""
    text = block.text
    return (
        block.kind == "text"
        and len(text) <= 80
        and block.linked * 2 >= len(text)
        and text[-1] not in ".!?…。！？"
        and not _PICTOGRAPH.match(text)
    )


def _without_captions(blocks: Sequence[Block], notes: list[str]) -> tuple[list[Block], list[Block]]:
    """Part what pictures say from what the text says."""
    captions = [block for block in blocks if block.kind == "caption" or _is_credit(block)]
    if not captions:
        return list(blocks), captions
    notes.append("caption")
    taken = set(map(id, captions))
    return [block for block in blocks if id(block) not in taken], captions


def _is_credit(block: Block) -> bool:
    text = block.text
    return (
        len(text) <= 120
        and block.kind == "text"
        and any(sign in text for sign in _CREDIT_SIGNS)
        and _BEFORE.note(text) == "caption"
    )


_CREDIT_SIGNS = (": ", "：", "©", " by ", " via ", " courtesy ")


def _leading(blocks: list[Block], own_title: str, notes: list[str]) -> int:
    """Return the index of the first block that is the author's."""
    start = 0
    while start < len(blocks):
        note, taken = _first(blocks, start, own_title)
        if note is None:
            break
        notes.append(note)
        start += taken
    return start


def _first(blocks: list[Block], start: int, own_title: str) -> tuple[str | None, int]:
    """Say what the block at `start` is, if it is not the author's, and how many go with it."""
    block = blocks[start]
    if _RELATED.fullmatch(block.text) and _says_something(blocks, start + 1):
        links = start + 1
        while links < len(blocks) and _is_link(blocks[links]):
            links += 1
        return "related links", links - start
    if note := _repeats(block, own_title) or _leading_note(block):
        return note, 1
    if block.kind == "code" or len(block.text) > LONGEST:
        return None, 0
    if _is_agency(blocks, start):
        return "byline", 1
    if taken := _metadata(blocks, start):
        return "metadata table", taken
    if not _says_something(blocks, start + 1):
        return None, 0
    if _ADDRESS.fullmatch(block.text) or (_is_link(block) and block.kind == "text"):
        return "link bar", 1
    return None, 0


def _is_agency(blocks: list[Block], start: int) -> bool:
    """Tell whether a few capitals stand above a list: EFE, ACN, EUROPA PRESS."""
    text = blocks[start].text
    under = blocks[start + 1] if start + 1 < len(blocks) else None
    return (
        len(text) <= 20
        and text.isupper()
        and blocks[start].kind == "text"
        and under is not None
        and under.kind == "item"
        and len(under.text) >= LEAST_TEXT
    )


def _says_something(blocks: list[Block], start: int) -> bool:
    """Tell whether a text is left from `start` on, and not links alone."""
    size = 0
    for block in blocks[start:]:
        text = block.text
        size += (len(text) - block.linked) * (1 if text.isascii() else 2)
        if size >= LEAST_TEXT or block.kind == "code":
            return True
    return False


def _is_link(block: Block) -> bool:
    """Tell whether a short block is one link, or several, and no sentence."""
    text = block.text
    return (
        len(text) <= 80
        and 0 < len(text) - 3 <= block.linked
        and text[-1] not in ".!?…。！？"
        and not _PICTOGRAPH.match(text)
    )


_PICTOGRAPH = re.compile("[\U0001f300-\U0001faff]")  # a callout's or a bookmark's


def _repeats(block: Block, own_title: str) -> str | None:
    text = block.text
    if block.kind == "code" or len(text) > 4 * len(own_title) + 16:
        return None
    form = comparison_form(text)
    if not form and not marks.ANY.search(text) and not _PICTOGRAPH.search(text):
        return "ornament"
    return "repeated title" if form and form == own_title else None


def _leading_note(block: Block) -> str | None:
    if block.kind == "code" or len(block.text) > LONGEST_FIRST:
        return None
    if _is_link_bar(block):
        return "link bar"
    return _BEFORE.note(block.text)


def _metadata(blocks: list[Block], start: int) -> int:
    """Count the rows of a leading table, or lines, that tell what an entry is, not what it says."""
    labels = known = 0
    for block in blocks[start:]:
        if block.kind == "row" and block.text.count(" | ") == 1:
            label = block.text.partition(" | ")[0]
        elif block.kind != "row" and (field := _FIELD.fullmatch(block.text)):
            label = field[1]
        else:
            break
        labels += 1
        known += bool(_LABELS.fullmatch(label.strip()))
    least = 1 if blocks[start].kind == "row" else 2
    return labels if labels >= least and known * 2 >= labels else 0


def _trailing(blocks: list[Block], start: int, own_title: str, notes: list[str]) -> int:
    """Return the index after the last block that is the author's."""
    end = len(blocks)
    # What follows WordPress's mark of a cut is the site's.
    for at in range(max(start, end - 3), end - 1):
        if _CUT_MARK.search(blocks[at].text, max(0, len(blocks[at].text) - 12)):
            notes.append("source line")
            end = at + 1
            break
    while end > start:
        note = _trailing_note(blocks[end - 1], own_title)
        if note in _DOUBTFUL and not _says_something(blocks[: end - 1], start):
            note = None
        if note is None and _is_link_line(blocks[end - 1]):
            note = "link bar" if _says_something(blocks[: end - 1], start) else None
        if note is None:
            break
        notes.append(note)
        end -= 1
    # A heading whose whole section went goes too.
    while start < end < len(blocks) and blocks[end - 1].kind == "heading":
        end -= 1
    return end


def _trailing_note(block: Block, own_title: str) -> str | None:
    text = block.text
    if block.kind == "code" or len(text) > LONGEST:
        return None
    # In any language: a line with links that names the entry itself.
    if block.linked * 2 > len(text) and len(own_title) > 7 and own_title in comparison_form(text):
        return "source line"
    return _AFTER.note(text)


def _is_link_bar(block: Block) -> bool:
    """Tell whether a block is links alone, with signs between them: "GitHub | Home"."""
    if not block.linked or block.kind != "text":
        return False
    parts = _BETWEEN_LINKS.split(block.text)
    size = sum(map(len, parts))
    return len(parts) > 1 and size - len(parts) <= block.linked <= size


def _without_inner_lists(blocks: list[Block], notes: list[str]) -> list[Block]:
    """Drop tables of contents: three list items or more that only lead into the page."""
    kept: list[Block] = []
    run: list[Block] = []
    for block in [*blocks, Block("")]:
        if block.kind == "item" and block.inner and block.inner >= len(block.text) - 2:
            run.append(block)
            continue
        if len(run) >= 3:
            notes.append("table of contents")
            if (
                kept
                and len(kept[-1].text) < 40
                and _BEFORE.note(kept[-1].text) == "table of contents"
            ):
                kept.pop()
        else:
            kept += run
        run = []
        kept.append(block)
    kept.pop()
    return kept


def _without_head(block: Block, title: str, notes: list[str]) -> Block:
    """Cut a repeated title, WordPress's "[…]" or a doubled heading off the first block's beginning."""
    text = block.text
    if block.kind == "code":
        return block
    if block.mark == "• ":
        # A list whose lead-in went, or never was, begins like a text.
        block = replace(block, mark="")
    if found := _CALLS_HEAD.match(text):
        notes.append("call to follow")
        text = text[found.end() :]
    if title and (found := _ADDRESS_HEAD.match(text)):
        text = text[found.end() :]
    if found := _CUT_HEAD.match(text):
        text = "…" + text[found.end() :]
    elif (
        len(title) > 11
        and text.startswith(title)
        and (found := _AFTER_TITLE.match(text, len(title)))
        and len(text) - found.end() >= 20
    ):
        notes.append("repeated title")
        text = text[found.end() :]
    elif text.find(text[:10], 10, 100) > 0 and (found := _TWICE.match(text)):
        text = text[found.end() :]
    return block if text == block.text else replace(block, text=text)


def _without_tail(block: Block, notes: list[str]) -> Block:
    """Cut "… Read more" and WordPress's "[…]" off the end of the last block."""
    if block.kind == "code":
        return block
    text = block.text
    start = max(0, len(text) - LONGEST)
    end = text[start:].lower()
    found = _TAIL.search(text, start) if any(hint in end for hint in _TAIL_HINTS) else None
    if found:
        notes.append("read more")
        text = text[: found.start()].rstrip(_BEFORE_TAIL)
    found = _CUT_MARK.search(text, max(0, len(text) - 12))
    if found:
        notes.append("cut mark")
        text = text[: found.start()].rstrip() + "…"
    return block if text == block.text else replace(block, text=text)
