"""The words of feeds and sites around a text, in many languages: what is not the author's.

Tables of patterns, each for the whole of a short block; `note` tells what a block is.
"""

# ruff: noqa: E501  # a pattern reads best on one line

from __future__ import annotations

import re

Rule = tuple[str, str, str]
"""What a piece is called, a sign that it holds, and the pattern of the whole of it, without groups."""


def _rule(note: str, *patterns: str, sign: str = "") -> Rule:
    return note, sign, "|".join(f"(?:{pattern})" for pattern in patterns)


class _Rules:
    """Several rules as few patterns: most blocks match none, and fail once instead of ten times."""

    def __init__(self, *rules: Rule, flags: re.RegexFlag = re.NOFLAG) -> None:
        by_sign: dict[str, list[Rule]] = {}
        for rule in rules:
            by_sign.setdefault(rule[1], []).append(rule)
        self._parts = [
            (
                sign,
                [note for note, _, _ in some],
                re.compile("|".join(f"({pattern})" for _, _, pattern in some), flags),
            )
            for sign, some in by_sign.items()
        ]

    def note(self, text: str) -> str | None:
        """Return the note of a rule that `text` as a whole follows."""
        for sign, notes, pattern in self._parts:
            if sign in text and (found := pattern.fullmatch(text)) and found.lastindex:
                return notes[found.lastindex - 1]
        return None


def before(text: str) -> str | None:
    """Say what a block before a text is; ``None`` where it is the author's."""
    return _BEFORE.note(text.lower()) or _NAMED.note(text)


def after(text: str) -> str | None:
    """Say what a block after a text is; ``None`` where it is the author's."""
    return _AFTER.note(text.lower())


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
    r"(?:[,t\s]*(?:at|um|à|в)?\s*\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\.?)?(?:\s*[a-z]{2,4}|z)?)?"
)
_CAPITAL = r"(?-i:[A-ZÀ-ÖØ-ÞŁŚŠŽČĆŞİА-ЯЁ])"
_NAME = rf"{_CAPITAL}[\w'’.-]*(?:,?\s+(?:{_CAPITAL}[\w'’.-]*|and|und|et|y|e|i|de|da|van|von|der|&|/)){{0,8}}"
_AGENCY = (
    r"(?:AFP|AGENCIAS?|AGENCIES|ANI|ANSA|AP|APA|Associated Press|Bloomberg|DPA|dpa|EFE|EP|EUROPA PRESS"
    r"|IANS|PTI|REUTERS|Reuters|TASS|TT|UPI|Xinhua|\w+\.(?:com|COM|ES|es|net|org)|(?:[A-ZÁÉÍÑÓÚ]\.\s?){2,4})"
)

_PICTURE = (
    r"(?:(?:cover|header|hero|featured?|title) )?(?:photo|image|picture|foto|bild|photograph|illustration"
    r"|source|credits?|källa|quelle|图|题图|封面图?|图片|頭圖|头图|写真|画像|사진|фото|изображение|crédits? photo)"
)

