"""Detect the language of a text: a BCP 47 tag, or ``None``.

The declared language counts if the script of the text agrees with it.  Otherwise the script decides,
and among languages of one script their most common words and letters.  There is no model to
download.
"""

# ruff: noqa: E501  # a language's words stand on one line

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

from digest.text import marks
from digest.text.scripts import SCRIPTS

SAMPLE = 400
"""Characters of a text that are examined."""

_RUNS = re.compile("|".join(f"(?P<{name}>[{signs}]+)" for name, signs in SCRIPTS.items()))

_ONLY = {
    "Hang": "ko", "Grek": "el", "Hebr": "he", "Beng": "bn", "Guru": "pa", "Gujr": "gu", "Taml": "ta",
    "Telu": "te", "Knda": "kn", "Mlym": "ml", "Sinh": "si", "Thai": "th", "Laoo": "lo", "Mymr": "my",
    "Geor": "ka", "Armn": "hy", "Ethi": "am", "Khmr": "km", "Deva": "hi", "Tibt": "bo",
}  # fmt: skip
_WRITTEN_IN = {
    "ja": {"Kana", "Hani"}, "zh": {"Hani"}, "yue": {"Hani"}, "ko": {"Hang"},
    **{tag: {"Cyrl"} for tag in ["ru", "uk", "be", "bg", "mk", "kk", "ky", "tg", "mn", "tt"]},
    "sr": {"Cyrl", "Latn"}, "uz": {"Cyrl", "Latn"}, "az": {"Cyrl", "Latn"},
    **{tag: {"Arab"} for tag in ["ar", "fa", "ur", "ps", "ckb", "ug", "sd", "dv"]},
    "he": {"Hebr"}, "iw": {"Hebr"}, "yi": {"Hebr"},
    **{tag: {"Deva"} for tag in ["hi", "mr", "ne", "sa"]},
    **{tag: {script} for script, tag in _ONLY.items() if script not in {"Deva", "Hang", "Hebr"}},
}  # fmt: skip

_TRADITIONAL = re.compile(
    "[這個們來為說時會對過還後學國經開發現機動種關應與間問題體讓話將網據進處當點實從樣長車東風買賣書專業電腦華麼觀兒圖寫聽讀認識請給無義裡見頭錢門馬鳥魚語論設計試該誰調變費資軟轉輸選遠運"
    "適鐵銀錯難雲響頁類願顯飛館驗魯麗黃檔構標權歡歲決沒準測滿漢確碼稱節範簡級組結統絕續維練總線縣罰習聯腳號術補製規視觸訊記許訴評詞詳護貝負財貨責]"
)
_SIMPLIFIED = re.compile(
    "[这个们来为说时会对过还后学国经开发现机动种关应与间问题体让话将网据进处当点实从样长车东风买卖书专业电脑华么观儿图写听读认识请给无义里见头钱门马鸟鱼语论设计试该谁调变费资软转输选远运"
    "适铁银错难云响页类愿显飞馆验鲁丽黄档构标权欢岁决没准测满汉确码称节范简级组结统绝续维练总线县罚习联脚号术补制规视触讯记许诉评词详护贝负财货责]"
)

