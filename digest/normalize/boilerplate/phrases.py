"""Tables of patterns: the wordings that sites put around a text, in many languages.

Each pattern is for the whole of a short block, in lower case, without groups.  What a pattern
spells out in full is `sure`; what ends in free text is `open_ended`.
"""

# ruff: noqa: E501  # a pattern reads best on one line

from __future__ import annotations

import re
from collections.abc import Callable

from digest.normalize.boilerplate.block_rules import BoilerplateRule, Rules, open_ended, sure
from digest.normalize.boilerplate.endings import ENDINGS
from digest.normalize.boilerplate.platforms import PLATFORMS


def before(text: str, is_backed: Callable[[], bool]) -> str | None:
    """Return the note of a block at the beginning of a text; ``None`` if it is the author's."""
    return _BEFORE.note(text.lower(), is_backed) or _NAMED.note(text, is_backed)


def after(text: str, is_backed: Callable[[], bool]) -> str | None:
    """Return the note of a block at the end of a text; ``None`` if it is the author's."""
    return _AFTER.note(text.lower(), is_backed)


def anywhere(text: str) -> str | None:
    """Return the note of a block in the middle of a text; ``None`` if it is the author's."""
    return _ANYWHERE.note(text.lower(), lambda: False)


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
_READING = (
    r"(?:(?:estimated )?reading time\s*:?\s*)?(?:about |~)?\d{1,3}\s*(?:-\s*)?min(?:ute)?s? (?:read|reading time)"
    r"|(?:estimated )?reading time\s*:?\s*(?:about |~)?\d{1,3}\s*min(?:ute)?s?(?:\s*\(?[\d,.]+ words\)?)?"
    r"|\d{1,3} mins?"
)
_CAPITAL = r"(?-i:[A-ZÀ-ÖØ-ÞŁŚŠŽČĆŞİА-ЯЁ])"
_WORD = rf"{_CAPITAL}[\w'’.-]*"
_NAME = rf"{_WORD}(?:,?\s+(?:{_WORD}|and|und|et|y|e|i|de|da|van|von|der|&|/)){{0,8}}"
_FULL_NAME = rf"(?:{_WORD}(?:,?\s+(?:{_WORD}|and|und|et|y|e|i|de|da|van|von|der|&|/)){{1,8}}|(?:staff|admin|editor|guest)\b[\w ]{{0,20}})"
_AGENCY = (
    r"(?:AFP|AGENCIAS?|AGENCIES|ANI|ANSA|AP|APA|Associated Press|Bloomberg|DPA|dpa|EFE|EP|EUROPA PRESS"
    r"|IANS|PTI|REUTERS|Reuters|TASS|TT|UPI|Xinhua|\w+\.(?:com|COM|ES|es|net|org)|(?:[A-ZÁÉÍÑÓÚ]\.\s?){2,4})"
)

_PICTURE = (
    r"(?:(?:cover|header|hero|featured?|title) )?(?:photo|image|picture|foto|bild|photograph|illustration"
    r"|source|credits?|källa|quelle|图|题图|封面图?|图片|頭圖|头图|写真|画像|사진|фото|изображение|crédits? photo)"
)
_CREDIT = r"\s*(?:credits?|来源|源)?\s*[:：©]\s*"
_NETWORK = (
    r"(?:facebook|twitter|x|linkedin|whats ?app|telegram|reddit|pinterest|e-?mail|pocket|print|hacker news"
    r"|mastodon|bluesky|threads|tumblr|weibo|wechat|line|rss|youtube|instagram|微信|微博|朋友圈|вконтакте|vk|はてな|はてブ)"
)
_NETWORKS = rf"{_NETWORK}(?:(?:\s*[|,·•:/、и]\s*|\s+(?:and|or|und|oder|et|ou|y|o|e|и|と)\s+|\s+){_NETWORK})*"
_PUBLICATION = (
    r"(?:newsletter|mailing list|rss feed|feed|email list|e-mail list|emails|email updates)"
)