_NAMED = _Rules(
    # What is told by its capitals; all else is matched in lower case, which takes half the time.
    _rule(
        "byline",
        rf"(?:written |posted |published |story |words )?(?:by|von|par|por)\s+{_NAME}"
        rf"(?:\s*(?:[|·•,—–-]|on|am|le|el)\s*{_DATE})?{_END}",
        rf"(?:by|von|par|por)\s+{_NAME}(?:\s*\([^()\n]{{2,60}}\)[,;.]?(?:\s*(?:and\s+)?{_NAME})?){{1,6}}",
        rf"(?:by|von|par|por)\s+{_NAME},[^\n.!?]{{1,120}}[\w)]",
        rf"(?-i:{_AGENCY}(?:\s*[/,|·–-]\s*{_AGENCY}){{0,3}})",
    ),
    _rule(
        "caption",
        rf"{_PICTURE}\s+(?:by|via|courtesy of)\s+{_CAPITAL}[^\n.!?]{{1,80}}",
    ),
    flags=re.IGNORECASE,
)
_FIRST = (
    _rule(
        "date line",
        rf"(?:(?:posted|published|last updated|updated|date|veröffentlicht(?: am)?|stand|publié le"
        rf"|mis à jour le|publicado(?: el| em)?|опубликовано|дата|发布于|发表于|发布时间|发布日期|更新时间"
        rf"|更新于|日期|时间|公開日|更新日|投稿日|작성일|게시일)\s*(?:on|:|：)?\s*)?{_DATE}{_END}",
    ),
    _rule(
        "byline",
        r"[—–]\s*@?\w[\w .]{1,40}(?:\(@\w+\))?",
        r"(?:author|autor|auteur|автор|原?文?作者|文|译者|翻译|编辑|编译|撰文|文?章?来源|出处|著者|執筆|글쓴이|작성자"
        r"|글|기자)\s*[:：/|｜丨]\s*(?:https?://\S+|[^\n。！？.!?]{1,60})",
        r"[^\n。！？!?|]{1,20}[|｜丨]\s*(?:作者|文|编辑|来源|译者)[^\n。！？!?]{0,40}",
        r"本文(?:作者|来源|转载自|首发于|来自)[^\n。！？!?]{1,60}。?",
    ),
    _rule(
        "byline",
        r"(?:本文链接|原文(?:链接|地址|出处)?|转载自|转自|原帖|original(?: article| post)?|元記事|원문)\s*[:：]"
        r"\s*(?:[^\n。！？!?]{0,60}\s)?https?://\S+",
        sign="://",
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
    ),
    _rule(
        "call to follow",
        r"[^\w\s]?\s*(?:please )?(?:subscribe|follow|watch more|find|like|visit|join|check out|donate)\b"
        r"[^\n:]{0,60}:?\s*https?://\S+",
        sign="://",
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
        rf"{_PICTURE}\s*(?:credits?|来源|源)?\s*[:：©][^\n]{{1,100}}",
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
_LAST = (
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
        r"via rss\b[^\n]{0,60}",
    ),
    _rule("source line", rf"{_THE_SITE}最先出现在{_THE_SITE}", sign="最先出现在"),
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
        sign="://",
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
    ),
    _rule(
        "newsletter box",
        r"[^\n]{0,60}\b(?:uses? cookies|cookie policy|accept (?:all )?cookies)\b[^\n]{0,160}",
        sign="cookie",
    ),
    _rule(
        "rights",
        r"(?:copyright\s*(?:©|\(c\)|\d{4}|by\b)|©|\(c\)\s*\d|all rights reserved|alle rechte vorbehalten|tous droits réservés)[^\n]{0,160}",
        r"(?:版权声明|著作权|版權聲明|转载请注明|转载请|本文(?:采用|遵循)[^\n]{0,40}(?:协议|許可|许可)|未经授权|未经许可)[^\n]{0,160}",
    ),
)

_ANYWHERE = frozenset({"share links", "newsletter box", "comments"})
_BEFORE = _Rules(*_FIRST, *(rule for rule in _LAST if rule[0] in _ANYWHERE))
_AFTER = _Rules(*_LAST)

TAIL = re.compile(
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
TAIL_HINTS = (
    *("read", "weiter", "mehr", "suite", "leer", "leyendo", "leia", "leggi", "lees", "читать"),
    *("全文", "阅读", "閱讀", "読む", "보기", "읽기"),
)
LABELS = re.compile(
    r"(?:date|author|authors?|tags?|category|categories|updated|published|version|licen[sc]e|status"
    r"|source|language|title|topic|duration|vendor|type|price|sku|slug|layout|datum|autor|kategorie|auteur|fecha|дата|автор|日期|作者|标签"
    r"|分类|时间|来源|版本|链接|日付|著者|날짜|작성자)\s*[:：]?",
    re.IGNORECASE,
)


RELATED = re.compile(
    r"(?:related(?: posts?| articles?| reading)?|see also|previously|read next|相关(?:文章|阅读)|系列文章|関連(?:記事|リンク)"
    r"|(?:연관|관련) ?(?:포스트|글|게시물)|похожие (?:статьи|записи)|siehe auch|voir aussi|véase también)\s*[:：]?",
    re.IGNORECASE,
)
