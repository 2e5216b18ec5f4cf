"""What aggregators repeat: headlines that they cut, links under own titles, notices of paywalls."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from digest.match import candidates, group, keys
from digest.match.evidence import is_live, names_an_article
from digest.match.notices import is_paywall_notice
from digest.model import Body, Entry, KeyHolder, MarkedText, SafeHtml
from digest.normalize.entry import fingerprint

NOW = datetime(2026, 3, 29, 10, 12, 7, tzinfo=UTC)
ARTICLE = "https://mill.example/2026/old-bridge"
HEADLINES = {
    "en": "Council approves new bridge over the river after ten years of debate",
    "en, a number behind the cut": "Council approves new bridge over the river for 12 million",
    "en, a first part": "First round of talks on the harbor ends without a result on Sunday",
    "de": "Gemeinderat stimmt nach zehn Jahren Streit für die neue Brücke bei Niederau",
    "fr": "Le conseil municipal approuve un nouveau pont après dix ans de débats",
    "ru": "Городской совет одобрил новый мост через реку после десяти лет споров",
    "ar": "مجلس المدينة يوافق على بناء جسر جديد فوق النهر بعد عشر سنوات من النقاش",
    "zh": "市议会在十年争论之后终于批准在老码头附近修建一座新的跨河大桥",
    "ja": "市議会は十年にわたる議論の末に古い港の近くに新しい橋を架けることを決めた",
    "ko": "시의회가 십 년의 논쟁 끝에 옛 부두 근처에 새로운 다리를 놓기로 결정했다",
}


def told(
    id: int, title: str, text: str = "", *, link: str | None = None, days: float = 0, feed: int = 0
) -> Entry:
    return Entry(
        id=id,
        feed_id=feed or id,
        uid=str(id),
        title=title,
        canonical_link=link or f"https://feed{id}.example/2026/entry-{id}",
        published=NOW + timedelta(days=days, minutes=id),
        fingerprint=fingerprint(text),
        first_seen=NOW,
        raw_hash="",
        body=Body(html=SafeHtml(""), text=MarkedText(text)) if text else None,
    )


def stories(*entries: Entry) -> set[frozenset[int]]:
    held = defaultdict(list)
    for entry in entries:
        for key in keys(entry):
            held[key.hash].append(KeyHolder(entry_id=entry.id or 0, feed_id=entry.feed_id))
    holders = {hash: found for hash, found in held.items() if len(found) > 1}
    feeds = {entry.feed_id for entry in entries}
    texts = {entry.id or 0: entry.body.text for entry in entries if entry.body}
    pairs = candidates(entries, holders, feeds)
    found = group(entries, (), pairs, holders, feeds, lambda ids: texts)
    return {frozenset(story.members) for story in found}


def original(headline: str, id: int = 1) -> Entry:
    return told(id, headline, f"{headline}. {headline[12:]} {headline[5:]} {headline[8:]}.")


# --- headlines that were cut ---------------------------------------------------------------------


@pytest.mark.parametrize("cut", ["…", "...", " …", " [...]", "… - Mill News"])
@pytest.mark.parametrize("language", HEADLINES)
def test_a_cut_headline_is_of_the_story_of_the_whole_one(language: str, cut: str) -> None:
    headline = HEADLINES[language]
    for share in (0.62, 0.7, 0.8):
        copy = told(2, headline[: int(len(headline) * share)] + cut)
        assert stories(original(headline), copy) == {frozenset({1, 2})}


def test_a_short_note_may_stand_below_a_cut_headline() -> None:
    headline = HEADLINES["en"]
    copy = told(2, headline[:45] + "…", "Via the Mill.")
    assert stories(original(headline), copy) == {frozenset({1, 2})}


HARBOR = "Police: man arrested after fire in the old harbor of "


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(
            (
                original(HARBOR + "Niederau on Sunday"),
                original(HARBOR + "Oberau on Monday", 2),
                told(3, HARBOR.strip() + "…"),
            ),
            id="two headlines begin like the cut one",
        ),
        pytest.param(
            (original(HEADLINES["en"]), told(2, HEADLINES["en"][:45] + "…", days=4)),
            id="days apart",
        ),
        pytest.param(
            (original(HEADLINES["en"]), told(2, "Council approves new…")),
            id="few words",
        ),
        pytest.param(
            (original(HEADLINES["en"]), told(2, "Council approves new bridge over the road…")),
            id="another word before the cut",
        ),
        pytest.param(
            (original(HEADLINES["en"]), told(2, HEADLINES["en"][:45])),
            id="a shorter headline that was not cut",
        ),
        pytest.param(
            (
                original("This week in the library of Mill Bay: kites, boats and a bear"),
                told(2, "This week in the library of Mill Bay: kites…"),
            ),
            id="a column of each week",
        ),
        pytest.param(
            (
                original(HEADLINES["en"]),
                told(
                    2,
                    HEADLINES["en"][:45] + "…",
                    "The mayor of Oberau opened the new school on Monday, and four hundred children"
                    " sang for her in the yard until the rain came and the band went home to dry.",
                ),
            ),
            id="a text that says something else",
        ),
    ],
)
def test_what_only_begins_alike_stays_apart(entries: tuple[Entry, ...]) -> None:
    assert stories(*entries) == {frozenset({entry.id}) for entry in entries}


# --- one link under many titles ------------------------------------------------------------------

TITLES = (
    "Ferry Larkspur sinks off the coast",
    "Ship goes down near Mill Bay",
    "What we know about the Larkspur",
    "A long night in the storm",
    "Rescue at sea",
    "Larkspur disaster: the captain speaks",
    "Mill Bay mourns",
)


@pytest.mark.parametrize("count", [7, 240])
def test_one_link_under_many_titles_is_one_story(count: int) -> None:
    entries = [told(at, TITLES[at % 7], link=ARTICLE) for at in range(1, count + 1)]
    assert len(stories(*entries)) == 1


@pytest.mark.parametrize(
    ("link", "one", "other"),
    [
        ("https://shop.example/sale", "Garden chairs from oak", "A lamp for every desk"),
        ("https://shop.example/sale-of-spring", "Garden chairs on sale", "Lamps on sale"),
        ("https://shop.example/sale-of-spring", "Lamps: 20 per cent off", "Sofas: 30 per cent off"),
        ("https://mill.example/2026/storm-live", "Roof of the school is gone", "Ferry turns back"),
        ("https://mill.example/en-direct/tempete-2026", "Le toit s'envole", "Retour au port"),
    ],
)
def test_one_link_without_texts_may_be_a_page_of_many_stories(
    link: str, one: str, other: str
) -> None:
    assert len(stories(told(1, one, link=link), told(2, other, link=link))) == 2


def test_an_address_names_an_article_or_a_section() -> None:
    articles = (ARTICLE, "https://a.example/p/12345", "https://a.example/?id=4711")
    sections = ("https://a.example/sale", "https://a.example/news/", "https://a.example/shop/men")
    assert all(map(names_an_article, articles))
    assert not any(map(names_an_article, sections))
    assert is_live("https://a.example/2026/storm-live")
    assert not is_live("https://a.example/2026/alive-and-well")


# --- notices of paywalls -------------------------------------------------------------------------

NOTICES = (
    "This article is for subscribers only. Please log in or subscribe to read the full story. "
    "Your subscription supports our newsroom.",
    "Dieser Artikel ist nur für Abonnenten. Bitte melden Sie sich an oder schließen Sie ein Abo "
    "ab, um weiterzulesen. Noch nicht registriert? Hier geht es zur Anmeldung.",
    "Cet article est réservé aux abonnés. Connectez-vous ou abonnez-vous pour lire la suite de "
    "l'article et soutenir notre rédaction chaque jour.",
    "Este artículo es solo para suscriptores. Inicia sesión o suscríbete para leer la noticia "
    "completa y apoyar a nuestra redacción todos los días.",
    "Материал доступен только по подписке. Войдите или оформите подписку, чтобы читать статью "
    "полностью и поддержать нашу редакцию. Платный доступ.",
    "本文仅限会员阅读。请登录或订阅后继续阅读全文。" * 5,
    "この記事は有料会員限定です。ログインまたは購読の手続きをすると続きをお読みいただけます。" * 3,
    "이 기사는 유료 회원 전용입니다. 로그인하거나 구독하시면 기사 전문을 읽을 수 있습니다. " * 3,
    "هذا المقال للمشتركين فقط. يرجى تسجيل الدخول أو الاشتراك لقراءة المقال كاملا. اشتراك شهري. "
    * 2,
)


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_joins_no_articles(notice: str) -> None:
    assert is_paywall_notice(notice)
    assert fingerprint(notice) is not None
    assert len(stories(told(1, "", notice), told(2, "", notice))) == 2
    assert len(stories(told(1, "A bridge is built", notice), told(2, "", notice))) == 2
    assert len(stories(told(1, "", notice, link=ARTICLE), told(2, "", notice, link=ARTICLE))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "The library lends bicycles to all members from Monday on, and the first hundred are free "
        "for a whole week. Read the rules before you ride, and bring a helmet with you.",
        "Abonnements für die Bücherei gibt es ab Montag. Sie gelten ein Jahr und kosten nichts, "
        "sagt die Leiterin, die selbst jeden Tag dort ist und allen hilft.",
        "图书馆从周一起出借自行车，头一百辆免费使用一整个星期。请先看规则，再骑车出门，并且带上头盔。"
        * 4,
    ],
)
def test_an_untitled_post_that_two_feeds_have_is_one_story(text: str) -> None:
    assert not is_paywall_notice(text)
    assert stories(told(1, "", text), told(2, "", text)) == {frozenset({1, 2})}
