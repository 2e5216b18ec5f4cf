"""A declared language counts if the text agrees with it; otherwise the text decides."""

# ruff: noqa: E501  # a case is a line

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.text.language import language, tidy_tag

DETECTED = [
    ("en", "The committee has published its report, and it will be discussed when they meet."),
    (
        "de",
        "Der Ausschuss hat seinen Bericht veröffentlicht, der bei der nächsten Sitzung besprochen wird.",
    ),
    (
        "fr",
        "Le comité a publié son rapport, qui sera discuté lors de la prochaine réunion avec les membres.",
    ),
    (
        "es",
        "El comité ha publicado su informe, que será discutido en la próxima reunión con los miembros.",
    ),
    (
        "it",
        "Il comitato ha pubblicato il suo rapporto, che sarà discusso nella prossima riunione con gli altri.",
    ),
    (
        "pt",
        "O comitê publicou o seu relatório, que não foi discutido ainda, mas será na próxima reunião do grupo.",
    ),
    (
        "nl",
        "De commissie heeft haar rapport gepubliceerd, en dat wordt in de volgende vergadering besproken.",
    ),
    (
        "sv",
        "Kommittén har publicerat sin rapport, som ska diskuteras när de träffas och det är inte långt till dess.",
    ),
    (
        "da",
        "Udvalget har offentliggjort sin rapport, som skal drøftes, når de mødes, og hvad der så sker efter.",
    ),
    (
        "no",
        "Utvalget har lagt fram rapporten sin, og hva som skjer nå etter møtet er ikke kjent av noen.",
    ),
    (
        "fi",
        "Komitea on julkaissut raportin, mutta se ei ole vielä valmis, koska he eivät ole kokoontuneet.",
    ),
    (
        "pl",
        "Komitet opublikował raport, ale nie jest jeszcze gotowy, bo się jeszcze nie spotkali przez cały rok.",
    ),
    (
        "cs",
        "Výbor zveřejnil zprávu, ale ještě není hotová, protože se nesešli, jak už to bývá, když jsou volby.",
    ),
    (
        "tr",
        "Komite raporunu yayımladı, ama bu çok önemli bir konu olduğu için daha sonra da görüşülecek.",
    ),
    (
        "vi",
        "Ủy ban đã công bố báo cáo của mình và những người khác cũng sẽ được thảo luận trong cuộc họp.",
    ),
    (
        "id",
        "Komite telah menerbitkan laporan yang akan dibahas dalam pertemuan dengan anggota untuk tahun ini.",
    ),
    (
        "hu",
        "A bizottság közzétette a jelentést, de az még nem teljes, és csak később lesz kész, ha megvan.",
    ),
    (
        "ro",
        "Comitetul a publicat raportul și va fi discutat la întâlnirea care este pentru toate statele din zonă.",
    ),
    ("ru", "Комитет опубликовал отчёт, который ещё не обсуждали, но это будет сделано на встрече."),
    ("uk", "Комітет опублікував звіт, який ще не обговорювали, але це буде зроблено на зустрічі."),
    (
        "bg",
        "Комитетът публикува доклада си, който още не е обсъден, но това ще се направи на срещата.",
    ),
    ("el", "Η επιτροπή δημοσίευσε την έκθεσή της."),
    ("he", "הוועדה פרסמה את הדוח שלה."),
    ("ar", "نشرت اللجنة تقريرها الذي لم تتم مناقشته حتى الآن في هذا الاجتماع."),
    ("fa", "کمیته گزارش خود را منتشر کرد که در جلسه بعدی بررسی می‌شود."),
    ("ur", "کمیٹی نے اپنی رپورٹ شائع کی ہے جس پر اجلاس میں بات ہو گی۔"),
    ("hi", "समिति ने अपनी रिपोर्ट प्रकाशित की है और इस पर बैठक में चर्चा होगी।"),
    ("th", "คณะกรรมการได้เผยแพร่รายงานแล้ว"),
    ("ko", "위원회가 보고서를 발표했다."),
    ("ja", "委員会は報告書を公表した。"),
    ("zh-Hans", "委员会发布了报告,将在下次会议上讨论这个问题。"),
    ("zh-Hant", "委員會發布了報告,將在下次會議上討論這個問題。"),
    ("zh-Hans", "用 PyTorch 实现 Transformer 模型的训练,这里给出 attention 的代码。"),
    ("ja", "Python でデータを読み込む方法"),
    (None, "Foobar 3000"),
    (None, "12:30 — 42 %"),
    (None, ""),
]


