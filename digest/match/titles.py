"""Decide from two titles whether their entries may tell the same story.

A different number, date or part of a series proves two stories more surely than any likeness
proves one: release notes, weekly columns and series differ in little else.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from digest.text.month_names import MONTH
from digest.text.words import SPACELESS, words

_VERSION = re.compile(r"\d+(?:[.:]\d+)+(?:[-.]?(?:alpha|beta|rc|a|b)[-.]?\d*)?")
_LABEL = (
    # en de fr es it pt nl
    "parts?|pt|chapter|episodes?|ep|issue|no|nr|vol|volume|season|week|day|round|level|lesson|book"
    "|version|release|teil|folge|ausgabe|band|heft|kapitel|staffel|woche|kw|tag|runde|lektion"
    "|partie|numéro|tome|chapitre|saison|semaine|jour|leçon|épisode|livraison|parte|episodio"
    "|número|tomo|capítulo|temporada|semana|día|lección|puntata|numero|capitolo|stagione|lezione"
    "|edição|episódio|capítulo|edición|deel|aflevering|nummer|hoofdstuk|seizoen"
    # Nordic, Baltic and Hungarian
    "|del|avsnitt|kapitel|säsong|afsnit|sæson|episode|kapittel|osa|jakso|numero|rész|epizód|szám"
    "|évad|fejezet"
    # Slavic, Greek, Romanian, Turkish
    "|odcinek|część|numer|rozdział|sezon|díl|část|číslo|kapitola|časť|dio|epizoda|broj|nastavak"
    "|часть|выпуск|серия|том|неделя|день|глава|сезон|урок|номер|эпизод|частина|випуск|серія|розділ"
    "|епізод|част|брой|епизод|део|број|епизода|μέρος|επεισόδιο|τεύχος|κεφάλαιο"
    "|partea|episodul|numărul|capitolul|bölüm|sayı|kısım|sezon|hafta"
    # Arabic, Persian, Hebrew, Indian and South-East Asian languages
    "|العدد|الحلقة|الجزء|الفصل|الموسم|قسمت|شماره|بخش|فصل|פרק|חלק|גיליון|עונה|अंक|भाग|कड़ी|एपिसोड"
    "|अध्याय|পর্ব|সংখ্যা|அத்தியாயம்|பகுதி|bagian|edisi|episod|tập|phần|số|kỳ|ตอนที่|ฉบับที่|ตอน"
)
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|first|second|third|fourth|fifth|final"
    "|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|un|deux|trois|quatre|cinq|six|sept|huit"
    "|neuf|dix|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|due|tre|quattro|cinque|sei"
    "|sette|otto|nove|dieci|um|dois|três|quatro|sete|oito|dez|een|twee|drie|vijf|zes|zeven|negen"
    "|tien|jeden|dwa|trzy|cztery|pięć|jedna|dvě|tři|čtyři|pět|один|два|три|четыре|пять|шесть|семь"
    "|первая|вторая|третья|четвёртая|четвертая|пятая|первый|второй|третий|перша|друга|третя"
    "|bir|iki|üç|dört|beş|en|två|fyra|fem|yksi|kaksi|kolme|egy|kettő|három|unu|doi|trei"
    "|الأول|الثاني|الثالث|الرابع|الخامس|الأولى|الثانية|الثالثة|الرابعة|الخامسة"
    "|एक|दो|तीन|चार|पांच|पहला|दूसरा|तीसरा|satu|dua|tiga|một|hai|ba"
)
_ORDINALS = (
    "first|second|third|fourth|fifth|erster?|erste|zweiter?|zweite|dritter?|dritte|vierter?|vierte"
    "|première?|premier|deuxième|seconde|troisième|quatrième|primera?|primer|segunda|tercera?"
    "|cuarta|prima|seconda|terza|quarta|primeira|terceira|eerste|tweede|derde|första|andra|tredje"
    "|pierwsza|druga|trzecia|první|druhá|druhý|třetí|ensimmäinen|toinen|kolmas|első|második"
    "|harmadik|первая|вторая|третья|четвёртая|первый|второй|третий|перша|друга|третя|birinci"
    "|ikinci|üçüncü|पहला|दूसरा|तीसरा|पहली|दूसरी|तीसरी"
)
_SERIAL = re.compile(
    rf"(?:\b(?:{_LABEL})(?![^\W\d])\.?\s*|[#№]\s*|n[°º]\s*)(\d+|[ivx]{{1,5}}\b|(?:{_NUMBER_WORDS})\b)"
    rf"|\b(\d+|{_ORDINALS})(?:\.|-?(?:st|nd|rd|th|ª|º|a|e|ère|ème|я|й|та|ша|inci|ıncı|uncu|üncü))?"
    rf"\s+(?:{_LABEL})\b"
    r"|\b(s\d+\s?e\d+)\b"
    r"|第\s*([0-9〇一二三四五六七八九十百]+)"
    r"|([0-9〇一二三四五六七八九十]+)\s*(?:月号|話|回目|号|集|期|편|회|화|호|부|권|장|차)"
    r"|(?:その|パート|vol)\s*\.?\s*([0-9一二三四五六七八九十]+)"
    r"|[(【\[]\s*([0-9]+|[ivx]{1,5}|上|中|下|前編|中編|後編|上篇|中篇|下篇|[一二三四五六七八九十]+)"
    r"(?:\s*/\s*\d+)?\s*[)】\]]"
    r"|(上|中|下|前編|後編|上篇|下篇)\s*$"
)
_WEEKDAYS = """
    monday tuesday wednesday thursday friday saturday sunday
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
    lundi mardi mercredi jeudi vendredi samedi dimanche
    lunes martes miércoles jueves viernes sábado domingo
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag søndag
    maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai
    poniedziałek wtorek środa czwartek piątek sobota niedziela
    pondělí úterý středa čtvrtek pátek neděle pondelok utorok streda štvrtok piatok nedeľa
    hétfő kedd szerda csütörtök péntek szombat vasárnap
    luni marți miercuri joi vineri sâmbătă duminică
    ponedjeljak utorak srijeda četvrtak petak subota nedjelja
    понедељак уторак среда четвртак петак субота недеља понеделник вторник сряда четвъртък петък
    понедельник вторник среда четверг пятница суббота воскресенье
    понеділок вівторок середа четвер субота неділя
    δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή
    pazartesi salı çarşamba perşembe cuma cumartesi pazar
    الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت
    सोमवार मंगलवार बुधवार गुरुवार शुक्रवार शनिवार रविवार
    senin selasa rabu kamis jumat sabtu minggu
