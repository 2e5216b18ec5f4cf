"""The ends of sentences in many languages: full stops that end one, and others."""

# ruff: noqa: E501  # a case is a line

from __future__ import annotations

import pytest
import regex

from digest.excerpt import excerpt
from digest.model import ExcerptSettings, MarkedText

ABBREVIATED = [
    ("it", "Ieri in sala l'on. Verdi ha parlato del fiume e del vecchio ponte."),
    ("hu", "Tegnap a teremben id. Nagy beszélt a folyóról és a régi hídról."),
    ("lv", "Vakar zālē plkst. Trijos runāja par upi un par veco tiltu."),
    ("et", "Eile saalis räägiti nt. Tartu jõest ja vanast sillast pikalt."),
    ("sr", "Јуче су у сали, нпр. Нишлије, говорили о реци и старом мосту."),
    ("sk", "Včera v sále hovorili o tzv. Bielej hore a o starom moste."),
    ("bg", "Вчера в залата говори проф. Иванова за реката и за моста."),
    ("bg", "Новата библиотека на бул. Витоша отваря врати утре сутринта."),
    ("ca", "Ahir a la sala va parlar la Sra. Puig sobre el riu i el pont."),
    ("cs", "Včera v sále promluvil MUDr. Novák o řece a o starém mostě."),
    ("cs", "Nová knihovna stojí na nám. Míru a otevře zítra ráno v devět."),
    ("da", "I går talte dir. Hansen i salen om åen og den gamle bro."),
    ("de", "Gestern kamen rund 20 Tsd. Menschen auf den Platz am alten Fluss."),
    ("de", "Die Kirche der Hl. Anna am Fluss öffnet morgen früh wieder."),
    ("de", "Gestern sprach Prof. Weber im Saal über den Fluss und die Brücke."),
    ("el", "Χθες στην αίθουσα μίλησε ο κ. Παππάς για το ποτάμι και τη γέφυρα."),
    ("el", "Η νέα βιβλιοθήκη στη λεωφ. Αλεξάνδρας ανοίγει αύριο το πρωί."),
    ("en", "Yesterday the hall was full as Rep. Hill spoke of the river and the bridge."),
    ("en", "The new library on Mill Blvd. North opens tomorrow morning at nine."),
    ("en", "A theory of rivers and of the old bridges over them, by Lee et al. North, is out."),
    ("es", "Ayer en la sala el embajador de EE. UU. Juan Roca habló del río y del puente."),
    ("es", "La nueva biblioteca de la Avda. Central abre mañana por la mañana."),
    ("fi", "Eilen salissa puhui prof. Virtanen joesta ja vanhasta sillasta."),
    ("fr", "Hier, dans la salle, Mgr. Dupont a parlé de la rivière et du pont."),
    ("hi", "कल सभा में डॉ. शर्मा ने नदी और पुराने पुल के बारे में बात की।"),
    ("hr", "Jučer je u dvorani govorio prof. Horvat o rijeci i starom mostu."),
    ("hu", "Tegnap a teremben dr. Nagy beszélt a folyóról és a régi hídról."),
    ("id", "Kemarin di balai Tn. Santoso berbicara tentang sungai dan jembatan."),
    ("id", "Perpustakaan baru di Jl. Merdeka dibuka besok pagi pukul sembilan."),
    ("it", "Ieri in sala ha parlato il Sig. Rossi del fiume e del vecchio ponte."),
    ("nl", "Gisteren sprak mevr. Jansen in de zaal over de rivier en de brug."),
    ("no", "I går talte dir. Hansen i salen om elva og den gamle broen."),
    ("pl", "Wczoraj na sali przemawiał ks. Nowak o rzece i o starym moście."),
    ("pt", "Ontem na sala falou o Exmo. Silva sobre o rio e a velha ponte."),
    ("ro", "Ieri în sală a vorbit dl. Popescu despre râu și despre pod."),
    ("ro", "Noua bibliotecă de pe bd. Unirii se deschide mâine dimineață."),
    ("ru", "Вчера в зале выступил проф. Иванов с рассказом о реке и мосте."),
    ("sk", "Včera v sále hovoril JUDr. Novák o rieke a o starom moste."),
    ("sl", "Včeraj je v dvorani govoril prof. Novak o reki in starem mostu."),
    ("sr", "Јуче је у сали говорио проф. Јовић о реци и старом мосту."),
    ("sv", "I går talade prof. Berg i salen om ån och den gamla bron."),
    ("tr", "Dün salonda Prof. Yılmaz nehir ve eski köprü hakkında konuştu."),
    ("uk", "Учора в залі виступив проф. Коваль із розповіддю про річку."),
    ("vi", "Hôm qua tại TP. Huế có buổi nói chuyện về dòng sông và cây cầu."),
    (
        "en",
        "Yesterday the hall was full, and a short talk by Dr.\nAlvarez told of the river and the bridge.",
    ),
    (
        "de",
        "Gestern wurde beschlossen, dass die neue Brücke am 3.\nOktober öffnet und frei bleibt.",
    ),
    ("en", "Yesterday they told of many old rivers (e.g.\nthe Mill) and of the bridges over them."),
]


