"""Labels mean what they mean to browsers (WHATWG); without a label, the bytes decide."""

from __future__ import annotations

import pytest
from webencodings.labels import LABELS

from digest.text.charset import decode, decode_page

SAMPLES = {
    "windows-1252": "Café, naïve — “quoted”",
    "windows-1250": "Příliš žluťoučký kůň",
    "iso-8859-2": "Příliš žluťoučký kůň",
    "iso-8859-3": "Ġurnata sabiħa ĉiam",
    "iso-8859-4": "Āzija ģimene ķēde",
    "iso-8859-10": "Þórður ðaði žđ",
    "iso-8859-13": "Ąžuolas ķēde",
    "iso-8859-14": "Ẁŵ ŷ tŷ",
    "iso-8859-15": "Œuvre à 5 €",
    "iso-8859-16": "Știință și țară",
    "windows-1251": "Новости дня и погода",
    "iso-8859-5": "Новости дня и погода",
    "koi8-r": "Новости дня и погода",
    "koi8-u": "Новини дня їжак є",
    "ibm866": "Новости дня и погода",
    "x-mac-cyrillic": "Новости дня и погода",
    "windows-1253": "Νέα της ημέρας",
    "iso-8859-7": "Νέα της ημέρας",
    "windows-1254": "Günün ışığı ve şehir",
    "windows-1255": "חדשות היום",
    "iso-8859-8": "חדשות היום",
    "iso-8859-8-i": "חדשות היום",
    "windows-1256": "أخبار اليوم",
    "iso-8859-6": "أخبار اليوم",
    "windows-1257": "Ąžuolas ķēde",
    "windows-1258": "Vit đâ ơi",
    "windows-874": "ข่าววันนี้",
    "macintosh": "Café, naïve",
    "gbk": "今日新闻：图书馆",
    "gb18030": "今日新闻：图书馆㐀",
    "big5": "今日新聞：圖書館",
    "euc-jp": "今日のニュース",
    "shift_jis": "今日のニュース①",
    "iso-2022-jp": "今日のニュース",
    "euc-kr": "오늘의 뉴스 똠",
    "utf-8": "Café 新聞 😀",
}
CODECS = {
    "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic", "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8", "shift_jis": "cp932", "euc-kr": "cp949", "big5": "big5hkscs",
    "ibm866": "cp866",
}  # fmt: skip


@pytest.mark.parametrize("label", sorted(LABELS))
def test_a_label_means_what_browsers_take_it_for(label: str) -> None:
    name = LABELS[label]
    if name in ("replacement", "x-user-defined", "utf-16le", "utf-16be"):
        text = "plain"
        body = text.encode()
    else:
        text = SAMPLES[name]
        body = text.encode(CODECS.get(name, name))
    document = b'<?xml version="1.0" encoding="%s"?><rss>%s</rss>' % (label.encode(), body)
    assert decode(document, None).text.endswith(f"<rss>{text}</rss>")
    assert f">{text}<" in decode(b"<rss>%s</rss>" % body, f"text/xml; charset={label}").text
    assert text in decode_page(b"<p>%s</p>" % body, f'text/html; charset="{label}"')


LONG = {
    "ru": "Новости дня: в городе открылась новая библиотека, жители довольны. Завтра солнечно.",
    "uk": "Новини дня: у місті відкрилася нова бібліотека, мешканці задоволені, її поверхи світлі.",
    "el": "Νέα της ημέρας: άνοιξε η νέα βιβλιοθήκη στην πόλη, οι κάτοικοι είναι ευχαριστημένοι.",
    "ja": "今日のニュース：市内に新しい図書館が開館しました。住民は喜んでいます。カタカナです。",
    "zh": "今日新闻：市里新图书馆开放，居民很高兴。明天天气很好，大家可以去公园散步。",
    "zh-Hant": "今日新聞：市裡新圖書館開放，居民很高興。明天天氣很好，大家可以去公園散步。",
    "ko": "오늘의 뉴스: 시내에 새 도서관이 문을 열었습니다. 주민들은 기뻐합니다.",
    "he": "חדשות היום: ספרייה חדשה נפתחה בעיר, התושבים מרוצים ומזג האוויר יפה",
    "ar": "أخبار اليوم: افتتحت مكتبة جديدة في المدينة والسكان سعداء والطقس جميل غدا",
    "th": "ข่าววันนี้ ห้องสมุดใหม่เปิดในเมือง ชาวเมืองดีใจ พรุ่งนี้อากาศดี",
}
ENCODED = [
    ("ru", "cp1251"), ("ru", "koi8-r"), ("ru", "iso8859-5"), ("ru", "cp866"), ("uk", "cp1251"),
    ("uk", "koi8-u"), ("el", "cp1253"), ("ja", "cp932"), ("ja", "euc_jp"), ("ja", "iso2022_jp"),
    ("zh", "gb18030"), ("zh-Hant", "big5"), ("ko", "cp949"), ("he", "cp1255"), ("ar", "cp1256"),
    ("th", "cp874"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "codec"), ENCODED)
@pytest.mark.parametrize("label", [None, "utf-8", "iso-8859-1", "windows-1252"])
def test_bytes_that_speak_clearly_are_heard(language: str, codec: str, label: str | None) -> None:
    text = (
        f"<rss><item><title>{LONG[language]}</title><link>https://example.org/</link></item></rss>"
    )
    declared = f'<?xml version="1.0" encoding="{label}"?>' if label else ""
    found = decode(declared.encode() + text.encode(codec), None)
    if codec == "iso2022_jp" and label:
        return  # Valid ASCII under a label that fits it: nothing says that it is more.
    assert found.text == declared + text
    assert found.flaw
    assert LONG[language] in decode_page(text.encode(codec), f"text/html; charset={label}")


def test_a_label_of_another_cyrillic_set_is_seen_through() -> None:
    """KOI8-R read as windows-1251 is a text of capitals."""
    text = f"<rss>{LONG['ru']}</rss>"
    for codec, label in (("koi8-r", "windows-1251"), ("cp1251", "koi8-r")):
        assert decode(text.encode(codec), f"text/xml; charset={label}").text == text


@pytest.mark.parametrize(
    ("body", "label", "text"),
    [
        pytest.param("Café — naïve".encode("cp1252"), None, "Café — naïve", id="a few letters"),
        pytest.param("à é è ù ç".encode("cp1252") * 9, None, "à é è ù ç" * 9, id="no words"),
        pytest.param("ПОГОДА".encode("cp1251"), "cp1251", "ПОГОДА", id="a word in capitals"),
        pytest.param(
            "НОВОСТИ ДНЯ И ПОГОДА НА ЗАВТРА".encode("cp1251"), "windows-1251",
            "НОВОСТИ ДНЯ И ПОГОДА НА ЗАВТРА", id="a line in capitals",
        ),
        pytest.param(
            LONG["ru"].encode() + b"\xe9.", "utf-8", LONG["ru"] + "é.", id="UTF-8 with a stray byte"
        ),
        pytest.param(
            ("é" + LONG["ru"]).encode()[:-2], "utf-8", "é" + LONG["ru"][:-2],
            id="UTF-8 cut in a letter",
        ),
        pytest.param("aé".encode() + b"\xe2\x80", None, "aé", id="cut in the second letter"),
        pytest.param(b"", None, "", id="nothing"),
    ],
)  # fmt: skip
def test_what_is_right_stays(body: bytes, label: str | None, text: str) -> None:
    assert decode(body, f"text/xml; charset={label}" if label else None).text == text
