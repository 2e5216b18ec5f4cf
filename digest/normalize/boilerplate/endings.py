"""The wordings at the end of texts in German, Chinese, Japanese, Korean and Arabic, by sense.

Beside those of `phrases`, which has the most usual ones of many languages.
"""

# ruff: noqa: E501  # a pattern reads best on one line

from __future__ import annotations

from digest.normalize.boilerplate.block_rules import BoilerplateRule, open_ended, sure

_END = r"\s*[.!…:：»›>→⟶➜➔\])】。！]*\s*"
_NETWORK = (
    r"(?:facebook|twitter|x|linkedin|whats ?app|telegram|reddit|pinterest|pocket|tumblr|mastodon|bluesky|threads|line|e-?mail|xing"
    r"|微信|微博|新浪微博|腾讯微博|朋友圈|qq|qq空间|豆瓣|人人网|はてなブックマーク|はてブ|メール"
    r"|페이스북|트위터|카카오톡|카카오스토리|네이버|네이버 블로그|라인|밴드|فيسبوك|تويتر|واتساب|واتس آب|تيليجرام|تيليغرام|لينكد ?إن|بينتيريست|البريد(?: الإلكتروني)?)"
)
_NETWORKS = rf"{_NETWORK}(?:\s*[|,،、·•:/]?\s*(?:und |oder |و ?)?{_NETWORK}){{0,9}}"
_TAG = r"[^\s,，、،。.!?:：|;·]{1,40}(?: [^\s,，、،。.!?:：|;·]{1,30}){0,2}"
_WHERE = r"[^\n]{1,120}"