_WORDS: dict[str, str] = {
    "en": "the and of to in is that it for was on are with as this be at by have from not you but an or we they which has he will can what your more were their about been would there when if so out all one its how our who do than also some could into just like no i my me over new says against into first",
    "fr": "le la les de des du et est en un une que qui dans pour pas sur au par il elle nous vous ce cette avec plus sont ne se mais ou être c'est d'un l'on aux ses son leur été fait comme tout on deux ont si même ces je très aussi sans",
    "de": "der die das und ist nicht ein eine zu den mit von auf für im dem sich auch es an als werden wird aus bei sind oder wie ich wir sie einen einer nach noch nur über so zum zur dass haben hat kann man aber mehr wenn was vor durch um eines am diese",
    "es": "el la los las de que y en un una es por con para no se del al lo como más pero sus su este esta son ha fue ser sobre entre también hay cuando muy todo está sin desde donde nos si ya porque qué me mi yo",
    "it": "il la lo gli le di che e è un una in per con non del della dei delle al si come più ma da sono anche alla nel nella questo questa ha ho stato essere ai dal dalla suo loro quando se ci io mi tutti cosa dove",
    "pt": "o a os as de que e em um uma é por com para não se do da dos das no na mais como mas ao foi ser são está também pelo pela seu sua quando muito já nos isso este esta ou entre sobre eu tem você até há",
    "nl": "de het een en van is in dat op te zijn voor met niet aan die er om ook als bij maar naar door over uit je ik wij worden wordt heeft hebben dit deze nog wel dan of meer kan was we zich hun geen moet",
    "sv": "och att det i en som är på av för med den till inte har om ett de jag kan vi men från så var eller när vid ska också sig nu man här din mer efter under mycket bara hur alla ut han hon",
    "da": "og at det i en som er på af for med den til ikke har om et de jeg kan vi men fra så var eller når ved skal også sig nu man her din mere efter under meget kun hvordan alle ud han hun hvad blev være",
    "no": "og at det i en som er på av for med den til ikke har om et de jeg kan vi men fra så var eller når ved skal også seg nå man her din mer etter under mye bare hvordan alle ut han hun hva ble være",
    "fi": "ja on ei että se hän oli ovat kuin mutta myös tai jos niin kun joka mitä tämä sen ole voi vain sitä mukaan jo nyt kanssa sekä nämä minä olen siitä mikä jotka hyvin vielä ollut eikä noin",
    "pl": "i w nie na się z do to jest że o jak ale po co za od przez są tym dla czy tak już tylko był może jego oraz które który ich można jeszcze bardzo przy także być jako bez sobie wszystko więc mnie",
    "cs": "a se v na je že to s z do i o k ve pro za by ale jako po co jak tak už od jsem jsou byl který které jen nebo při než také jeho podle až před ještě mi ze není být když může může kde",
    "sk": "a sa v na je že to s z do aj o k vo pre za by ale ako po čo tak už od som sú bol ktorý ktoré len alebo pri než tiež jeho podľa až pred ešte mi zo nie je byť keď môže kde",
    "hu": "a az és hogy nem is egy ez meg csak de van volt már még mint vagy ha mert el ki azt kell lehet nagyon minden pedig után majd így én sem való itt szerint ami akkor között olyan több",
    "ro": "și de la a în nu este cu că pe un o pentru din care mai să sunt ce se au fost sau dar prin fi după dacă ca cel cea acest această foarte când unde lui lor toate poate aceste până",
    "tr": "ve bir bu da de için ile çok olarak daha gibi ne var en olan ama kadar sonra her ki ya o değil mi olduğu ben biz diye bunu zaman şey kendi ancak veya tüm göre nasıl hem iki önce",
    "vi": "và của là có không được cho các trong một với người những đã này khi để từ đến như về thì nhiều ra vào cũng lại hay tôi sẽ bạn phải trên làm rất nhưng còn nếu đó sau chúng việc",
    "id": "yang dan di ini itu dengan untuk tidak dari dalam akan pada juga ke karena adalah ada oleh saya bisa mereka kita lebih sudah atau seperti dapat kami anda telah tersebut menjadi saat hanya sebagai secara banyak",
    "ca": "el la els les de que i en un una és per amb no es del al com més però són ha dels seu seva aquest aquesta també quan molt tot sense des fer hi va ser o ja on",
    "hr": "i u je se na da za su od s a o što kao ali ne koji iz ili bi to će po do koje biti samo više kako još sam nije kada te ako može između nakon jer bio prema ovo",
    "et": "ja on ei et see oli ka kui aga või mis oma nii ta seda selle siis kes ning välja veel nagu olla kas mida mul kuid juba pole väga saab üle need sest pärast",
    "lt": "ir yra į kad su tai iš kaip bet ne apie tik už buvo ar jau dėl nuo iki savo taip pat per kuris gali būti labai po aš jis jie prie man",
    "lv": "un ir no ar par uz ka kas pie tas bet kā arī vai to lai pēc nav ja ko tikai jau bija tiek var gan savu līdz ļoti viņš kad tā būs",
    "sl": "in je v se na da za so od z s o kot ali ne ki iz tudi bi to po do lahko pa še samo več kako sem ni če med ker bil kar pri vse bo",
    "sq": "dhe të në e një me për që nga është si se nuk do më i u ka por janë kjo ky tek edhe",
    "af": "die en van in is het dat nie om 'n te vir met op aan was sal hy hulle ook by as maar wat kan ons deur jy sy",
    "cy": "y yn a i o yr ar mae ei ac wedi gan bod fod hyn sydd oedd wrth nid am er eu",
    "ga": "an na agus a ar is i ag go le do sa atá bhí ach leis mar sé sin níl",
    "is": "og að í er á sem við til það en um með hann ekki var af fyrir ég þetta eru hefur frá",
    "tl": "ang ng sa na mga ay at ito para hindi ko siya kung may din lang ni rin nang isang",
    "sw": "na ya wa kwa ni katika la za kuwa hii hiyo kama lakini yake watu wake",
    "uz": "va bilan uchun bu bir ham emas lekin edi kerak bo'lgan mumkin",
}  # fmt: skip
_LATIN_LETTERS = {
    "fr": "çèêœûàù", "pt": "ãõç", "es": "ñ¿¡", "de": "ßäöü", "sv": "åäö", "da": "æøå", "no": "æøå", "fi": "äö",
    "pl": "ąęłśźżć", "cs": "ěřů", "sk": "ľĺŕô", "hu": "őű", "ro": "șțăâ", "tr": "ğışç", "vi": "ạảấầẩậếềệốồộớờợứừự",
    "is": "ðþ", "lt": "ėųį", "lv": "āēīū", "et": "õäü", "hr": "đ", "it": "ìò", "ca": "çò",
}  # fmt: skip
_CYRILLIC = {
    "ru": "и в не на что я с он как это но к у из за по же от так все для мы бы вы был ещё его только или если может уже при чтобы когда где быть",
    "uk": "і в не на що я з він як це але до у та за по від так все для ми був ще його тільки або якщо може вже при щоб коли де бути є із",
    "be": "і ў не на што я з ён як гэта але да у па ад так усё для мы быў яшчэ яго толькі або калі можа ўжо пры каб дзе быць",
    "bg": "и в не на че аз с той как това но към у от за по да са се така всички ще ние беше още му само или ако може вече при когато където бъде е",
    "mk": "и во не на што јас со тој како ова но кон од за по да се така сите ќе ние беше уште само или ако може веќе при кога каде биде е",
    "sr": "и у не на што ја са он како ово али од за по да се су је тако све ће ми био још само или ако може већ при када где бити",
    "kk": "және мен бұл бір үшін да де деп емес бар осы болды еді қазақстан туралы керек",
    "mn": "нь юм болон энэ бол гэж байна хийх тухай монгол улсын",
}
_CYRILLIC_LETTERS = {
    "uk": "іїєґ",
    "be": "ўі",
    "ru": "ыэё",
    "mk": "ѓќѕ",
    "sr": "ђћџљњј",
    "kk": "әғқңұһ",
    "mn": "өү",
    "bg": "ъ",
}
_ARABIC = {
    "ar": "في من على أن إلى عن ما هذا التي الذي هذه لا مع كان بعد قد هو هي كل بين أو ذلك لم",
    "fa": "و در به از که این را با است برای آن یک خود تا کرد بر هم نیز می شود شده کند ها های",
    "ur": "کے میں کی ہے اور سے کا کو اس نے پر کہ ہیں بھی یہ ایک تھا گیا لیے کر",
    "ps": "د په چې او له کې ته دی هم يو دا کړي",
    "ckb": "لە و بە کە بۆ ئەم لەگەڵ ئەو هەر",
}
_NOT_ARABIC = "یک" * 3
"""The letters ye and kaf of Persian and related languages, which have their own code points."""
_ARABIC_LETTERS = {
    "fa": "پچژگ" + _NOT_ARABIC,
    "ur": "ٹڈڑےںہھ" + _NOT_ARABIC,
    "ar": "ةىأإؤيك",
    "ps": "ټډړښځۍې" + _NOT_ARABIC,
    "ckb": "ۆێەڵ" + _NOT_ARABIC,
}
_DEVANAGARI_LETTERS = {"hi": "\u093c", "mr": "ळऱॲ", "ne": ""}
"""Characters particular to each language; that of Hindi is the dot below letters."""
_DEVANAGARI_ENDINGS = {
    "mr": ("च्या", "चे", "ची", "चा", "ांनी", "ून", "साठी", "ला", "ात", "ीत", "तील"),
    "ne": ("मा", "को", "ले", "हरू", "हरु", "लाई", "बाट"),
}
"""Endings of words in Marathi and Nepali; Hindi writes them as separate words."""
_DEVANAGARI = {
    "hi": "के है में की और से का को पर यह ने कि एक भी हैं इस लिए नहीं था कर",
    "mr": "आहे आणि या च्या ते हे मध्ये आहेत नाही केले होते एक तर ला झाले झाला झाली की पण होता काय असून त्यांनी",
    "ne": "छ र को मा लाई पनि गर्न भएको हो यो छन् गरेको भने एक भयो हुने गर्ने तथा लागि उनले छैन हुन्छ गरे",
}