def stop(text: str) -> int:
    """Return where the full stop stands that ends no sentence."""
    return next(
        at for at, sign in enumerate(text) if sign == "." and text[at + 1 : at + 2] in " \n"
    )


@pytest.mark.parametrize(("language", "text"), ABBREVIATED)
def test_a_full_stop_that_ends_no_sentence_is_no_place_to_cut(language: str, text: str) -> None:
    at = stop(text)
    if "UU." in text:
        at = text.index("UU.") + 2
    for spare in (2, 5):
        made = excerpt(MarkedText(text), ExcerptSettings(length=at + spare), language=language).text
        assert made.endswith("…")
        assert not made.removesuffix("…").endswith((".", text[max(at - 3, 0) : at]))


LABELS = ["P1.", "A.2.", "3b.", "R10.", "T-2."]


@pytest.mark.parametrize("label", LABELS)
def test_the_label_of_a_point_is_no_sentence(label: str) -> None:
    text = (
        f"They asked for two things of all who wished to vote\n{label} Nobody votes twice in a year"
    )
    length = text.index(label) + len(label) + 1
    made = excerpt(MarkedText(text), ExcerptSettings(length=length), language="en").text
    assert made.endswith("…")


def test_a_number_behind_a_full_width_comma_is_no_sentence() -> None:
    text = "川と橋について話し，1.古い橋の守り方を決め，2. 新しい橋の場所を選ぶことになった"
    made = excerpt(MarkedText(text), ExcerptSettings(length=26), language="ja").text
    assert made.endswith("…")


def test_what_looks_like_a_label_at_an_end_ends_a_sentence() -> None:
    text = "All of them drove home along the M1. Nobody was seen on the road that night at all"
    made = excerpt(MarkedText(text), ExcerptSettings(length=40), language="en").text
    assert made == "All of them drove home along the M1."


