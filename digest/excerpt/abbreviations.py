"""Which full stops do not end a sentence, and which words must not stand last in a line."""

from __future__ import annotations

# What English, and a text whose language is not known, abbreviates; every other language adds
# its own to these.  Written without the last full stop, in lower case.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = _words(
    """
    al approx apr art aug ave ca capt cf ch chap co col comm corp dec dept dipl dr ed eds eg eq
    est etc ex feb fig figs gen gov hon ie inc incl jan jr jul jun lt ltd maj mar max messrs min
    mr mrs ms mt no nos nov oct op orig p pp prof pt pty ref rev sec sen sep sept sgt sr st trans
    univ v viz vol vols vs
    """
)
_OF_LANGUAGE = {
    language: _words(words)
    for language, words in {
        "cs": "apod atd atp cca čl čís mj mil např odst resp str sv tj tzn tzv viz",
        "da": "bl dvs eks fx hhv inkl jf kl mht mv nr osv pga",
        "de": "abb abs allg anm aufl bd betr bzgl bzw ca dgl dh evtl gem ggf hrsg inkl insb jh "
        "kap lt mind mio mrd nr od orig rd s sog std str tel u usw vgl z zb zt zzgl",
        "es": "aprox atte av avda cap cía dña ee ej etc fig gral lic núm pág págs prof sr sra "
        "sras sres srta ud uds vd",
        "fi": "ao esim jne ks mm ns puh tms yms",
        "fr": "apr art av bd cad cf chap col env éd etc ex fig hab janv mm mme mlle mgr no "
        "nb obs par pp qqch tél vol",
        "hu": "stb pl ill kb dr ún ui uo",
        "it": "avv art cap cfr dott ecc ed es fig geom ing pag pagg prof prot sig sigg sig ra "
        "tel vol",
        "nl": "afb alg bijv blz bv ca dhr drs enz evt ir jl max mevr mln mld mw nl nr o.a pag "
        "prof resp st tel zgn zg",
        "no": "bl ca dvs eks f.eks inkl jf kl mht nr osv pga",
        "pl": "al dot dr godz hab im inż itd itp jw lek m.in mgr mln mld np nr ok pkt pl płk pon "
        "por prof r ryc ś św tab tel tj tys tzn tzw ul wg ww zob zł",
        "pt": "aprox art av cap cia dra exa ex fig núm pág págs prof profa sr sra srs tel vol",
        "ru": "акад ак англ бул вв вып гг гл гор д др долл зам илл им инж кв км кн коп лат мин "
        "млн млрд мм напр нем обл ок пер пл пос пп пр проф просп псевд рис род руб рус сек см "
        "соавт ст стр сут табл тел тж тов тыс ул франц чел шт экз",
        "sk": "atď atp cca čl mil napr odst resp str sv tj tzn tzv",
        "sv": "bl ca dvs etc ex fig inkl jfr kl mfl mm nr osv resp sid tex",
        "tr": "bkz çev dr doç haz no örn öğr prof sn s vb vd yrd yy",
        "uk": "акад вид вул гр грн див ім ін кв млн млрд наст обл пл пор проф р рис рр с см "
        "ст стор тис тобто",
    }.items()
}

# Conjunctions, prepositions and articles of one letter.
_ONE_LETTER = {
    "cs": "aikosuvz",
    "en": "a",
    "es": "aeouy",
    "fr": "ày",
    "hu": "as",
    "it": "aeoè",
    "pl": "aiouwz",
    "pt": "aeoàé",
    "ro": "ao",
    "ru": "авикосуя",
    "sk": "aikosuvz",
    "sl": "aikosvz",
    "uk": "авзійоуяє",
}
_ANY_ONE_LETTER = frozenset("aàeiouyвикосуазіу")


def is_abbreviation(word: str, language: str) -> bool:
    """Tell whether a full stop behind `word` belongs to it; `language` is a primary subtag.

    Single letters (initials, U.S., z. B.), Roman numerals and numbers of one or two digits
    (ordinals in half of Europe, items of a list everywhere) count as abbreviated in any language.
    """
    word = word.lower()
    last = word.rpartition(".")[2]
    if len(last) <= 1 or (len(last) <= 2 and last.isdigit()) or not last.strip("ivx"):
        return not last or last.isalnum()
    own = _OF_LANGUAGE.get(language, frozenset())
    return last in _COMMON or word in own or last in own


def is_dangling(word: str, language: str) -> bool:
    """Tell whether `word` is one letter that binds to the word after it."""
    return len(word) == 1 and word.lower() in _ONE_LETTER.get(language, _ANY_ONE_LETTER)
