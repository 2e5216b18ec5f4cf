"""Make our labelled groups: short news in eight languages, and what syndication makes of each.

A group is one story in several feeds; the groups of a language share their phrases, for news does.
Everything follows from the seed, so that the set is the same everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

EACH = 43
"""Groups of each language: 344 in all."""


class Told(NamedTuple):
    """One telling of a story."""

    group: str
    language: str
    edit: str
    title: str
    html: str


class _Bank(NamedTuple):
    titles: tuple[str, ...]
    sentences: tuple[str, ...]
    who: str
    where: str
    what: str
    words: tuple[str, str, str, str]
    """Update, by, source, read on."""


BANKS = {
    "en": _Bank(
        (
            "{who} opens {what} in {where}",
            "{where} argues about a new {what}",
            "After {n} years, {where} closes its {what}",
            "Why {who} wants to rebuild the {what} of {where}",
        ),
        (
            "{who} opened the long awaited {what} in {where} before a crowd of {n} people.",
            "Residents of {where} had asked for a {what} since the flood of nineteen years ago.",
            "The council set aside {n} million crowns, though nobody expects that to suffice.",
            '"We waited too long", said {who}, who had begun as a clerk at the {what}.',
            "Critics fear that the noise will drive the last fishermen out of {where}.",
            "An inquiry found {n} faults in the plans, most of them in the drainage.",
            "Works on the roof are to begin once the swallows have left, around the end of summer.",
            "The neighbouring villages were not asked, which {who} called an oversight.",
            "A petition against the {what} gathered {n} signatures within a single weekend.",
            "Whether {where} can pay for the heating is a matter for the next budget.",
            "Schoolchildren painted the fence and named the two geese that live behind the {what}.",
            "The minister promised an answer before the harbour of {where} freezes.",
        ),
        "Martha Quill|Tom Ashby|Irene Falk|Samuel Boone|Greta Lind|Omar Reyes|Nora Pike|Hugh Marsh",
        "Lowbridge|Saltmarsh|Eastwick|Harrowgate|Stonehaven|Mill Cross|Fernley|Dunmore|Oxmoor",
        "library|swimming pool|tram line|town hall|museum|ferry terminal|market hall|cinema",
        ("UPDATE 2: ", "By ", "Source: ", "Read more"),
    ),
    "de": _Bank(
        (
            "{who} eröffnet {what} in {where}",
            "{where} streitet über {what}",
            "Nach {n} Jahren: {where} schließt {what}",
            "Warum {who} in {where} auf {what} hofft",
        ),
        (
            "{who} hat in {where} vor {n} Gästen das Band zerschnitten: {what} ist fertig.",
            "Die Bürger von {where} hatten seit dem Hochwasser vor neunzehn Jahren gewartet.",
            "Der Rat bewilligte {n} Millionen Kronen, doch niemand glaubt, dass das Geld reicht.",
            "»Wir haben zu lange gezögert«, sagte {who} und blickte dabei auf die nassen Schuhe.",
            "Kritiker fürchten, dass der Lärm die letzten Fischer aus {where} vertreibt.",
            "Ein Gutachten zählte {n} Mängel in den Plänen, die meisten bei der Entwässerung.",
            "Die Arbeiten am Dach beginnen, sobald die Schwalben fort sind, also im Spätsommer.",
            "Die Nachbardörfer wurden nicht gefragt, was {who} ein Versehen nannte.",
            "Gegen das Vorhaben kamen an einem einzigen Wochenende {n} Unterschriften zusammen.",
            "Ob {where} die Heizung bezahlen kann, entscheidet der nächste Haushalt.",
            "Schulkinder strichen den Zaun und tauften die beiden Gänse, die dahinter wohnen.",
            "Die Ministerin versprach eine Antwort, bevor der Hafen von {where} zufriert.",
        ),
        "Martha Quell|Jörg Ahlers|Irene Falk|Simon Böhm|Grete Lindner|Uwe Reiser|Nora Picht",
        "Niederbrück|Salzmoor|Ostwick|Steinhafen|Mühlkreuz|Farnau|Dunmoor|Ochsfeld|Wellinghausen",
        "die Bücherei|das Hallenbad|die Straßenbahn|das Rathaus|das Museum|die Markthalle|das Kino",
        ("EILMELDUNG: ", "Von ", "Quelle: ", "Weiterlesen"),
    ),
    "fr": _Bank(
        (
            "{who} inaugure {what} à {where}",
            "À {where}, {what} divise les habitants",
            "Après {n} ans, {where} ferme {what}",
            "Pourquoi {who} veut sauver {what} de {where}",
        ),
        (
            "{who} a coupé le ruban devant {n} invités : {what} de {where} est enfin prête.",
            "Les habitants de {where} l'attendaient depuis la crue d'il y a dix-neuf ans.",
            "Le conseil a voté {n} millions de couronnes, mais personne ne croit que cela suffira.",
            "« Nous avons trop attendu », a dit {who} en regardant ses chaussures mouillées.",
            "Les opposants craignent que le bruit ne chasse les derniers pêcheurs de {where}.",
            "Une expertise a relevé {n} défauts dans les plans, surtout aux gouttières.",
            "Les travaux du toit commenceront quand les hirondelles seront parties, fin août.",
            "Les villages voisins n'ont pas été consultés, un oubli selon {who}.",
            "Une pétition a recueilli {n} signatures en une seule fin de semaine.",
            "Reste à savoir si {where} pourra payer le chauffage l'hiver prochain.",
            "Les écoliers ont peint la clôture et baptisé les deux oies qui vivent derrière.",
            "La ministre a promis une réponse avant que le port de {where} ne gèle.",
        ),
        "Marthe Quille|Thomas Aubry|Irène Faucon|Samuel Bonnet|Odile Lindet|Omar Reyes|Nora Piquet",
        "Basse-Rive|Selmarais|Estouic|Pierrefont|Croix-du-Moulin|Fougerolles|Bœufmont|Valcreux",
        "la bibliothèque|la piscine|la mairie|la halle|le musée|la ligne de tramway|la gare",
        ("MISE À JOUR : ", "Par ", "Source : ", "Lire la suite"),
    ),
    "es": _Bank(
        (
            "{who} inaugura {what} en {where}",
            "{where} discute por {what}",
            "Tras {n} años, {where} cierra {what}",
            "Por qué {who} quiere salvar {what} de {where}",
        ),
        (
            "{who} cortó la cinta ante {n} invitados: {what} de {where} ya está lista.",
            "Los vecinos de {where} la esperaban desde la riada de hace diecinueve años.",
            "El pleno aprobó {n} millones de coronas, aunque nadie cree que alcancen.",
            "«Esperamos demasiado», dijo {who} mientras se miraba los zapatos mojados.",
            "Los críticos temen que el ruido eche de {where} a los últimos pescadores.",
            "Un informe halló {n} fallos en los planos, casi todos en el desagüe.",
            "Las obras del tejado empezarán cuando se vayan las golondrinas, a finales de verano.",
            "A los pueblos vecinos no se les preguntó, un descuido según {who}.",
            "Una petición en contra reunió {n} firmas en un solo fin de semana.",
            "Si {where} podrá pagar la calefacción lo dirá el próximo presupuesto.",
            "Los escolares pintaron la valla y bautizaron a los dos gansos que viven detrás.",
            "La ministra prometió una respuesta antes de que se hiele el puerto de {where}.",
        ),
        "Marta Quílez|Tomás Arbós|Irene Falcó|Samuel Bueno|Greta Linares|Omar Reyes|Nora Pizarro",
        "Puente Bajo|Salobral|Esterón|Piedraluz|Cruz del Molino|Helechar|Monteoscuro|Vallefrío",
        "la biblioteca|la piscina|la línea de tranvía|la alcaldía|la lonja|la filmoteca|la ermita",
        ("ACTUALIZACIÓN: ", "Por ", "Fuente: ", "Leer más"),
    ),
    "ru": _Bank(
        (
            "{who} открывает {what} в городе {where}",
            "{where} спорит: нужна ли {what}",
            "Через {n} лет в городе {where} закрывают {what}",
            "Почему {who} надеется на {what} ({where})",
        ),
        (
            "{who} перерезал ленту перед {n} гостями: {what} в городе {where} готова.",
            "Жители города {where} ждали этого со времён наводнения девятнадцать лет назад.",
            "Совет выделил {n} миллионов крон, но никто не верит, что этого хватит.",
            "«Мы слишком долго ждали», сказал {who}, глядя на свои мокрые ботинки.",
            "Критики боятся, что шум прогонит из города {where} последних рыбаков.",
            "Экспертиза нашла в планах {n} ошибок, большинство из них в водостоке.",
            "Работы на крыше начнутся, когда улетят ласточки, то есть к концу лета.",
            "Соседние деревни не спросили, и {who} назвал это недосмотром.",
            "Против строительства за одни выходные собрали {n} подписей.",
            "Сможет ли {where} платить за отопление, решит следующий бюджет.",
            "Школьники покрасили забор и дали имена двум гусям, которые живут за ним.",
            "Министр обещала ответ прежде, чем замёрзнет гавань города {where}.",
        ),
        "Марк Квилов|Фома Ашин|Игорь Фальков|Самуил Бунин|Глеб Линдин|Остап Рейсов|Назар Пиков",
        "Нижнемостье|Солонец|Восточный|Каменногорск|Мельничный|Папоротное|Дунёво|Волочек",
        "библиотека|ратуша|трамвайная линия|пристань|ярмарка|киностудия|купальня",
        ("ОБНОВЛЕНО: ", "Автор: ", "Источник: ", "Читать дальше"),
    ),
    "zh": _Bank(
        (
            "{who}为{where}{what}剪彩",
            "{where}居民为{what}争论不休",
            "运营{n}年后{where}关闭{what}",
            "{who}为何要重建{where}的{what}",
        ),
        (
            "{who}昨天在{n}名来宾面前剪彩，{where}期待已久的{what}终于落成。",
            "自从十九年前的那场洪水以来，{where}的居民一直盼望着这一天。",
            "议会拨款{n}万元，不过没有人相信这笔钱足够用。",
            "“我们等得太久了。”{who}一边说，一边看着自己湿透的鞋子。",
            "反对者担心噪音会把最后几户渔民赶出{where}。",
            "一份调查报告在图纸中发现了{n}处缺陷，大多出在排水系统。",
            "等燕子在夏末飞走以后，屋顶的工程才会开始。",
            "没有人征求过邻近村庄的意见，{who}承认这是一个疏忽。",
            "短短一个周末，反对的请愿书就收到了{n}个签名。",
            "{where}能不能付得起暖气费，要看下一年度的预算。",
            "小学生们粉刷了围墙，还给住在后面的两只鹅取了名字。",
            "部长答应在{where}的港口结冰之前给出答复。",
        ),
        "马淑贞|唐安邦|方艾琳|包山木|林桂芳|雷奥明|皮诺兰|许沼平",
        "下桥镇|盐泽县|东维市|石港市|磨坊口|蕨林乡|邓沼村|牛原区",
        "图书馆|游泳馆|电车线|市政厅|博物馆|渡轮码头|菜市场|电影院",
        ("快讯：", "记者 ", "来源：", "阅读全文"),
    ),
    "ja": _Bank(
        (
            "{who}さん、{where}の{what}を開く",
            "{where}で{what}をめぐり議論続く",
            "{n}年の歴史に幕、{where}の{what}が閉館",
            "{who}さんが{where}の{what}再建を願う理由",
        ),
        (
            "{who}さんが{n}人の招待客の前でテープを切り、{where}の{what}がようやく完成した。",
            "十九年前の洪水以来、{where}の住民はこの日を待ち続けてきた。",
            "議会は{n}万円の予算を認めたが、それで足りると思う人はいない。",
            "「待つのが長すぎた」と{who}さんはぬれた靴を見ながら話した。",
            "騒音で{where}に残る最後の漁師たちが出て行くのではと心配する声もある。",
            "調査では設計図に{n}か所の欠陥が見つかり、その多くは排水に関するものだった。",
            "屋根の工事はツバメが去る夏の終わりごろに始まる予定だ。",
            "近くの村には相談がなく、{who}さんはうっかりしていたと認めた。",
            "反対の署名は週末だけで{n}人分が集まった。",
            "{where}が暖房費を払えるかどうかは来年度の予算しだいである。",
            "小学生たちは塀にペンキを塗り、裏に住む二羽のガチョウに名前をつけた。",
            "大臣は{where}の港が凍る前に返事をすると約束した。",
        ),
        "槙原清子|田村朝日|古川伊織|坊城左門|林田暮羽|礼須大馬|比企野乃|沼尾陽人",
        "下橋町|塩沢村|東浦市|石浜市|水車口|羊歯原|牛野町|丹生沼",
        "図書館|プール|路面電車|市役所|博物館|フェリー乗り場|市場|映画館",
        ("【速報】", "文・", "出典：", "続きを読む"),
    ),
    "ko": _Bank(
        (
            "{who}, {where}에 {what} 열어",
            "{where} 주민들, {what} 두고 찬반 갈려",
            "{n}년 만에 문 닫는 {where} {what}",
            "{who}은 왜 {where} {what}을 다시 지으려 하나",
        ),
        (
            "{who}은 손님 {n}명이 지켜보는 가운데 {where} {what}의 문을 열었다.",
            "{where} 주민들은 십구 년 전 큰물이 난 뒤로 이날을 기다려 왔다.",
            "의회는 예산 {n}만 원을 내놓았지만 그 돈으로 충분하다고 믿는 사람은 없다.",
            "“우리가 너무 오래 기다렸습니다.” {who}은 젖은 신발을 내려다보며 말했다.",
            "소음 때문에 {where}에 남은 마지막 어부들마저 떠날 것이라는 걱정도 나온다.",
            "설계도를 살펴본 조사단은 잘못된 곳을 {n}군데나 찾았는데 대부분 배수 시설이었다.",
            "지붕 공사는 제비가 떠나는 늦여름에야 시작될 예정이다.",
            "이웃 마을에는 아무도 묻지 않았고, {who}은 그것이 실수였다고 인정했다.",
            "반대 서명에는 주말 이틀 동안 {n}명이 이름을 올렸다.",
            "{where}이 난방비를 감당할 수 있을지는 내년 예산에 달려 있다.",
            "초등학생들은 담장을 칠하고 그 뒤에 사는 거위 두 마리에게 이름을 지어 주었다.",
            "장관은 {where}의 항구가 얼기 전에 답을 주겠다고 약속했다.",
        ),
        "김하늘|박서린|이도현|정다운|한윤슬|오세준|최나은|유은별",
        "아래다릿골|소금벌판|동쪽물목|돌항구촌|방앗간말|고사리면|늪가읍|들소벌",
        "도서관|수영장|마을회관|박물관|영화관|여객선터미널|전통시장|기차역",
        ("[속보] ", "글 ", "출처: ", "더 보기"),
    ),
}


def make(seed: int = 301) -> list[Told]:
    """Make all groups."""
    return [
        told
        for language, bank in BANKS.items()
        for number in range(EACH)
        for told in _group(random.Random(f"{seed}/{language}/{number}"), bank, language, number)
    ]


def news(chance: random.Random, language: str, number: int) -> tuple[str, list[str]]:
    """Make a title and six sentences of one story."""
    bank = BANKS[language]
    who, where, what = (getattr(bank, name).split("|")[:7] for name in ("who", "where", "what"))
    turn, place = divmod(number, 7)
    fixed = {
        "who": who[(place + 3 * turn) % 7],
        "where": where[place],
        "what": what[(place + turn) % 7],
    }

    def fill(pattern: str) -> str:
        return _capital(pattern.format(**fixed, n=chance.randint(12, 4000)))

    lead, *rest = bank.sentences
    return fill(chance.choice(bank.titles)), list(map(fill, (lead, *chance.sample(rest, 5))))


def _group(chance: random.Random, bank: _Bank, language: str, number: int) -> list[Told]:
    def fill(pattern: str) -> str:
        return pattern.format(**fixed, n=chance.randint(12, 4000))

    who, where, what = (getattr(bank, name).split("|")[:7] for name in ("who", "where", "what"))
    turn, place = divmod(number, 7)
    fixed = {  # no two groups have more than one of these in common
        "who": who[(place + 3 * turn) % 7],
        "where": where[place],
        "what": what[(place + turn) % 7],
    }
    titles = [_capital(fill(pattern)) for pattern in chance.sample(bank.titles, 2)]
    lead, *rest = bank.sentences
    sentences = [_capital(fill(pattern)) for pattern in (lead, *chance.sample(rest, 5))]
    return syndicated(
        chance, f"{language}{number}", language, (titles[0], titles[1]), sentences, fixed["who"]
    )


def syndicated(
    chance: random.Random,
    name: str,
    language: str,
    titles: tuple[str, str],
    sentences: Sequence[str],
    who: str,
) -> list[Told]:
    """Make a group of a story and a few of the copies that there may be of it.

    `titles` are its own and another that it may get; `who` signs it.
    """
    wide = language in ("zh", "ja")
    gap = "" if wide else " "
    text = gap.join(sentences)
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    update, by, source, more = BANKS[language].words
    site = chance.choice(("Example Post", "Beispielblatt", "Courrier", "Вестник", "例报"))
    edits = {
        "retitled": (titles[1], paragraphs),
        "site in the title": (f"{titles[0]} - {site}", f"<div>{text}</div>"),
        "update": (update + titles[0], paragraphs + f"<p>{source}{site}</p>"),
        "byline": (
            f"{who}: {titles[0]}",
            f"<p>{by}{who}, {site}</p>{paragraphs}<a href='https://example.org/'>{more}</a>",
        ),
        "summary": (titles[0], f"<p>{gap.join(sentences[:2])} [&#8230;]</p>"),
        "a sentence": (titles[0], f"<p>{sentences[0]}</p><p>{more}</p>"),
        "shortened": (titles[0], f"<p>{gap.join(sentences[:-2])}</p>"),
        "edited": (titles[0], f"<p>{_edit(chance, text, wide)}</p>"),
        "cut within a word": ("", f"<p>{text[: 60 if wide else 200]}...</p>"),
    }
    return [
        Told(name, language, "original", titles[0], paragraphs),
        *(
            Told(name, language, edit, *edits[edit])
            for edit in chance.sample(sorted(edits), chance.randint(2, 4))
        ),
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _edit(chance: random.Random, text: str, wide: bool) -> str:
    """Change the order of two neighbors, or leave one out, in one of fourteen words."""
    words = list(text) if wide else text.split()
    for at in range(len(words) - 1):
        fate = chance.random()
        if fate < 0.04:
            words[at : at + 2] = words[at + 1], words[at]
        elif fate < 0.07 and not words[at].isdigit():
            words[at] = ""
    return ("" if wide else " ").join(filter(None, words))