"""
CALENDAR = frozenset(_WEEKDAYS.split()) | {
    name for name in MONTH if len(name) > 4 or name in ("may", "june", "july", "juni", "juli")
}
"""Names of weekdays and months, one word each, without short forms that have other meanings."""
_RECURRING = re.compile(
    r"\b(?:today|tonight|tomorrow|days?|daily|weeks?|weekly|weekend|months?|monthly|morning|evening"
    r"|threads?|links|reading|heute|morgen|tage?s?|täglich\w*|wochen?|wochenende|monats?|abends?"
    r"|jours?|journée|aujourd'hui|semaines?|matin|soir|mois|hoy|días?|semana\w*|mañana|mes"
    r"|oggi|giorn\w+|settiman\w+|mattin\w+|hoje|dias?|semana|manhã|vandaag|dag|dagen|weekeinde"
    r"|idag|veckan?s?|dagens|сегодня|дня|день|дней|недел\w+|час\w*|утр\w+|сьогодні|тижн\w+"
    r"|dziś|dzisiaj|dni[ae]?|tygod\w+|dnes|týd\w+|bugün|gün\w*|hafta\w*|اليوم|الأسبوع|الصباح|आज|दिन|सप्ताह"
    r"|hari|minggu|hôm nay|tuần)\b"
    r"|今日|今天|今晚|今夜|明日|明天|本日|本周|本週|今週|每日|毎日|每周|週末|周末|早报|晚报"
    r"|오늘|내일|이번 ?주|주간|매일|아침",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"(?:^|:)\s*(?:comments? (?:on|by)|re:|reply to|in reply to|kommentar (?:zu|von)|antwort auf"
    r"|commentaires? sur|réponse à|comentarios? (?:en|sobre)|комментарий к|ответ на"
    r"|(?:コメント|评论|評論|回复|回覆)\s*[:：])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Title:
    """The words, numbers and parts of a series that a title names."""

    words: tuple[str, ...]
    distinct: frozenset[str]
    versions: frozenset[str]
    serials: frozenset[str]
    numbers: frozenset[str]
    comment: bool
    cut: tuple[str, ...] | None = None
    """The words before the ellipsis of a title that was cut; ``None`` for any other title."""
    cut_word: str = ""
    """The beginning of the word in which it was cut."""


@lru_cache(maxsize=4096)
def read(title: str) -> Title:
    """Return what a title names."""
    found = tuple(words(title))
    if cut := _CUT.match(title):
        kept = tuple(words(cut[1]))
        if kept and not _SPACELESS.match(kept[-1]):
            # The last word may be the beginning of a longer one, so it names nothing.
            title = cut[1][: cut[1].rstrip().rfind(" ") + 1]
            half_word, kept = kept[-1], kept[:-1]
        else:
            title, half_word = cut[1], ""
    else:
        kept, half_word = None, ""
    folded = unicodedata.normalize("NFKC", title).casefold().replace("i\u0307", "i")
    return Title(
        cut=kept,
        cut_word=half_word,
        words=found,
        distinct=frozenset(found),
        versions=frozenset(_VERSION.findall(folded)),
        serials=frozenset(next(filter(None, match.groups())) for match in _SERIAL.finditer(folded)),
        numbers=frozenset(
            word
            for word in (found if kept is None else kept)
            if word in CALENDAR or any(map(str.isdigit, word))
        ),
        comment=bool(_COMMENT.search(title)),
    )


_SPACELESS = re.compile(f"[{SPACELESS}]")
_CUT = re.compile(r"(.{12,}?)[\[(]?(?:…|\.{3})[\])]?\s*(?:[-–—|]\s[^-–—|]{2,40})?$", re.DOTALL)
"""A title that was cut; the name of its site may follow the ellipsis."""


def is_cut_from(short: Title, whole: Title) -> bool:
    """Return whether `short` is the beginning of `whole`, cut off with an ellipsis."""
    if short.cut is None or len(whole.words) <= len(short.cut):
        return False
    size = len(short.cut)
    return whole.words[:size] == short.cut and whole.words[size].startswith(short.cut_word)


def contradict(one: Title, other: Title) -> str | None:
    """Return, as one word, why two titles cannot name the same story; ``None`` if they can."""
    if one.comment != other.comment:
        return "comment"
    if _differ(one.versions, other.versions):
        return "version"
    if _differ(one.serials, other.serials):
        return "part"
    is_cut = is_cut_from(one, other) or is_cut_from(other, one)
    if bool(one.serials) != bool(other.serials) and not is_cut and overlap(one, other) >= 0.99:
        return "part"
    return None


def recurs(title: str) -> bool:
    """Return whether a title names a day or a week, as the titles of recurring columns do."""
    return bool(_RECURRING.search(title))


def numbers_differ(one: Title, other: Title) -> bool:
    """Return whether each title has a number, weekday or month that the other lacks."""
    return _differ(one.numbers, other.numbers)


def overlap(one: Title, other: Title) -> float:
    """Return the share of the shorter title's words that the longer has; 0.0 if one has none.

    A title that was cut has all words of the whole one.
    """
    if is_cut_from(one, other) or is_cut_from(other, one):
        return 1.0
    least = min(len(one.distinct), len(other.distinct))
    return len(one.distinct & other.distinct) / least if least else 0.0


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    return not (one <= other or other <= one)