_NAMED = Rules(
    [
        # Rules that depend on capitals; all others match lower case, which takes half the time.
        sure(
            "byline",
            rf"(?:written |posted |published |story |words )?(?:by|von|par|por)\s+(?:{_FULL_NAME}|{_NAME}(?=\s*[|·•—–]|\s+on\s))"
            rf"(?:\s*(?:[|·•,—–-]|on|am|le|el)\s*{_DATE})?(?:\s*[|·•,—–-]\s*(?:{_READING}))?\s*[:|]?",
            rf"(?:by|von|par|por)\s+{_NAME}(?:\s*\([^()\n]{{2,60}}\)[,;.]?(?:\s*(?:and\s+)?{_NAME})?){{1,6}}",
            rf"(?:by|von|par|por)\s+{_FULL_NAME},\s{_CAPITAL}[^\n.!?]{{1,120}}[\w)]",
            rf"(?-i:{_AGENCY}(?:\s*[/,|·–-]\s*{_AGENCY}){{0,3}})",
            rf"(?:by|von|par|por)\s+{_FULL_NAME},\s(?:with|and|for|photographs|text)\b[^\n.!?]{{1,120}}[\w)]",
            r"(?-i:By [A-Z]{2,6}|COMMENT|OPINION|ANALYSIS|EXCLUSIVE|EDITORIAL)",
            rf"(?:author|autor|auteur|автор)\s*[:|]\s*{_NAME}",
        ),
        sure(
            "caption",
            rf"{_PICTURE}\s+(?:by|via|courtesy of)\s+{_CAPITAL}[^\n.!?]{{1,80}}",
            rf"{_PICTURE}{_CREDIT}(?:{_NAME}|{_AGENCY}|getty images|shutterstock|unsplash|pixabay|imago|dpa|afp)"
            rf"(?:\s*[/,|·–(-]\s*[\w .'’-]{{1,30}}\)?){{0,3}}",
        ),
    ],
    flags=re.IGNORECASE,
)
_FIRST = [
    sure(
        "date line",
        rf"(?:(?:posted|published|last updated|updated|date|veröffentlicht(?: am)?|stand|publié le"
        rf"|mis à jour le|publicado(?: el| em)?|опубликовано|дата|发布于|发表于|发布时间|发布日期|更新时间"
        rf"|更新于|日期|时间|公開日|更新日|投稿日|작성일|게시일)\s*(?:on|:|：)?\s*)?{_DATE}{_END}",
    ),
    open_ended("byline", r"[—–]\s*@?\w[\w .]{1,40}(?:\(@\w+\))?"),
    sure(
        "byline",
        r"(?:原?文?作者|文|译者|翻译|编辑|编译|撰文|文?章?来源|出处|著者|執筆|글쓴이|작성자|글|기자)\s*[:：/|｜丨]\s*"
        r"(?:https?://\S+|[^\n。！？.!?:：，,；;]{1,24}(?:[\s，,]+(?:作者|文|编辑|来源|译者)\s*[:：/|｜丨]\s*[^\n。！？.!?:：，,；;]{1,24}){0,3})",
        r"[^\n。！？!?|，]{1,20}[|｜丨]\s*(?:作者|文|编辑|来源|译者)[^\n。！？!?，]{0,40}",
        r"本文(?:作者|来源)\s*[:：]\s*[^\n。！？!?，]{1,60}。?",
        r"本文(?:转载自|首发于)[^\n。！？!?，]{1,40}。?",
    ),
    open_ended("byline", r"本文(?:作者|来源|转载自|首发于|来自)[^\n。！？!?]{1,60}。?"),
    sure(
        "byline",
        r"(?:本文链接|原文(?:链接|地址|出处)?|转载自|转自|原帖|original(?: article| post)?|元記事|원문)\s*[:：]"
        r"\s*(?:[^\n。！？!?]{0,60}\s)?https?://\S+",
        sign="://",
    ),
    sure(
        "reading time",
        rf"(?:{_READING})\.?",
        r"(?:全文|本文)?共?约?\s*\d+\s*字[，,、\s]*(?:(?:预计)?(?:阅读|需要?)[^\n。]{0,12}分钟)?。?",
        r"预计阅读时间\s*[:：]?[^\n]{0,4}\d[^\n]{0,8}",
        r"lesezeit:?[^\n]{0,8}\d[^\n]{0,8}min[^\n]{0,6}",
        r"temps de lecture\s*:?[^\n\d]{0,12}\d[^\n]{0,12}",
    ),
    sure(
        "call to follow",
        r"(?:点击|點擊|戳|轻触|按)?[^\n。]{0,6}(?:上方|下方|上面|左上方|右上方|标题下)[^\n。]{0,8}"
        r"(?:蓝字|蓝色字|藍字|“?[^\n”。]{1,16}”?)[^\n。]{0,12}(?:关注|關注|订阅|訂閱|加入)[^\n。]{0,24}",
        r"(?:关注|關注|订阅)(?:我们的?|本|下方|以下|同名)?(?:微信)?(?:公众号|公眾號|订阅号|频道)(?:[,，:：！!\s「“《][^\n。]{0,24})?",
        r"(?:扫码关注|长按识别|长按二维码|扫描(?:下方)?二维码|关注(?:微信|我们)?二维码)[^\n。，]{0,24}[^\n。]{0,12}",
        r"(?:↑+|▲+|👆+)[^\n。]{0,30}(?:关注|订阅)[^\n。]{0,20}",
        r"(?:记得)?(?:设为|设置)[^\n。]{0,6}星标[^\n。]{0,20}",
    ),
    sure(
        "call to follow",
        r"[^\w\s]?\s*(?:please )?(?:subscribe|follow|watch more|find (?:us|me)|like us|visit (?:us|our)|join (?:us|our)|check out our|donate)\b"
        r"[^\n:.!?]{0,60}:?\s*https?://\S+",
        sign="://",
    ),
    sure(
        "table of contents",
        r"(?:table of contents|contents|toc|on this page|in this (?:post|article)|jump to"
        r"|inhalt(?:sverzeichnis)?|sommaire|table des matières|contenido|índice|tabla de contenidos"
        r"|содержание|оглавление|目录|目錄|文章目录|本文目录|目次|もくじ|목차)\s*(?:\[?(?:hide|show|toggle)"
        r"\]?)?\s*[:：]?",
        r"\[toc\]",
    ),
    sure(
        "caption",
        rf"(?:图|题图|封面图?|图片|頭圖|头图|写真|画像|사진){_CREDIT}[^\n。！？，、,]{{1,20}}",
        r"(?:cover|header|hero|featured?|title) (?:photo|image|picture)\s*[:：][^\n]{1,220}",
        r"图源[:：][^\n，。]{1,60}",
        r"©[^\n.。!?]{1,60}|\(c\)\s*(?:\d{4}|getty|afp|reuters|dpa|imago)[^\n.。!?]{0,60}",
        r"(?:(?:view|click (?:for|to)) (?:full ?size|enlarge|expand|larger (?:image|version))\s*)+",
        r"(?:getty images|afp|reuters|dpa|shutterstock|unsplash|pixabay)(?:\s*/[^\n.。!?]{1,40})?",
    ),
    open_ended("caption", rf"{_PICTURE}{_CREDIT}[^\n]{{1,100}}"),
    sure(
        "no script notice",
        r"(?:please |you need to )?(?:enable|turn on|activate) javascript(?: (?:to|in your browser)[^\n.!?]{0,80})?\.?",
        r"loading\s*(?:…|\.\.\.)",
    ),
]