def _speakers(lists: dict[str, Iterable[str]]) -> dict[str, list[str]]:
    """Invert lists of words or letters: return the languages of each item."""
    speakers: dict[str, list[str]] = {}
    for tag, words in lists.items():
        for word in dict.fromkeys(words):
            speakers.setdefault(word, []).append(tag)
    return speakers


def _votes(tables: dict[str, str]) -> dict[str, tuple[tuple[str, float], ...]]:
    """Return the votes of each word: one vote, shared equally by the languages that have it."""
    speakers = _speakers({tag: words.split() for tag, words in tables.items()})
    return {word: tuple((tag, 1 / len(tags)) for tag in tags) for word, tags in speakers.items()}


_COMMON = {tag: frozenset(words.split()) for tag, words in _WORDS.items()}
_LATIN_VOTES = _votes(_WORDS)
_ACCENT_VOTES = _speakers(dict(_LATIN_LETTERS))
_CYRILLIC_VOTES = _votes(_CYRILLIC)
_ARABIC_VOTES = _votes(_ARABIC)
_DEVANAGARI_VOTES = _votes(_DEVANAGARI)

_TAG = re.compile(
    r"([A-Za-z]{2,3})(?:[-_]([A-Za-z0-9]{2,8}))?(?:[-_]([A-Za-z0-9]{2,8}))?(?:[-_].*)?"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MARKED_WORD = re.compile(
    "(?:[^\\W\\d_]|[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957])+"
)
"""A word of a script whose vowels are combining marks, which `_WORD` does not match."""
_ASCII = bytes(range(128))
_NO_LETTERS = bytes(code for code in range(256) if code > 127 or not chr(code).isalpha())
_NOISE = re.compile(r"https?://[^\s\ue000-\ue00f]+|[\ue000-\ue002][^\ue00f]*\ue00f?")


def language(text: str, *, declared: str | None) -> str | None:
    """Return the language of `text`: the declared one if it is plausible, else as detected."""
    tag = tidy_tag(declared)
    sample = text[:SAMPLE]
    if "://" in sample or (not sample.isascii() and marks.ANY.search(sample)):
        sample = _NOISE.sub(" ", text[: 2 * SAMPLE])[:SAMPLE]
    shares = _shares(sample)
    if not shares:
        return tag
    script = _main_script(shares)
    if tag and not _believable(tag, script, shares, sample):
        tag = None
    if tag:
        return tag if tag != "zh" else _chinese(sample) or "zh"
    wide = shares["Hani"] + shares["Kana"]
    if script == "Latn" and wide >= 8 and wide * 20 >= shares["Latn"]:
        # Names and code may outnumber the characters of a short Chinese text, but not if the Latin
        # words around them make sentences.
        best = _detected(script, sample)
        if best is None or not _is_full_of(sample, _COMMON[best]):
            script = "Kana" if shares["Kana"] * 12 > shares["Hani"] else "Hani"
    return _detected(script, sample)


@lru_cache(maxsize=256)
def tidy_tag(tag: str | None) -> str | None:
    """Return a declared language tag in the form of BCP 47; ``None`` if it is invalid.

    >>> tidy_tag("zh_cn"), tidy_tag("EN-us"), tidy_tag("english")
    ('zh-CN', 'en-US', None)
    """
    found = _TAG.fullmatch((tag or "").strip())
    if not found or found[1].lower() in {"und", "xx", "mul", "zxx"}:
        return None
    parts = [found[1].lower()]
    for part in found.groups()[1:]:
        if part:
            parts.append(
                part.title() if len(part) == 4 else part.upper() if len(part) < 4 else part
            )
    return "-".join(parts)


def _shares(sample: str) -> defaultdict[str, int]:
    """Return the number of letters of each script."""
    shares: defaultdict[str, int] = defaultdict(int)
    octets = sample.encode("utf-8", "ignore")
    latin = len(octets.translate(None, _NO_LETTERS))
    if latin:
        shares["Latn"] = latin
    if len(octets) > len(sample):
        # Without ASCII characters, the letters of a script form a few long runs.
        for run in _RUNS.finditer(octets.translate(None, _ASCII).decode()):
            shares[run.lastgroup or ""] += run.end() - run.start()
    return shares


def _main_script(shares: defaultdict[str, int]) -> str:
    """Return the main script; a Chinese character weighs more than a letter, kana mean Japanese."""
    if len(shares) == 1:
        return next(iter(shares))
    han, kana, hangul, latin = (shares[name] for name in ("Hani", "Kana", "Hang", "Latn"))
    if 3 * (han + kana) > latin and han + kana > hangul:
        return "Kana" if kana * 12 > han else "Hani"
    if 2 * hangul > latin and hangul:
        return "Hang"
    others = {name: n * (1 if name == "Latn" else 2) for name, n in shares.items()}
    return max(others, key=lambda name: (others[name], name))


def _believable(tag: str, script: str, shares: defaultdict[str, int], sample: str) -> bool:
    primary = tag.partition("-")[0]
    written = _WRITTEN_IN.get(primary, {"Latn"})
    if script not in written:
        # A text about code has mostly Latin letters in any language.
        own = sum(shares[name] for name in written)
        return (
            script == "Latn"
            and (own > 0 if len(sample) < 100 else own >= 8)
            and own * 20 >= shares["Latn"]
        )
    if script == "Hani" and primary == "ja":
        return len(sample) < 60
    if script != "Latn":
        return True
    if primary not in _WORDS or _is_full_of(sample, _COMMON[primary]):
        return True
    scores, words = _scores(sample, _LATIN_VOTES)
    # The declared language is wrong only if another one is far more likely.
    score = max(scores.values(), default=0.0)
    return score < 4 or scores.get(primary, 0.0) * 2 > score or score < 0.08 * words


def _is_full_of(sample: str, common: frozenset[str]) -> bool:
    """Say whether more than every fourth word is among the most common of a language."""
    words = sample.casefold().split()
    return 4 * len([word for word in words if word in common]) > len(words) > 5


def _detected(script: str, sample: str) -> str | None:
    if script == "Kana":
        return "ja"
    if script == "Hani":
        return _chinese(sample)
    if script == "Cyrl":
        return _best(sample, _CYRILLIC_VOTES, _CYRILLIC_LETTERS, "ru")
    if script == "Arab":
        return _best(sample, _ARABIC_VOTES, _ARABIC_LETTERS, "ar")
    if script == "Deva":
        return _best(sample, _DEVANAGARI_VOTES, _DEVANAGARI_LETTERS, "hi", _DEVANAGARI_ENDINGS)
    if script != "Latn":
        return _ONLY.get(script)
    return _latin(sample)


def _latin(sample: str) -> str | None:
    scores, _ = _scores(sample, _LATIN_VOTES)
    if not sample.isascii():
        for tag, weight in _accents(sample).items():
            scores[tag] += weight / 3
    ranks = sorted([(-score, tag) for tag, score in scores.items()])
    (score, best), (second, _) = [*ranks[:2], (0.0, ""), (0.0, "")][:2]
    words = len(sample.split())
    if score <= -1 and (score <= -3 or score <= -0.1 * words) and second * 1.1 >= score:
        return best
    # Without an accent, and if no other language is more likely, it is English.
    if sample.isascii() and words > 5 and scores["en"] * 1.1 >= -score:
        return "en"
    return None


def _accents(sample: str) -> dict[str, int]:
    """Return for each language how many letters of the sample are particular to it."""
    weights: defaultdict[str, int] = defaultdict(int)
    for letter in _ACCENT_VOTES.keys() & set(sample):
        times = sample.count(letter)
        for tag in _ACCENT_VOTES[letter]:
            weights[tag] += times
    return weights


def _scores(
    sample: str, votes: dict[str, tuple[tuple[str, float], ...]], word: re.Pattern[str] = _WORD
) -> tuple[defaultdict[str, float], int]:
    """Return the score of each language that has a word of the sample, and the number of words."""
    scores: defaultdict[str, float] = defaultdict(float)
    words = word.findall(sample.casefold().replace("’", "'"))
    # A name or a link may repeat a word, so each word counts three times at most.
    for common, times in Counter(filter(votes.__contains__, words)).items():
        for tag, weight in votes[common]:
            scores[tag] += weight * min(times, 3)
    return scores, len(words)


def _best(
    sample: str,
    votes: dict[str, tuple[tuple[str, float], ...]],
    letters: dict[str, str],
    usual: str,
    endings: dict[str, tuple[str, ...]] | None = None,
) -> str:
    """Return the language with the highest score; on a tie the usual one, then the first."""
    scores = defaultdict(float, {usual: 1.0})
    for tag, score in _scores(sample, votes, _MARKED_WORD)[0].items():
        scores[tag] += score
    for tag, signs in letters.items():
        scores[tag] += sum(map(sample.count, signs)) / 2
    if endings:
        words = _MARKED_WORD.findall(sample)
        for tag, own in endings.items():
            scores[tag] += sum(len(word) > 4 and word.endswith(own) for word in words) / 2
    order = dict.fromkeys((usual, *letters, *sorted(scores)))
    return max(order, key=lambda tag: scores[tag])


def _chinese(sample: str) -> str:
    traditional = len(_TRADITIONAL.findall(sample))
    simplified = len(_SIMPLIFIED.findall(sample))
    if traditional == simplified:
        return "zh"
    return "zh-Hant" if traditional > simplified else "zh-Hans"