ENDINGS: tuple[BoilerplateRule, ...] = (
    open_ended(
        "source line",
        rf"(?:der|dieser) (?:beitrag|artikel|text)(?: {_WHERE})? (?:erschien|ist|wurde) (?:zuerst|zunächst|erstmals) {_WHERE}",
        rf"(?:zuerst|ursprünglich) (?:erschienen|veröffentlicht) (?:auf|bei|in) {_WHERE}",
        rf"(?:原文|文章|本文)(?:{_WHERE})?(?:首发于|最早发布于|最初发表于|发表于|发布于|转载自)\s?{_WHERE}",
        rf"(?:この|本)(?:記事|投稿)は{_WHERE}(?:に掲載された|で公開された|に投稿された|から転載した|からの転載)(?:もの|記事)?です。?",
        rf"(?:게시물|글|포스트|기사) {_WHERE}에(?:서)? (?:처음|최초로|먼저) [^\n]{{1,16}}습니다\.?",
        rf"(?:ظهرت?|نُ?شرت?|تم نشر) (?:هذ[اه] )?(?:ال)?(?:مقالة?|تدوينة|خبر|منشور|موضوع)\b{_WHERE}(?:أولا|أولاً|لأول مرة|للمرة الأولى) (?:على|في) {_WHERE}",
        rf"(?:ظهرت?|نُ?شرت?|تم نشر) (?:هذ[اه] )?(?:ال)?(?:مقالة?|تدوينة|خبر|منشور|موضوع) (?:أولا|أولاً|لأول مرة|للمرة الأولى) (?:على|في) {_WHERE}",
    ),
    open_ended(
        "source line",
        rf"{_WHERE} (?:글|게시물|기사|포스트)[은는이가] {_WHERE}에(?:서)? (?:처음|최초로|먼저) [^\n]{{1,16}}습니다\.?",
        sign="습니다",
    ),
    sure(
        "read more",
        rf"(?:hier )?weiterlesen(?: auf deutsch)?{_END}|(?:den )?(?:ganzen|vollständigen|kompletten) (?:artikel|beitrag|text) lesen{_END}"
        rf"|weiter zum (?:artikel|beitrag|text){_END}|zum (?:ganzen |kompletten |vollständigen )?(?:artikel|beitrag){_END}|(?:artikel|beitrag) (?:lesen|anzeigen){_END}",
        rf"(?:点(?:击|此|这里)?(?:继续)?阅读(?:全文|原文|更多)|(?:全文|详细|继续|展开)阅读(?:全文|更多)?|阅读完整(?:文章|内容)|(?:查看|了解|展开)(?:更多|全文|原文|详情)(?:内容)?|(?:點擊|繼續)閱讀(?:全文|更多)?){_END}",
        rf"(?:(?:記事の)?続き(?:は|を)(?:こちら|読む|見る|みる)|(?:詳しくは|詳細は)こちら(?:から)?|(?:詳細|詳しく|全文|記事)(?:を)?(?:見る|みる|読む)|元記事を(?:読む|見る)){_END}",
        rf"(?:(?:전체|기사|원문|본문)? ?(?:글|기사|전문|원문|본문) ?(?:전체|전문)? ?(?:보기|읽기)|이어서 (?:읽기|보기)|더 (?:알아보기|읽어보기)|계속해서 읽기){_END}",
        rf"(?:[اإأ]قرأ|قراءة|لقراءة) (?:المزيد|المقال(?:ة)? (?:كاملا|كاملاً|كاملة|الكامل|الكاملة)|التفاصيل|الخبر كاملا)(?: (?:اضغط هنا|من هنا|\.\.\.))?{_END}|(?:متابعة|تابع|أكمل|إكمال|واصل|مواصلة) القراءة{_END}|(?:لل)?مزيد من التفاصيل{_END}|المزيد{_END}",
    ),
    open_ended(
        "read more",
        rf"lesen sie (?:hier |mehr |weiter )*(?:auf|bei|unter|in)? ?{_WHERE}",
        r"(?:阅读|閱讀|查看)(?:全文|原文|更多)[^\n。！？]{0,60}",
        rf"(?:続き|詳しく|詳細)は{_WHERE}(?:で|へ|から|をご覧ください)。?",
        rf"(?:자세한 내용은|더 많은 내용은|기사 전문은) {_WHERE}(?:에서|참고|확인)[^\n]{{0,20}}",
        r"(?:للمزيد|لمزيد من التفاصيل|لقراءة المزيد|[اإأ]قرأ أيضا|[اإأ]قرأ أيضاً)[^\n]{0,100}",
    ),
    sure(
        "comments",
        r"(?:\d+|ein|kein|keine|noch keine) kommentare?(?: vorhanden)?|kommentare? (?:schreiben|hinterlassen|verfassen|anzeigen|ansehen)|zu den kommentaren|einen kommentar (?:schreiben|hinterlassen)|schreibe einen kommentar",
        r"(?:共)?\s?\d+ ?(?:条|則|则)(?:评论|留言|評論|回复)|(?:暂无|没有|尚无|查看|添加|发表|写|我要)(?:评论|留言|評論)|(?:评论|留言)\s*[(（]\d+[)）]",
        r"(?:コメント|レス)\s*[(（]?\d+[)）]?\s*件?|\d+ ?(?:件の)?コメント|コメント(?:を書く|する|を残す|を見る|を投稿(?:する)?|はまだありません|はありません|なし)",
        r"댓글 ?\(?\d+\)?개?|\d+ ?개의 댓글|댓글 ?(?:쓰기|남기기|달기|보기|없음|작성)|댓글이 없습니다\.?",
        r"\d+ (?:تعليقات|تعليق|تعليقا|تعليقاً|تعليقًا)|تعليق واحد|لا (?:توجد |يوجد )?تعليقات|(?:أضف|اضف|اترك|اكتب) (?:تعليق|تعليقا|تعليقاً|تعليقًا|تعليقك|ردا|رداً|ردًا)|(?:ال)?تعليقات\s*\(\d+\)",
    ),
    sure(
        "share links",
        rf"(?:(?:diesen |den )?(?:artikel|beitrag) )?teilen(?: (?:mit|auf|über|via))?[\s:]+{_NETWORKS}{_END}|(?:diesen |den )?(?:artikel|beitrag) teilen{_END}|auf {_NETWORKS} teilen{_END}"
        rf"|teilen sie (?:diesen|den) (?:artikel|beitrag)(?:[\s:]+{_NETWORKS})?{_END}|(?:klick(?:en|e)?,? um (?:auf|über|dies)[^\n]{{1,60}}(?:zu teilen|zu senden)\s*(?:\(wird in neuem fenster geöffnet\))?\s*){{1,12}}"
        r"|gefällt mir:? ?gefällt mir wird geladen\s?(?:…|\.\.\.)",
        rf"(?:分享(?:到|至|此文|本文|文章)?|共享)\s*[:：]?\s*{_NETWORKS}{_END}|(?:分享(?:此文|本文|这篇文章))\s*[:：]?|(?:点击(?:以)?(?:分享到|在)[^\n（(。]{{1,24}}(?:上共享)?\s*[（(]在新窗口中打开[）)]\s*){{1,12}}|赞过[:：] ?赞 ?正在加载\s?(?:…+|\.+)",
        rf"(?:シェア|共有)(?:する)?\s*[:：]?\s*{_NETWORKS}{_END}|(?:この|本)記事を(?:シェア|共有)(?:する)?{_END}|(?:クリックして[^\n(（。]{{1,24}}(?:で共有|に共有|へ送信)\s*[(（]新しいウィンドウで開きます[)）]\s*){{1,12}}|いいね[:：] ?いいね ?読み込み中\s?(?:…+|\.+)",
        rf"(?:이 (?:글|기사) )?공유(?:하기)?\s*[:：]?\s*{_NETWORKS}{_END}|이 (?:글|기사)(?:을|를)? ?공유하기{_END}|(?:클릭하여 [^\n(]{{1,24}}공유(?:하기|합니다)? ?\(새 창에서 열림\)\s*){{1,12}}|이것이 좋아요[:：] ?좋아하기 ?(?:가져오는|로드) 중\s?(?:…|\.+)",
        rf"(?:شارك(?:ها|نا)?|مشاركة|انشر)(?: (?:هذا الموضوع|هذا المقال|هذه المقالة|المقال|الموضوع|الخبر))?\s*(?:على|عبر)?\s*[:：]?\s*{_NETWORKS}{_END}|(?:شارك|مشاركة) (?:هذا الموضوع|هذا المقال|هذه المقالة|المقال|الموضوع|الخبر){_END}"
        r"|(?:(?:انقر|اضغط) للمشاركة (?:على|في) [^\n(]{1,24}\s*\((?:فتح|يفتح) في نافذة جديدة\)\s*){1,12}|معجب بهذه[:：] ?إعجاب ?تحميل\s?(?:…|\.+)",
        r"(?:ähnliche|verwandte) (?:beiträge|artikel|themen):?|(?:das könnte (?:sie|dich) auch interessieren):?|(?:相关|相關|延伸)(?:文章|阅读|閱讀|推荐|新闻)[:：]?|関連(?:記事|リンク|投稿)?[:：]?|あわせて読みたい[:：]?"
        r"|관련 ?(?:글|기사|게시물|뉴스)[:：]?|(?:مقالات|مواضيع|أخبار|موضوعات) (?:ذات صلة|مشابهة|متعلقة)[:：]?",
    ),
    sure(
        "tags",
        rf"(?:kategorien?|schlagw[oö]rt(?:er)?|themen|stichwörter|카테고리|분류|الوسوم|وسوم|التصنيفات?|تصنيف|الكلمات الدلالية|分類|標籤)\s*[:：]\s*{_TAG}(?:\s*[,，、،|;·]\s*{_TAG}){{0,20}}",
    ),
    open_ended(
        "tags",
        r"(?:veröffentlicht|abgelegt|gespeichert|eingeordnet) (?:unter|in)[^\n.!?]{1,120}|verschlagwortet (?:mit|als)[^\n.!?]{1,120}|(?:نُ?شر|كُ?تب) (?:في|تحت)[^\n.!?]{1,100}",
    ),
)