ENDS = [
    ("am", "ትናንት በአዳራሹ ስለ ወንዙ ተናገሩ። ዛሬ ደግሞ ስለ ድልድዩ ይነጋገራሉ።", "።"),
    ("ar", "تحدثوا أمس في القاعة عن النهر القديم. واليوم يتحدثون عن الجسر.", "."),
    ("ar", "هل تحدثوا أمس في القاعة عن النهر القديم؟ واليوم يتحدثون عن الجسر.", "؟"),
    ("de", "Gestern sprachen sie im Saal lange über den Fluss. Heute geht es um die Brücke.", "."),
    ("el", "Μίλησαν χθες στην αίθουσα για το ποτάμι; Σήμερα μιλούν για τη γέφυρα.", ";"),
    ("el", "Μίλησαν χθες στην αίθουσα για το ποτάμι. Σήμερα μιλούν για τη γέφυρα.", "."),
    (
        "en",
        "Yesterday they spoke in the hall about the river at 8 MHz. Today it is the bridge.",
        "z.",
    ),
    ("en", "Yesterday they spoke in the hall and it took very long. Today it is the bridge.", "g."),
    (
        "en",
        "Yesterday they spoke in the hall of something else by me. Today it is the bridge.",
        ".",
    ),
    ("hi", "कल सभा में सबने नदी के बारे में बात की। आज पुल की बारी है।", "।"),
    ("hy", "Երեկ դահլիճում խոսեցին գետի մասին։ Այսօր կխոսեն կամրջի մասին։", "։"),
    ("ka", "გუშინ დარბაზში მდინარეზე ისაუბრეს. დღეს ხიდზე ისაუბრებენ.", "."),
    ("ka", "გუშინ დარბაზში მდინარეზე ისაუბრეს? დღეს ხიდზე ისაუბრებენ.", "?"),
    ("km", "ម្សិលមិញ ពួកគេ បាន និយាយ អំពី ទន្លេ។ ថ្ងៃនេះ ពួកគេ និយាយ អំពី ស្ពាន។", "។"),
    ("my", "မနေ့က ခန်းမမှာ မြစ်အကြောင်း ပြောခဲ့ကြတယ်။ ဒီနေ့ တံတားအကြောင်း ပြောမယ်။", "။"),
    (
        "ru",
        "Вчера в зале долго говорили о реке и о том, что было сто лет. Сегодня речь о мосте.",
        ".",
    ),
    ("ur", "کل ہال میں سب نے دریا کے بارے میں بات کی۔ آج پل کی باری ہے۔", "۔"),
    ("zh", "昨天大家在礼堂里谈了那条河。今天要谈那座桥。", "。"),
    ("cs", "Včera v sále dlouho hovořili o tom, co je smrt. Dnes se mluví o mostě.", "."),
    ("tr", "Dün salonda uzun uzun nehir hakkında konuştular ve öyle oldu. Bugün köprü var.", "."),
    ("nl", "Gisteren spraken ze in de zaal over de rivier en alles wat oud. Vandaag de brug.", "."),
]


@pytest.mark.parametrize(("language", "text", "mark"), ENDS)
def test_the_end_of_a_sentence_is_where_to_cut(language: str, text: str, mark: str) -> None:
    end = text.index(mark) + len(mark)
    length = len(regex.findall(r"\X", text[:end])) + 4
    made = excerpt(MarkedText(text), ExcerptSettings(length=length), language=language).text
    assert made == text[:end]


def test_tibetan_is_cut_between_syllables() -> None:
    text = "བོད་ཡིག་ནི་སྐད་ཡིག་གཅིག་ཡིན་པ་རེད་ལགས་སོ་ཞེས་བཤད"
    for length in range(8, 30):
        made = excerpt(MarkedText(text), ExcerptSettings(length=length), language="bo").text
        assert made.removesuffix("…").endswith("་")


def test_no_ethiopic_word_space_dangles() -> None:
    text = "ትናንት፡በአዳራሹ፡ስለ፡ወንዙ፡ተናገሩ፡ዛሬም፡ይናገራሉ፡እነሆ"
    for length in range(8, 30):
        made = excerpt(MarkedText(text), ExcerptSettings(length=length), language="am").text
        kept = made.removesuffix("…")
        assert not kept.endswith("፡")
        assert text[len(kept)] == "፡"


def test_a_mark_after_an_opening_bracket_ends_nothing() -> None:
    text = "The pattern begins with a group that keeps nothing (?: and the rest of it follows then."
    made = excerpt(MarkedText(text), ExcerptSettings(length=54), language="en").text
    assert made == "The pattern begins with a group that keeps nothing…"