@pytest.mark.parametrize(("expected", "text"), DETECTED)
def test_a_language_is_told_from_the_text(expected: str | None, text: str) -> None:
    assert language(text, declared=None) == expected


DECLARED = [
    (
        "an agreeing declaration is kept with its region",
        "en-gb",
        "The cat is here and it was there.",
        "en-GB",
    ),
    ("a short text contradicts nothing", "sv", "Foobar 3000", "sv"),
    ("no text contradicts nothing", "ja", "", "ja"),
    ("Chinese under an English declaration", "en", "委员会发布了报告,将会讨论。", "zh-Hans"),
    ("Korean under an English declaration", "en-us", "위원회가 보고서를 발표했다.", "ko"),
    (
        "English under a Chinese declaration",
        "zh-CN",
        "The committee has published its report and it will be discussed when they meet.",
        "en",
    ),
    (
        "English under a German declaration",
        "de",
        "The committee has published its report and it will be discussed when they meet.",
        "en",
    ),
    ("a region of Chinese is believed", "zh-TW", "委員會發布了報告。", "zh-TW"),
    ("plain zh learns its script", "zh", "委員會發布了報告,將會討論這個。", "zh-Hant"),
    (
        "a Chinese text on code stays Chinese",
        "zh",
        "编译内核模块的方法 " + "make modules_install vmlinuz " * 5,
        "zh",
    ),
    (
        "Danish declared for Norwegian words is believed: they share most",
        "da",
        "Det er ikke for å være her, og det er med en til.",
        "da",
    ),
    ("what is no tag says nothing", "english", "The cat is here and it was there with them.", "en"),
]


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [row[1:] for row in DECLARED],
    ids=[row[0] for row in DECLARED],
)
def test_a_declaration_is_believed_or_not(declared: str, text: str, expected: str) -> None:
    assert language(text, declared=declared) == expected


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("EN", "en"),
        ("zh_cn", "zh-CN"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("de-1996", "de-1996"),
        ("und", None),
        ("", None),
        (None, None),
        ("e", None),
        ("en us", None),
    ],
)
def test_tags_are_written_as_bcp_47_wants(written: str | None, tag: str | None) -> None:
    assert tidy_tag(written) == tag


@given(st.text(), st.none() | st.text(max_size=12))
def test_any_text_has_a_language_or_none(text: str, declared: str | None) -> None:
    found = language(text, declared=declared)
    assert found is None or tidy_tag(found) == found


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("सरकार ने कहा कि नई सड़क पर काम शुरू हो गया है", "hi"),
        ("नई सड़क का काम", "hi"),
        ("सरकारले नयाँ सडकको काम सुरु गरेको छ र यो राम्रो हो", "ne"),
        ("काठमाडौंमा वर्षा भयो", "ne"),
        ("सरकारने सांगितले की नवीन रस्त्याचे काम सुरू झाले आहे", "mr"),
        ("هوای تهران آلوده شد", "fa"),
        ("دولت اعلام کرد که مدارس باز است", "fa"),
        ("حکومت نے کہا ہے کہ سکول کھلیں گے", "ur"),
        ("فيضان في الشمال", "ar"),
        ("Council backs plan for new bridge over river", "en"),
        ("Tá an droichead nua ar oscailt inniu agus beidh sé ann go deo", "ga"),
    ],
)
def test_a_short_text_of_no_declared_language_is_told_from_its_neighbors(
    text: str, tag: str
) -> None:
    assert language(text, declared=None) == tag