_THE_SITE = r"[^\n]{1,200}"
# Possessive, and without the signs between tags, so that a long line of signs fails at once.
_TAG = r"[^\s,，、。.!?:|;·]{1,40}+(?: [^\s,，、。.!?:|;·]{1,30}+){0,2}+"
_LAST = [
    open_ended(
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
        rf"(?:het bericht|inlägget|innlegget|indlægget) {_THE_SITE}(?:verscheen eerst op|dök först upp på|dukket først opp på|vises først på){_THE_SITE}",
        rf"(?:artykuł|wpis|příspěvek|príspevok) {_THE_SITE}(?:pochodzi z|pojawił się po raz pierwszy|pojawił się poczatkowo na|pochází z|zobrazeno najskôr){_THE_SITE}",
        rf"投稿 {_THE_SITE}は.{{0,60}}に最初に表示されました。?",
    ),
    sure("source line", r"via rss\b[^\n.]{0,40}"),
    open_ended("source line", rf"{_THE_SITE}最先出现在{_THE_SITE}", sign="最先出现在"),
    open_ended(
        "source line", rf"{_THE_SITE}(?:yazı|gönderi)sı? ilk önce{_THE_SITE}", sign=" ilk önce"
    ),
    sure(
        "read more",
        rf"{_OPEN}(?:continue reading|keep reading|read (?:more|on)|(?:read|view|see) (?:the )?(?:rest|full|entire|complete|whole|original)"
        rf"(?: (?:post|article|story|entry|text|version|thread))?(?: here| online| on our (?:web)?site)?|read (?:it|this) (?:on (?:the|our) (?:web)?site|in full)"
        rf"|click here (?:to (?:read|view|see)(?: more| the (?:rest|full (?:post|article|story)))?|for (?:the (?:rest|full (?:post|article|story))|more(?: information)?))"
        rf"|(?:the )?full (?:story|article))(?: here)?{_END}",
        rf"{_OPEN}(?:try (?:it )?now|get started|watch now|listen now|download now|apply now)(?: for free)?[\s!»→]*",
        rf"{_OPEN}(?:weiterlesen|lire la suite|lire l['’]article|leer más|seguir leyendo|leia mais"
        rf"|continue lendo|leggi tutto|continua a leggere|lees (?:meer|verder)|läs mer|czytaj (?:więcej|dalej)"
        rf"|читать (?:далее|дальше|полностью|целиком)|阅读(?:全文|更多|原文)|閱讀(?:全文|更多|原文)"
        rf"|查看(?:全文|更多|原文)|点击(?:阅读|查看)(?:全文|原文|更多)|继续阅读|繼續閱讀|原文(?:链接|地址|連結)"
        rf"|続きを読む|続きをみる|もっと読む|全文を読む|記事を読む|더\s?보기|계속 읽기|자세히 보기|더 읽기"
        rf"|mehr lesen|mehr erfahren|zum (?:vollständigen )?artikel|den ganzen artikel lesen|en savoir plus|lire plus"
        rf"|citește mai (?:mult|departe)|tovább(?: olvasom)?|celý článek|číst dál|devamını oku|διαβάστε περισσότερα"
        rf"|baca selengkapnya|xem thêm|đọc tiếp|прочети още|читати далі|lue lisää|les mer|læs mere|pročitaj više){_END}",
    ),
    open_ended(
        "read more",
        rf"{_OPEN}(?:continue reading|keep reading|read (?:more|on)|read (?:the )?(?:rest|full|entire|complete"
        rf"|whole|original)|read (?:it|this) (?:on|at|in full)|(?:view|see) (?:the )?(?:full|original) (?:post"
        rf"|article|story)|click here (?:to (?:read|view|see)|for (?:the|more))|(?:the )?full (?:story|article)"
        rf")\b[^\n.!?]{{0,160}}{_END}",
        rf"{_OPEN}(?:weiterlesen|lire la suite|lire l['’]article|leer más|seguir leyendo|leia mais"
        rf"|continue lendo|leggi tutto|continua a leggere|lees (?:meer|verder)|läs mer|czytaj (?:więcej|dalej)"
        rf"|читать (?:далее|дальше|полностью|целиком)|阅读(?:全文|更多|原文)|閱讀(?:全文|更多|原文)"
        rf"|查看(?:全文|更多|原文)|继续阅读|繼續閱讀|続きを読む|続きをみる|もっと読む|全文を読む|記事を読む|더\s?보기|계속 읽기)"
        rf"(?:[\s:：“„«\"(-][^\n]{{0,120}})?{_END}",
        rf"{_OPEN}(?:try (?:it )?now|get started|watch now|listen now|sign up|download now|apply now)(?: for free)?{_END}",
        rf"{_OPEN}(?:more|mehr|подробнее|далее|see more|learn more|details){_END}",
    ),
    sure(
        "comments",
        r"(?:(?:leave|post|write|add) a (?:comment|reply)|(?:view|read|see) (?:all )?(?:the )?\d* ?comments?"
        r"|(?:\d+ |no )comments?|comments? \(\d+\)|[∞★#\s]*permalink|discuss(?: this)? on "
        rf"(?:hacker news|lobsters|reddit|{_NETWORK})|评论\s*\(?\d+\)?|发表评论|コメント(?:する|を書く)|댓글 쓰기"
        r"|kommentare? \(\d+\)|\d+ (?:kommentare?|commentaires?|комментари(?:й|я|ев)|comentarios?))(?:\s*[|·•]\s*[^\n]{0,60})?",
    ),
    sure(
        "comments",
        r"(?:\d+|žádné|brak|geen|inga|ingen|nincs) (?:komentář(?:ů|e)?|komentarz(?:y|e)?|reacties?|kommentar(?:er)?|komentar[ai]?|hozzászólás"
        r"|yorum|σχόλι[οα]|komentáre?|bình luận|komentar|коментар(?:і|ів)?)|\[ ?comments ?\]|view (?:poll|comments)"
        r"|[♥❤👍]\s*\d+ likes?|スキ \d+|赞同 \d+ · 评论 \d+",
    ),
    sure(
        "read more",
        r"(?:continue|keep) reading on (?:steam|hashnode|note|substack)|read the full announcement on steam|この続きをみるには",
    ),
    sure(
        "date line",
        r"(?:发布于|编辑于|修改于|发表于)\s?\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?(?:・\S{2,8})?",
    ),
    sure(
        "tags",
        rf"(?:štítky|značky|tagi|etiketler|etiketter|taggar|címkék|avainsanat|thẻ|мітки|ετικέτες|etichete|oznake)\s*:\s*{_TAG}(?:\s*[,;|·]\s*{_TAG}){{0,20}}",
    ),
    sure(
        "newsletter box",
        r"(?:abonneer (?:je |u )?op (?:onze|mijn|de) nieuwsbrief|prenumerera på (?:vårt|mitt) nyhetsbrev|zapisz się do (?:naszego )?newslettera"
        r"|přihlaste se k (?:odběru )?newsletteru?|iratkozz fel (?:a )?hírlevelünkre|tilaa uutiskirje(?:emme)?|bültenimize abone ol(?:un)?"
        r"|tilmeld dig (?:vores )?nyhedsbrev(?:et)?|meld deg på nyhetsbrevet)[\s.!]*",
        r"(?:message|join|follow) @\w{3,40} on telegram|sent from my (?:phone|iphone|ipad|android)|posted from iphone",
        r"reply (?:by|via) e-?mail",
    ),
    sure(
        "rights",
        r"(?:με επιφύλαξη παντός δικαιώματος|tüm hakları saklıdır|wszelkie prawa zastrzeżone|všechna práva vyhrazena|alla rättigheter förbehållna"
        r"|alle rettigheder forbeholdes|alle rechten voorbehouden|minden jog fenntartva|toate drepturile rezervate|усі права захищені|kaikki oikeudet pidätetään)[.!]?",
    ),
    open_ended(
        "comments",
        r"(?:comments?|discuss(?: this)?(?: on [^\n.]{1,40})?|comment on this[^\n]{0,40}|评论|コメント|댓글|kommentare?"
        r"|commentaires?|комментарии|comentarios)(?:\s*[|·•]\s*[^\n]{0,60})?",
    ),
    sure(
        "share links",
        rf"(?:share|tweet)(?: this| on| via| with)(?: post| article| story| entry)?(?:[\s:!]*(?:on |via )?{_NETWORKS})?[\s.!:]*",
        rf"(?:share|tweet|like)\s*[:!]\s*(?:on |via )?{_NETWORKS}[\s.!]*",
        r"(?:click to share(?:(?!click to share)[^\n]){0,60}+)+",
        rf"(?:deel(?: dit)?|del|dela|sdílet|zdieľať|udostępnij|podijeli|deli|megosztás|jaa|paylaş|chia sẻ|bagikan|поділитися|κοινοποίηση"
        rf"|distribuie|сподели|साझा करें|شارك|اشتراک|שתפו)\s*[:：]?\s*(?:(?:op|på|na|pe|в|у|on|ke|di|στο|पर|על|على)\s+)?"
        rf"{_NETWORK}(?:u|ie|in|issa|'da|a)?(?:[\s,|·/]+{_NETWORK}){{0,6}}[\s.!]*",
        r"공유하기\s*[:：]\s*(?:카카오톡|페이스북|트위터|라인)(?:[\s,|·]+(?:카카오톡|페이스북|트위터|라인)){0,3}",
        rf"(?:{_NETWORK}[\s|,·•:/]*){{2,}}",
        rf"(?:teilen|partager|compartir|compartilhar|condividi|поделиться|分享(?:到|至)?|シェア(?:する)?|공유하기)"
        rf"\s*[:：]?\s*(?:(?:auf|bei|sur|en|no|na|su|в|на)\s+)?{_NETWORKS}[\s.!。]*",
        r"(?:teilen|partager|compartir|compartilhar|condividi|поделиться|分享|シェアする|공유하기)\s*[:：]?",
        r"like this:?|like loading\.*|related(?: posts?| articles?| stories)?:?",
    ),
    open_ended(
        "share links",
        r"(?:share|tweet|like)",
        r"(?:teilen|partager|compartir|compartilhar|condividi|поделиться|分享(?:到|至)|シェア(?:する)?|공유하기)"
        r"\s*[:：]?[^\n.。]{0,60}",
    ),
    sure(
        "tags",
        r"(?:filed under|posted in|tagged(?: with| in| as)?|tags?|categor(?:y|ies)|schlagwörter|étiquettes?"
        r"|etiquetas?|теги|метки|标签|標籤|分类|タグ|カテゴリー?|태그)\s*[:：]\s*"
        rf"{_TAG}(?:\s*[,，、|;·]\s*{_TAG}){{0,20}}",
        r"(?:#[^\W\d][\w-]*[\s,]*)+",
    ),
    open_ended(
        "tags",
        r"(?:filed under|posted in|tagged(?: with| in| as)?|tags?|categor(?:y|ies)|schlagwörter|étiquettes?"
        r"|etiquetas?|теги|метки|标签|標籤|分类|タグ|カテゴリー?|태그)\s*[:：][^\n。.!?]{0,160}",
    ),
    sure("link line", r"[^\w\s]\s*[^\n.!?。！？]{1,60}[:：]\s*https?://\S+", sign="://"),
    sure(
        "link line",
        r"[^\s.!?。！？:：]++(?:\s[^\s.!?。！？:：]++){0,3}\s?[:：]\s*https?://\S+",
        sign="://",
    ),
    sure(
        "newsletter box",
        rf"(?:please )?(?:subscribe|sign up|join)(?: (?:to|for|up for))? (?:our|my|the|this) (?:free |daily |weekly |monthly |email )?{_PUBLICATION}"
        rf"(?: (?:today|now|here|for free|below))?(?: (?:for|to (?:get|receive)) (?:more|new|the latest|all|our|my)[^\n.!?,;:]{{0,60}})?[.!]?",
        r"(?:subscribe|sign up) (?:now|today|here|for free)[.!]?",
        r"(?:did you |if you )?(?:enjoy(?:ed)?|liked?) (?:this|the|what)[^\n?.!]{0,40}[?,] (?:please )?(?:subscribe|sign up|follow|share|consider)[^\n]{0,100}",
        rf"(?:follow|find|join) (?:me|us) on {_NETWORKS}(?:\s*[:(]?\s*@?[\w.]{{1,30}}\)?)?[.!]?",
        r"(?:jetzt |hier )?(?:den |unseren )?newsletter abonnieren[.!]?|jetzt abonnieren[.!]?|abonnez-vous(?: à (?:notre|la|ma) newsletter| ici)?[\s.!]*"
        r"|suscríbete(?: a (?:nuestro|nuestra|mi) (?:newsletter|boletín|canal))?[.!]?|подпис(?:аться|ывайтесь)(?: на (?:нас|наш канал|канал|рассылку|телеграм))?[.!]?"
        r"|订阅(?:我们|本站|邮件列表|rss)?[。！!]?|メルマガ登録(?:はこちら)?|구독하기",
        r"(?:become a (?:patron|member|paid subscriber|supporter)|buy me a coffee|support (?:us|me)(?: on (?:patreon|ko-?fi|liberapay|github))?)[.!]?",
        r"thanks for reading(?: [^\n!.?,:;]{1,60})?!? ?(?:subscribe for free[^\n]{0,80})?[.!]?",
        r"this post is for paid subscribers|subscribe now|share this post|leave a comment",
    ),
    open_ended(
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
    sure(
        "newsletter box",
        r"(?:this|our|the) (?:web)?site uses cookies (?:to|for|in order to)[^\n.!?]{0,140}\.?(?: (?:by|if you|read|learn|ok|accept)[^\n]{0,100})?",
        r"(?:accept (?:all )?cookies|cookie (?:policy|settings))[^\n.!?]{0,40}",
        r"(?:we|this website|this site) (?:and our partners )?uses? cookies[.!]?",
        sign="cookie",
    ),
    open_ended(
        "newsletter box",
        r"[^\n]{0,60}\b(?:uses? cookies|cookie policy|accept (?:all )?cookies)\b[^\n]{0,160}",
        sign="cookie",
    ),
    sure(
        "rights",
        r"(?:copyright\s*(?:©|\(c\))|\(c\)\s*\d|copyright by [^\n]{1,60}\d{4})[^\n]{0,160}",
        r"©(?:[^\n]{0,40}|[^\n]{0,60}\d{4}[^\n]{0,100}|[^\n]{0,80}(?:rights|rechte|droits|derechos|права)[^\n]{0,60})",
        r"copyright \d{4}(?:\s?[-–]\s?\d{4})?[^\n,]{0,60}(?:[,.]? all rights reserved[^\n]{0,40})?",
        r"(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|все права защищены)[.!]?",
        r"(?:版权声明|版權聲明)\s*[:：][^\n]{0,160}|版权声明|版权所有[^\n，]{0,40}",
        r"(?:(?:未经(?:授权|许可|允许)[，,]?(?:请勿|不得|禁止|严禁)|转载请?(?:注明|联系|保留|授权)|本文(?:采用|遵循)[^\n，。]{0,40}(?:协议|許可|许可))[^\n]{0,160})",
    ),
]

_BOTH_ENDS = frozenset({"share links", "newsletter box", "comments"})


def _platforms(*places: str) -> list[BoilerplateRule]:
    return [
        BoilerplateRule(platform.note, (platform.pattern,), platform.sign, platform.is_open)
        for platform in PLATFORMS
        if platform.where in places
    ]


_BEFORE = Rules(
    [
        *_platforms("before", "anywhere"),
        *_FIRST,
        *(rule for rule in _LAST if rule.note in _BOTH_ENDS),
    ]
)
_AFTER = Rules([*_platforms("after", "anywhere"), *_LAST, *ENDINGS])
_STARTS = [
    "\n    subscribe",
    "share",
    "leave",
    "get more",
    "read in",
    "upgrade",
    "pledge",
    "thanks",
    "submitted",
    "/u/",
    "[link",
    "article",
    "comments",
    "points",
    "# c\n    ",
    "no content",
    "[contains",
    "advert",
    "sponsored",
    "anzeige",
    "werbung",
    "publici",
    "pubblic",
    "реклама",
    "广告",
    "廣告",
    "広告",
    "スポンサー",
    "此主题",
    "광고\n",
]
PLATFORM_STARTS = frozenset(
    form[:3]
    for start in map(str.strip, _STARTS)
    for form in (start, start.capitalize(), start.upper())
)
"""The first characters of the wordings of `anywhere`, at most three; few blocks begin with them, so
few need a pattern."""
_ANYWHERE = Rules(_platforms("anywhere"))
HEAD = re.compile(
    "|".join(f"(?:{platform.pattern})" for platform in PLATFORMS if platform.where == "head"),
    re.IGNORECASE,
)
"""The wording of a platform before a text in the same block."""

TAIL = re.compile(
    # Only after the end of a sentence, a cut or a bracket.
    r"(?:(?<=[.…!?。！？\])”\"’»:]\s)|(?<=[.…!?。！？\]\[(>→]))"
    r"(?:continue reading(?:\s[^\n.]{0,160})?"
    r"|read (?:more|the rest|full (?:story|article|post)|the (?:full|rest|original|whole|entire)"
    r"[^\n.]{0,60})(?:\s(?:of|on|at|about)\s[^\n.]{0,120})?"
    r"|(?:weiterlesen|mehr lesen|lire la suite|leer más|seguir leyendo|leia mais|leggi tutto"
    r"|lees (?:meer|verder)|читать (?:далее|дальше))(?:\s(?:auf|bei|sur|dans|en|no|na|em|su|op|на)"
    r"\s[^\n.]{1,60})?(?:\s\(\d{2}/\d{2}/\d{4} - \d{2}h\d{2}\))?"
    r"|阅读全文|閱讀全文|查看全文|继续阅读|続きを読む|もっと読む|더\s?보기|계속 읽기"
    r"|阅读更多|阅读原文|查看原文|繼續閱讀|続きを見る|記事を読む|자세히 보기|전체 글 보기|[اإ]قرأ المزيد|قراءة المزيد|متابعة القراءة)[\])\s.!…»›>→⟶➜]*$",
    re.IGNORECASE,
)
TAIL_HINTS = (
    *("read", "weiter", "mehr", "suite", "leer", "leyendo", "leia", "leggi", "lees", "читать"),
    *("全文", "阅读", "閱讀", "読む", "보기", "읽기", "原文", "見る", "قراءة", "قرأ"),
)
LABELS = re.compile(
    r"(?:date|author|authors?|tags?|category|categories|updated|published|version|licen[sc]e|status"
    r"|source|language|title|topic|duration|vendor|type|price|sku|slug|layout|datum|autor|kategorie|auteur|fecha|дата|автор|日期|作者|标签"
    r"|分类|时间|来源|版本|链接|日付|著者|날짜|작성자)\s*[:：]?",
    re.IGNORECASE,
)


RELATED = re.compile(
    r"(?:related(?: posts?| articles?| reading)?|see also|previously|read next|相关(?:文章|阅读)|系列文章|関連(?:記事|リンク)"
    r"|(?:연관|관련) ?(?:포스트|글|게시물)|похожие (?:статьи|записи)|siehe auch|(?:ähnliche|verwandte) (?:beiträge|artikel)|관련 ?기사|(?:مقالات|مواضيع) ذات صلة|voir aussi|véase también)\s*[:：]?",
    re.IGNORECASE,
)
