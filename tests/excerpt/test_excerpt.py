"""Cuts: every rule in every known script, then properties that hold for any text."""

# ruff: noqa: E501  # a row of a table is a line

from __future__ import annotations

import random
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.excerpt import excerpt
from digest.model import ExcerptSettings, MarkedText
from digest.text.marks import CODE, DISPLAY, END, HEADING, MATH

CLUSTER = regex.compile(r"\X")


class Cut(NamedTuple):
    says: str
    text: str
    length: int
    expected: str
    language: str | None = None
    boundary: Literal["sentence", "word", "character"] = "sentence"


SENTENCES = [
    Cut(
        "a sentence that ends in the last 40 % is kept whole and needs no ellipsis",
        "This is a first sentence. And here is a second one that goes on.",
        40,
        "This is a first sentence.",
    ),
    Cut(
        "a sentence that ends too early is not all that is shown",
        "Short. This one goes on for quite a while and then some more.",
        40,
        "Short. This one goes on for quite a…",
        "fr",
    ),
    Cut(
        "the last of several sentences in reach is the end",
        "One here now. Two here now. Three goes on and on and on.",
        35,
        "One here now. Two here now.",
    ),
    Cut(
        "a question ends a sentence",
        "Will it rain today? Nobody could say for sure.",
        25,
        "Will it rain today?",
    ),
    Cut(
        "an exclamation ends a sentence",
        "It rained all day long! Nobody had seen it coming.",
        30,
        "It rained all day long!",
    ),
    Cut(
        "an interrobang of two signs is one end",
        "You did what today?! Nobody could believe it.",
        24,
        "You did what today?!",
    ),
    Cut(
        "closing quotes belong to the sentence",
        "She said “we will stay.” Then she left the house.",
        30,
        "She said “we will stay.”",
    ),
    Cut(
        "a closing parenthesis belongs to the sentence",
        "It rained (as it always does.) Then it snowed all night.",
        38,
        "It rained (as it always does.)",
    ),
    Cut(
        "a sentence whose closing quote lies behind the limit is not whole",
        "He told us “never again.” And then he left.",
        24,
        "He told us “never…",
    ),
    Cut(
        "a title before a name is no sentence",
        "In the end everybody went to see Dr. Smith in his house.",
        40,
        "In the end everybody went to see…",
    ),
    Cut(
        "vs. is no sentence",
        "Tonight it is Reds vs. Blues in the big hall.",
        25,
        "Tonight it is Reds…",
    ),
    Cut(
        "i.e. is no sentence",
        "Take the fastest, i.e. The red one over there.",
        22,
        "Take the fastest…",
    ),
    Cut(
        "U.S. is no sentence",
        "It was made in the U.S. Army lab in Ohio.",
        24,
        "It was made in the…",
    ),
    Cut(
        "initials are no sentences",
        "All is told by J. R. R. Tolkien in his books.",
        24,
        "All is told by…",
    ),
    Cut(
        "No. 5 is one",
        "They live in house No. 5 and never in the other.",
        22,
        "They live in house…",
    ),
    Cut(
        "a small letter after a full stop goes on with the sentence",
        "See fig. two in approx. three of all the pages here.",
        30,
        "See fig. two in approx. three…",
    ),
    Cut(
        "a brand that ends with a sign is no sentence",
        "All the people at Yahoo! were at the party all night.",
        33,
        "All the people at Yahoo! were at…",
    ),
    Cut(
        "z. B. is no sentence in German",
        "Man nehme etwas Obst, z. B. Birnen oder auch Quitten.",
        34,
        "Man nehme etwas Obst…",
        "de",
    ),
    Cut(
        "bzw. is no sentence in German",
        "Der Erste bzw. Zweite der Liste gewinnt den Preis.",
        16,
        "Der Erste…",
        "de",
    ),
    Cut(
        "a German ordinal is no sentence",
        "Das Fest am 3. Oktober ist schön.",
        16,
        "Das Fest am…",
        "de",
    ),
    Cut(
        "a Czech ordinal is no sentence",
        "Sejdeme se tam 5. Května ve středu.",
        19,
        "Sejdeme se tam…",
        "cs",
    ),
    Cut(
        "a king's number is no sentence",
        "Versailles war Ludwig XIV. Heimat und auch Grab.",
        28,
        "Versailles war Ludwig…",
        "de",
    ),
    Cut(
        "M. is no sentence in French",
        "On a vu hier soir M. Dupont au marché.",
        22,
        "On a vu hier soir…",
        "fr",
    ),
    Cut(
        "Sr. is no sentence in Spanish",
        "Ayer vimos al Sr. García en la plaza mayor.",
        19,
        "Ayer vimos al…",
        "es",
    ),
    Cut(
        "п. is no sentence in Russian",
        "Смотри также п. Третий этого закона.",
        18,
        "Смотри также…",
        "ru",
    ),
    Cut(
        "a Russian sentence ends",
        "Первое предложение. Второе идёт дальше и дальше.",
        30,
        "Первое предложение.",
        "ru",
    ),
    Cut(
        "a full stop inside a number is no end",
        "The price of it rose to 3.5 Percent in June.",
        26,
        "The price of it rose to…",
    ),
    Cut(
        "Chinese ends a sentence with 。",
        "今天天气很好。我们去公园玩了一整天然后回家。",
        12,
        "今天天气很好。",
    ),
    Cut(
        "a Chinese closing quote belongs to the sentence",
        "他说：“今天很好。”然后他就回家去睡觉了。",
        12,
        "他说：“今天很好。”",
    ),
    Cut(
        "a Chinese question ends",
        "你今天吃饭了吗？我还没有吃呢我们一起去吧。",
        13,
        "你今天吃饭了吗？",
    ),
    Cut(
        "Japanese ends a sentence with 。",
        "今日は良い天気です。明日は雨が降るかもしれません。",
        15,
        "今日は良い天気です。",
    ),
    Cut(
        "a Japanese quotation goes on with と",
        "彼は私に「はい。」と言った。そして帰った。",
        11,
        "彼は私に「はい。」と…",
    ),
    Cut(
        "full-width ASCII ends a sentence",
        "本当に終わりですか？はい、終わりです．それから始まる。",
        20,
        "本当に終わりですか？はい、終わりです．",
    ),
    Cut(
        "a danda ends a sentence in Hindi",
        "यह एक वाक्य है। यह दूसरा वाक्य है जो लंबा है।",
        16,
        "यह एक वाक्य है।",
    ),
    Cut(
        "an Urdu full stop ends a sentence",
        "یہ ایک جملہ ہے۔ یہ دوسرا جملہ ہے جو لمبا ہے۔",
        20,
        "یہ ایک جملہ ہے۔",
    ),
    Cut(
        "an Arabic question mark ends a sentence",
        "هل أنت هنا اليوم؟ نعم أنا هنا منذ الصباح الباكر.",
        22,
        "هل أنت هنا اليوم؟",
    ),
    Cut(
        "an Ethiopic full stop ends a sentence",
        "ይህ አረፍተ ነገር ነው። ይህ ደግሞ ሌላ ነው።",
        20,
        "ይህ አረፍተ ነገር ነው።",
    ),
    Cut(
        "an Armenian full stop ends a sentence",
        "Սա նախադասություն է։ Սա ևս մեկ նախադասություն է։",
        26,
        "Սա նախադասություն է։",
    ),
    Cut(
        "Burmese ends a sentence with ။",
        "ဒါက စာကြောင်းပါ။ ဒါက နောက်တစ်ကြောင်းပါ။",
        14,
        "ဒါက စာကြောင်းပါ။",
    ),
]

CLAUSES = [
    Cut(
        "a comma is where to cut where no sentence ends",
        "When the rain had stopped at last, the children ran out into the garden.",
        45,
        "When the rain had stopped at last…",
    ),
    Cut(
        "a semicolon goes before the ellipsis",
        "The rain had stopped at last; the children ran out at once.",
        40,
        "The rain had stopped at last…",
    ),
    Cut(
        "a colon goes before the ellipsis",
        "There are many things to see: lions and tigers and bears.",
        40,
        "There are many things to see…",
    ),
    Cut(
        "a dash goes before the ellipsis",
        "The rain had stopped at last – so the children ran out.",
        38,
        "The rain had stopped at last…",
    ),
    Cut(
        "an em dash goes before the ellipsis",
        "The rain had stopped at last—so the children ran out.",
        38,
        "The rain had stopped at last…",
    ),
    Cut(
        "dots are not doubled",
        "He waited and waited... and then he waited some more",
        30,
        "He waited and waited…",
    ),
    Cut(
        "an ellipsis is not doubled",
        "He waited and waited… and then he waited some more",
        30,
        "He waited and waited…",
    ),
    Cut(
        "a Chinese ellipsis is not doubled",
        "他等了很久很久……然后他就走了没有再回来",
        12,
        "他等了很久很久…",
    ),
    Cut("a Chinese comma goes", "在很久很久以前，有一个小村庄在山的那边", 12, "在很久很久以前…"),
    Cut(
        "an enumeration comma goes", "我喜欢吃很多苹果、香蕉和葡萄还有西瓜", 12, "我喜欢吃很多苹果…"
    ),
    Cut(
        "an ASCII comma in Chinese goes",
        "在很久很久以前,有一个小村庄在山的那边",
        12,
        "在很久很久以前…",
    ),
    Cut(
        "an Arabic comma goes",
        "ذهب الولد إلى المدرسة، ثم عاد إلى البيت",
        28,
        "ذهب الولد إلى المدرسة…",
    ),
    Cut(
        "the end of a block is a good place",
        "First the dishes must be done\nThen the floor is to be swept at last",
        45,
        "First the dishes must be done…",
    ),
    Cut(
        "a comma inside a number is none",
        "The whole sum is then 12,345,678 at the end",
        28,
        "The whole sum is then…",
    ),
    Cut(
        "a colon inside a time is none",
        "They will meet again at 10:30 in the morning",
        27,
        "They will meet again at…",
    ),
]

WORDS = [
    Cut("a word is not cut", "One two three four five six", 12, "One two…"),
    Cut("a word that ends at the limit stays", "One two three four five six", 13, "One two three…"),
    Cut("a word too long for any excerpt is cut", "a" * 66 + " end", 20, "a" * 20 + "…"),
    Cut("a long word at the end is not half shown", "Two words " + "b" * 66, 20, "Two words…"),
    Cut("an address is never cut", "Read https://example.org/a/long/path.html now", 30, "Read…"),
    Cut(
        "an address does not stand before the ellipsis",
        "Read https://example.org/a now or never again my friend",
        30,
        "Read https://example.org/a now…",
    ),
    Cut(
        "an address with Chinese in its path is never cut",
        "链接在这里 https://example.org/路径/文件 可以下载",
        28,
        "链接在这里…",
    ),
    Cut(
        "an address inside Chinese is never cut",
        "请访问https://example.org/page可以看到更多内容",
        20,
        "请访问…",
    ),
    Cut("an e-mail address is never cut", "Write to jane.doe@example.org today", 20, "Write to…"),
    Cut(
        "a number is never cut", "The total came to 12,345.67 at the end", 21, "The total came to…"
    ),
    Cut("a version is never cut", "We now ship Python 3.11.4 to all", 21, "We now ship Python…"),
    Cut("a date is never cut", "The day was 2026-01-12 of course", 18, "The day was…"),
    Cut(
        "a date and its time stay together",
        "We met on 2026-01-12 10:30 in the hall",
        22,
        "We met on…",
    ),
    Cut(
        "a day and its month stay together", "They came on 12 March this year", 16, "They came on…"
    ),
    Cut(
        "a month and its day stay together", "They came on March 12 this year", 19, "They came on…"
    ),
    Cut(
        "a German day and month stay together",
        "Wir feiern am 3. Oktober im Garten",
        18,
        "Wir feiern am…",
        "de",
    ),
    Cut("a Chinese date stays whole", "会议定于2024年5月12日召开", 9, "会议定于…"),
    Cut("a Chinese counter stays with its number", "他买了350个苹果回家", 6, "他买了…"),
    Cut("第 stays with its number", "请看第3章的内容吧", 3, "请看…"),
    Cut("a range is never cut", "It takes 10-15 days or so", 13, "It takes…"),
    Cut(
        "a unit stays with its number", "The road is 10\u00a0km long and steep", 14, "The road is…"
    ),
    Cut(
        "a unit stays with its number behind a plain space",
        "The road is 10 km long and steep",
        14,
        "The road is…",
    ),
    Cut("groups of digits stay together", "All of 1\u202f000\u202f000 people came", 12, "All of…"),
    Cut("a percent sign stays with its number", "It grew by 12 % over the year", 13, "It grew by…"),
    Cut("a currency stays with its number", "They paid 100 € for the thing", 13, "They paid…"),
    Cut("a phone number stays whole", "Call us: +49 30 1234 5678 now", 20, "Call us…"),
    Cut("a number stays with what it counts", "It has over 400 rooms in all", 15, "It has over…"),
    Cut(
        "a year may stand last",
        "All of it began in 1999 in a garage",
        23,
        "All of it began in 1999…",
    ),
    Cut("a file path is never cut", "Look in /usr/share/doc/README.md for it", 20, "Look in…"),
    Cut("a file name is never cut", "Look in report-2024_final.pdf for it", 20, "Look in…"),
    Cut("C++ stays whole", "We all use C++ and C# and .NET", 14, "We all use C++…"),
    Cut("C++ is not cut in half", "We all use C++ and C# and .NET", 12, "We all use…"),
    Cut("C# stays whole", "We all use C++ and C# and .NET", 21, "We all use C++ and C#…"),
    Cut(".NET stays whole", "We use the big .NET thing", 17, "We use the big…"),
    Cut("an opening parenthesis goes", "The value (see the table) is wrong", 11, "The value…"),
    Cut("an opening quote goes", "She then said “we will never go”", 15, "She then said…"),
    Cut("a guillemet goes", "Elle a dit « jamais de la vie » hier", 13, "Elle a dit…", "fr"),
    Cut("a German quote goes", "Sie sagte dann „niemals wieder“ laut", 17, "Sie sagte dann…", "de"),
    Cut(
        "an inverted question mark goes",
        "Entonces dijo ¿ qué haces aquí?",
        16,
        "Entonces dijo…",
        "es",
    ),
    Cut("a straight quote goes", 'She then said "never again" and left', 15, "She then said…"),
    Cut(
        "a French colon is not left alone",
        "Il y a trois mots : un, deux",
        18,
        "Il y a trois…",
        "fr",
    ),
    Cut(
        "a French question mark is not left alone",
        "Il y a trois mots ? Oui oui",
        17,
        "Il y a trois…",
    ),
    Cut("a dash goes", "Monday to Friday - and also Sunday", 18, "Monday to Friday…"),
    Cut("an ampersand goes", "Salt & pepper & vinegar in all", 15, "Salt & pepper…"),
    Cut("an operator does not stand last", "We know a = b + c for all", 15, "We know a = b…", "de"),
    Cut("a bullet goes", "Things: • one thing • another thing", 21, "Things: • one thing…"),
    Cut("a list number does not stand last", "Buy: 1. apples 2. pears", 17, "Buy: 1. apples…"),
    Cut("a list letter does not stand last", "Buy: a) apples b) pears", 17, "Buy: a) apples…"),
    Cut("a Czech one-letter word goes", "Žil a byl v lese u vody", 18, "Žil a byl v lese…", "cs"),
    Cut(
        "a Polish one-letter word goes",
        "Byłem wczoraj w kinie i w domu",
        15,
        "Byłem wczoraj…",
        "pl",
    ),
    Cut(
        "a Russian one-letter word goes", "Мы были вчера в лесу и дома", 15, "Мы были вчера…", "ru"
    ),
    Cut("a Spanish y goes", "Los gatos y los perros y otros", 24, "Los gatos y los perros…", "es"),
    Cut("an English a goes", "This is such a wonderful day", 15, "This is such…", "en"),
    Cut("a variable may stand last", "The state s is what we want here", 11, "The state s…", "en"),
    Cut(
        "a soft hyphen is dropped",
        "A Donau\u00addampf\u00adschiff sails by here",
        18,
        "A Donaudampfschiff…",
    ),
    Cut("white space is one space", "One \t two  \r\t  three   four five", 13, "One two three…"),
    Cut(
        "a no-break space keeps words together",
        "All of us saw Mr\u00a0Smith there",
        16,
        "All of us saw…",
    ),
]

WORDS += [
    Cut(
        "an abbreviation before a comma does not stand before the ellipsis",
        "It was founded by Example Inc., a company of three people",
        34,
        "It was founded by Example…",
        "en",
    ),
    Cut(
        "an address at the end of a block does not stand before the ellipsis",
        "Here is what we all like so much: https://example.org/a\nAnother block of words",
        60,
        "Here is what we all like so much…",
    ),
]

SCRIPTS = [
    Cut("Chinese is cut between characters", "红色和金色是两个比较特别的颜色", 9, "红色和金色是两个比…"),
    Cut("a closing mark does not begin the rest", "我们都知道「你好」的意思吧", 8, "我们都知道「你…", boundary="word"),
    Cut("an opening bracket does not stand last", "我们都知道「你好」的意思吧", 6, "我们都知道…"),
    Cut("an opening title mark does not stand last", "他最喜欢看《红楼梦》这本书", 6, "他最喜欢看…"),
    Cut("a Latin word in Chinese is not cut", "我们使用Transformer模型来翻译", 8, "我们使用…"),
    Cut("Latin and Chinese part where they meet", "5GC自动化平台帮助运营商快速部署", 9, "5GC自动化平台帮…"),
    Cut("pangu spaces change nothing", "使用 Python 语言编写的小程序", 9, "使用 Python…"),
    Cut("a percentage in Chinese is not cut", "增长了12.5%以上的收入", 6, "增长了…"),
    Cut("small kana do not begin the rest", "私はちょっと疲れました", 4, "私は…", boundary="word"),
    Cut("a long mark does not begin the rest", "駅前のラーメンが好き", 5, "駅前の…", boundary="word"),
    Cut("a katakana word is not cut", "新しいコンピューターを買う", 8, "新しい…", boundary="word"),
    Cut("a katakana word longer than the excerpt is", "コンピューターシステム", 5, "コンピュー…"),
    Cut("an iteration mark does not begin the rest", "昔の人々が住む町", 3, "昔の…", boundary="word"),
    Cut("Japanese parts before the next phrase", "東京都の大学で勉強している", 8, "東京都の大学で…", boundary="word"),
    Cut("half-width katakana stay together", "新しいｺﾝﾋﾟｭｰﾀを買う", 6, "新しい…", boundary="word"),
    Cut("Korean is cut at spaces", "한국어는 띄어쓰기로 낱말을 나눕니다", 12, "한국어는 띄어쓰기로…"),
    Cut("a Korean word is not cut", "한국어는 띄어쓰기로 낱말을 나눕니다", 8, "한국어는…"),
    Cut("conjoining jamo stay together", "\u1112\u1161\u11ab\u1100\u1173\u11af" * 4, 3, "\u1112\u1161\u11ab\u1100\u1173\u11af\u1112\u1161\u11ab…"),
    Cut("Thai is cut at a space in reach", "ภาษาไทยสวยงาม มากจริงๆนะครับ", 15, "ภาษาไทยสวยงาม…"),
    Cut("a Thai vowel does not begin the rest", "การทำงานของกระทรวง", 12, "การทำงานของก…"),
    Cut("a Thai leading vowel does not stand last", "กรุงเทพมหานครเมืองใหญ่", 13, "กรุงเทพมหานคร…"),
    Cut("Lao is cut between clusters", "ພາສາລາວບໍ່ມີຊ່ອງຫວ່າງ", 7, "ພາສາລາວ…"),
    Cut("a Khmer subscript stays", "ភាសាខ្មែរមិនមានចន្លោះ", 4, "ភាសាខ្មែរ…"),
    Cut("a Devanagari conjunct is not split", "क्षत्रियक्षत्रिय", 1, "क्ष…"),
    Cut("Hindi is cut at words", "विद्यार्थी विद्यालय में पढ़ते हैं", 7, "विद्यार्थी…"),
    Cut("Bengali is cut at words", "আমি বাংলায় গান গাই সারাদিন", 8, "আমি বাংলায়…"),
    Cut("Tamil is cut at words", "நான் தமிழ் பேசுகிறேன் இன்று", 8, "நான் தமிழ்…"),
    Cut("Arabic is cut at words", "ذهب الولد إلى المدرسة صباحا", 16, "ذهب الولد إلى…"),
    Cut("Hebrew is cut at words", "הילד הלך לבית הספר בבוקר", 14, "הילד הלך לבית…"),
    Cut("Hebrew with points is cut at words", "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת", 11, "בְּרֵאשִׁית בָּרָא…"),
    Cut("Persian keeps its joiners", "می\u200cخواهم به خانه بروم امروز", 16, "می\u200cخواهم به خانه…"),
    Cut("an override is closed", "a \u202eabc def ghi jkl\u202c mno", 12, "a \u202eabc def\u202c…"),
    Cut("an isolate is closed", "a \u2067abc def ghi jkl\u2069 mno", 12, "a \u2067abc def\u2069…"),
    Cut(
        "nested controls are closed from the inside",
        "a \u2067b \u202bcd ef gh ij kl\u202c\u2069 mn",
        13,
        "a \u2067b \u202bcd ef\u2069…",
    ),
    Cut("Greek is cut at words", "Το μουσείο είναι ανοιχτό σήμερα", 15, "Το μουσείο…"),
    Cut("Vietnamese is cut at words", "Tôi đang học tiếng Việt ở nhà", 18, "Tôi đang học tiếng…"),
    Cut("Georgian is cut at words", "საქართველო ლამაზი ქვეყანაა დღეს", 18, "საქართველო ლამაზი…"),
    Cut("Amharic is cut at words", "አዲስ አበባ የኢትዮጵያ ዋና ከተማ", 9, "አዲስ አበባ…"),
    Cut("Tibetan is cut between clusters", "བོད་ཡིག་ནི་སྐད་ཡིག་ཅིག་ཡིན", 6, "བོད་ཡིག་…", boundary="character"),
]  # fmt: skip

CLUSTERS = [
    Cut("a family is one cluster", "Our 👨‍👩‍👧‍👦👨‍👩‍👧‍👦 are here", 5, "Our 👨‍👩‍👧‍👦…"),
    Cut("flags are pairs", "🇩🇪🇫🇷🇮🇹🇪🇸🇵🇹", 3, "🇩🇪🇫🇷🇮🇹…"),
    Cut("a skin tone stays", "👍🏽👍🏿👍🏻👍🏼", 2, "👍🏽👍🏿…"),
    Cut("a keycap is one cluster", "1️⃣2️⃣3️⃣4️⃣", 2, "1️⃣2️⃣…"),
    Cut("a flag of tags is one cluster", "🏴󠁧󠁢󠁥󠁮󠁧󠁿🏴󠁧󠁢󠁳󠁣󠁴󠁿🏴󠁧󠁢󠁷󠁬󠁳󠁿", 1, "🏴󠁧󠁢󠁥󠁮󠁧󠁿…"),
    Cut("a variation selector stays", "❤️❤️❤️❤️", 2, "❤️❤️…"),
    Cut("combining accents stay", "e\u0301" * 9, 4, "e\u0301" * 4 + "…"),
    Cut("stacked accents stay", "e\u0301\u0323\u0308" * 9, 2, "e\u0301\u0323\u0308" * 2 + "…"),
    Cut(
        "thirty marks on a letter are kept",
        "e" + "\u0301" * 30 + "xyz",
        1,
        "e" + "\u0301" * 30 + "…",
    ),
    Cut(
        "more than thirty marks are not", "e" + "\u0301" * 99 + "xyz", 1, "e" + "\u0301" * 30 + "…"
    ),
    Cut("an ideograph of plane 2 is one cluster", "𠮷野家𠮷野家", 4, "𠮷野家𠮷…"),
    Cut("an ideographic variation stays", "葛\U000e0100飾区葛\U000e0100", 2, "葛\U000e0100飾…"),
]

CHARACTERS = [
    Cut("a word is cut", "One two three", 6, "One tw…", boundary="character"),
    Cut("a space before the ellipsis stays", "One two three", 4, "One …", boundary="character"),
    Cut("an address is cut", "https://example.org/", 10, "https://ex…", boundary="character"),
    Cut("a comma stays", "One, two", 4, "One,…", boundary="character"),
    Cut("a full stop is followed by the ellipsis", "One. Two.", 4, "One.…", boundary="character"),
    Cut("a cluster is not cut", "ae\u0301e\u0301", 2, "ae\u0301…", boundary="character"),
    Cut(
        "Chinese is cut after so many characters",
        "我们「你好」",
        3,
        "我们「…",
        boundary="character",
    ),
]

AT_WORDS = [
    Cut(
        "a sentence too far from the limit is not sought",
        "One here. Two is long, and it goes on",
        30,
        "One here. Two is long, and it…",
        boundary="word",
    ),
    Cut(
        "no ellipsis follows a sentence that happens to end",
        "One here is. Two is long",
        14,
        "One here is.",
        boundary="word",
    ),
    Cut("a comma goes", "One, two, three, four", 10, "One, two…", boundary="word"),
]

TABLES = [SENTENCES, CLAUSES, WORDS, SCRIPTS, CLUSTERS, CHARACTERS, AT_WORDS]


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.says) for table in TABLES for row in table]
)
def test_a_text_is_cut_where_it_reads_best(row: Cut) -> None:
    cut = ExcerptSettings(length=row.length, boundary=row.boundary)
    made = excerpt(MarkedText(row.text), cut, language=row.language)
    assert made.text == row.expected
    assert made.truncated
    assert excerpt(MarkedText(made.text), cut, language=row.language).text == made.text


UNCHANGED = [
    ("nothing", "", 10),
    ("a text that fits", "One two three.", 20),
    ("a text of exactly the length", "One two", 7),
    ("a text that the ellipsis ends, behind the length", "One two…", 7),
    ("a text that ends with a comma", "One, two,", 9),
    ("Chinese that fits", "你好，世界！", 6),
    ("an emoji that fits", "👨‍👩‍👧‍👦", 1),
    ("conjuncts that fit", "क्षत्रिय", 3),
    ("an opening bracket at the end", "see (", 5),
    ("full-width punctuation as the author wrote it", "（你好）；ＡＢＣ", 20),
    ("hyphens and dashes", "state-of-the-art – well-known — no", 40),
    ("a no-break space", "10\u00a0km", 10),
    ("TeX that nobody marked", "let $x$ be \\alpha", 40),
    ("Markdown that nobody took off", "**so** it is", 40),
    ("an override that is not closed", "a \u202eb", 9),
    ("dots that fit", "wait... what", 40),
]


@pytest.mark.parametrize("boundary", ["sentence", "word", "character"])
@pytest.mark.parametrize(
    ("text", "length"), [pytest.param(text, n, id=says) for says, text, n in UNCHANGED]
)
def test_a_text_that_fits_is_unchanged(
    text: str, length: int, boundary: Literal["sentence", "word", "character"]
) -> None:
    made = excerpt(MarkedText(text), ExcerptSettings(length=length, boundary=boundary))
    assert (made.text, made.truncated) == (text, False)


class Shown(NamedTuple):
    says: str
    text: str
    expected: str
    language: str = "en"
    length: int = 200
    math: Literal["text", "placeholder", "tex"] = "text"
    code: Literal["placeholder", "text", "omit"] = "placeholder"


def m(tex: str) -> str:
    return MATH + tex + END


def d(tex: str) -> str:
    return DISPLAY + tex + END


def c(code: str) -> str:
    return CODE + code + END


def h(words: str) -> str:
    return HEADING + words + END


SHOWN = [
    Shown("a simple formula is readable", f"Let {m('x_i')} be.", "Let xᵢ be."),
    Shown("a formula keeps to its neighbors", f"其中{m('x_i')}是数", "其中xᵢ是数", "zh"),
    Shown("the n-th keeps its hyphen", f"the {m('n')}-th one", "the n-th one"),
    Shown("a hard one is not", f"Let {m(chr(92) + 'foo')} be.", "Let [Math] be."),
    Shown("in Chinese, in a line", f"设{m(chr(92) + 'foo')}为", "设 [Math] 为", "zh"),
    Shown("in Chinese, displayed", f"定义\n{d(chr(92) + 'foo')}\n其中", "定义 [公式] 其中", "zh-Hans"),
    Shown("a comma behind it stays close", f"设{m(chr(92) + 'foo')}，则", "设 [Math]，则", "zh"),
    Shown("in Japanese", f"式{d('x')}は", "式 [数式] は", "ja", math="placeholder"),
    Shown("in Korean", f"식 {m('x')} 은", "식 [수식] 은", "ko", math="placeholder"),
    Shown("in German", f"Es sei {m('x')}.", "Es sei [Formel].", "de-AT", math="placeholder"),
    Shown("in French", f"Soit {m('x')}.", "Soit [Formule].", "fr", math="placeholder"),
    Shown("in Spanish", f"Sea {m('x')}.", "Sea [Fórmula].", "es", math="placeholder"),
    Shown("in Russian", f"Пусть {m('x')}.", "Пусть [Формула].", "ru", math="placeholder"),
    Shown("in a language without a word of its own", f"{m('x')}!", "[Math]!", "tlh", math="placeholder"),
    Shown("several in a row are one", f"so {m('x')} {m('y')}\n{d('z')} on", "so [Math] on", math="placeholder"),
    Shown("a comma between parts them", f"{m('x')}, {m('y')}", "[Math], [Math]", math="placeholder"),
    Shown("TeX as written", f"so {m('x_i')} and {d('a^2')}", "so $x_i$ and $$a^2$$", math="tex"),
    Shown(
        "an environment as written",
        d("\\begin{align} a\n&= b \\end{align}"),
        "\\begin{align} a &= b \\end{align}",
        math="tex",
    ),
    Shown("TeX too long for the excerpt", f"so {m('x' * 40)} on", "so [Math] on", length=60, math="tex"),
    Shown("an empty formula is nothing", f"so {m(' ')} on", "so on"),
    Shown("no cut enters a formula", f"We know {m('a = b + c')} for all", "We know…", length=12),
    Shown("no cut enters a placeholder", f"We know {m(chr(92) + 'foo')} for all", "We know…", length=12),
    Shown("a factorial ends no sentence", f"We all know that {m('n! = n')} Holds for every number", "We all know that n! = n…", length=25),
    Shown("code is a word in brackets", f"Run this:\n{c('make')}\nThen go.", "Run this: [code] Then go."),
    Shown("code in Chinese", f"运行\n{c('make')}\n然后", "运行 [代码] 然后", "zh"),
    Shown("code in Japanese", f"次\n{c('make')}", "次 [コード]", "ja"),
    Shown("code in Russian", f"Так:\n{c('make')}", "Так: [код]", "ru"),
    Shown("code alone shows its first line", c("make all\ninstall"), "make all", "ru"),
    Shown("code and a lead-in to more of it", f"{c('make')}\nbuild gogs:", "make build gogs:", "zh"),
    Shown("an ideographic comma at a line break", "第一、\n第二", "第一、第二", "zh"),
    Shown("blocks of code in a row are one", f"{c('a')}\n{c('b')}\nend", "[code] end"),
    Shown("the first line of code", f"Run:\n{c(chr(10) + ' make all' + chr(10) + 'x')}\nOn.", "Run: make all On.", code="text"),
    Shown("code left out takes its colon along", f"Run this:\n{c('make')}\nThen go.", "Run this. Then go.", code="omit"),
    Shown("code left out in Chinese", f"运行：\n{c('make')}\n然后", "运行。 然后", "zh", code="omit"),
    Shown("code alone, left out, leaves nothing", c("make"), "", code="omit"),
    Shown("a heading is parted from its text", f"{h('Why')}\nIt is so.", "Why: It is so."),
    Shown("a Chinese heading", f"{h('引言')}\n正文在此。", "引言：正文在此。", "zh"),
    Shown("a heading that asks", f"{h('Why?')}\nIt is so.", "Why? It is so."),
    Shown("a heading under a heading", f"{h('Part 1')}\n{h('Why')}\nSo.", "Part 1 – Why: So."),
    Shown("a heading over a list", f"{h('要点')}\n• 一\n• 二", "要点: • 一 • 二", "zh"),
    Shown("a heading with a formula", f"{h('The ' + m('x_i') + ' case')}\nSo.", "The xᵢ case: So."),
    Shown("a heading alone", h("Why"), "Why"),
    Shown("the last heading has nothing under it", f"It is so.\n{h('Why')}", "It is so. Why"),
    Shown("a lone heading does not end an excerpt", f"It is so here\n{h('Why not')}\nBecause of it.", "It is so here…", length=24),
    Shown("half a heading does not either", f"It is so here\n{h('Why ever not')}\nBecause of it.", "It is so here…", length=20),
    Shown("a heading's own question is no end", f"It is so here\n{h('Why not?')}\nBecause of it.", "It is so here…", length=24),
    Shown("list items part with a space", "1. a\n2. b\n3. c", "1. a 2. b 3. c"),
    Shown("a mark without its end is dropped", f"a {MATH}x b", "a x b"),
    Shown("an end without its mark is dropped", f"a{END} b", "a b"),
]  # fmt: skip


@pytest.mark.parametrize("row", [pytest.param(row, id=row.says) for row in SHOWN])
def test_formulas_code_and_headings_are_shown_as_the_settings_say(row: Shown) -> None:
    cut = ExcerptSettings(length=row.length, math=row.math, code=row.code)
    assert excerpt(MarkedText(row.text), cut, language=row.language).text == row.expected


@pytest.mark.parametrize("ellipsis", ["…", "...", " […]", ""])
def test_any_ellipsis_is_taken(ellipsis: str) -> None:
    cut = ExcerptSettings(length=12, ellipsis=ellipsis)
    made = excerpt(MarkedText("One two three four"), cut)
    assert made.text == "One two" + ellipsis
    assert excerpt(MarkedText(made.text), cut).text == made.text


def test_the_language_is_told_by_the_script_where_nobody_says_it() -> None:
    cut = ExcerptSettings(math="placeholder")
    shown = [
        excerpt(MarkedText(d("x") + text), cut).text for text in ("数学", "です", "수학", "и", "a")
    ]
    assert shown == ["[公式] 数学", "[数式] です", "[수식] 수학", "[Формула] и", "[Math] a"]


VERBATIM = ExcerptSettings(length=20, boundary="character", ellipsis="...")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a  b   c", "a  b   c", id="white space is kept"),
        pytest.param("let [Math] [Math] be", "let [Math] [Math] be", id="placeholders are kept"),
        pytest.param("**so** `it` is", "**so** `it` is", id="Markdown is kept"),
        pytest.param("a co\u00adop", "a co\u00adop"[:4] + "op", id="a soft hyphen is dropped"),
        pytest.param(
            "one two three four five", "one two three four f...", id="only the cut is ours"
        ),
        pytest.param("one two three four  ...", "one two three four  ...", id="what was cut stays"),
    ],
)
def test_a_finished_excerpt_is_only_cut(text: str, expected: str) -> None:
    assert excerpt(MarkedText(text), VERBATIM, verbatim=True).text == expected


@pytest.mark.corpus
def test_transmission_pages_come_out_as_they_went_in(corpus: Path) -> None:
    cut = ExcerptSettings(length=350, boundary="character", ellipsis="...")
    kept = shortened = 0
    for page in sorted((corpus.parent / "seeds").glob("*.txt")):
        for line in page.read_text("utf-8").split("\n"):
            made = excerpt(MarkedText(line), cut, verbatim=True).text
            if made == line:
                kept += len(line) == 353 and line.endswith("...")
            else:
                shortened += 1
                assert 450 <= len(line) <= 510
                assert made == line[:350] + "..."
    assert (kept, shortened) == (52, 5)


# --- properties ----------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "Dr.",
        "end.",
        "https://example.org/a",
        m("x^2"),
        m("\\foo"),
        d("y"),
        c("x\ny"),
        h("Head"),
        "12,345.67",
        "これは",
        "テスト",
        "。",
        "the",
        "a",
        "好的",
        "ไทย",
        " ",
        "\n",
        ",",
        ":",
        "「",
        "1.",
    ]
)
CHARACTER = st.sampled_from(
    " \n\t.,;:!?。，「」（）()\"'“”-–—…129aAzЖαΩ漢字かなカッー한ไทเ้ำहिन्दीשלוםمرحبا$^_{}\\/@#"
    "\u0301\u200d👩👧🇩🇪🏽\u20e3\ufe0f\u00a0\u00ad\u2067\u2069\u202e\u202c\ud800\x00\x07\ue000\ue00f"
)
TEXTS = st.one_of(
    st.text(CHARACTER, max_size=90),
    st.lists(PIECES, max_size=30).map("".join),
    st.text(max_size=90),
)
CUTS = st.builds(
    ExcerptSettings,
    length=st.integers(1, 50),
    boundary=st.sampled_from(["sentence", "word", "character"]),
    ellipsis=st.sampled_from(["…", "...", "", " […]"]),
    math=st.sampled_from(["text", "placeholder"]),
    code=st.sampled_from(["placeholder", "text", "omit"]),
)
LANGUAGES = st.sampled_from([None, "en", "de", "zh", "cs"])


@settings(max_examples=400, deadline=None)
@given(TEXTS, CUTS, LANGUAGES, st.booleans())
def test_any_text_gives_an_excerpt(
    text: str, cut: ExcerptSettings, language: str | None, verbatim: bool
) -> None:
    made = excerpt(MarkedText(text), cut, language=language, verbatim=verbatim)
    assert made == excerpt(MarkedText(text), cut, language=language, verbatim=verbatim)
    assert not regex.search(r"\p{Cs}", made.text)
    assert verbatim or not regex.search(r"[\p{Cc}\ue000-\ue00f]", made.text)

    kept = made.text.removesuffix(cut.ellipsis) if made.truncated else made.text
    assert not made.truncated or len(CLUSTER.findall(kept)) <= cut.length
    again = excerpt(MarkedText(made.text), cut, language=language, verbatim=verbatim)
    assert again.text == made.text


@settings(max_examples=400, deadline=None)
@given(TEXTS.map(lambda text: regex.sub("[\u2067\u2069\u202e\u202c]", "", text)), CUTS, LANGUAGES)
def test_an_excerpt_is_the_beginning_of_the_whole_line(
    text: str, cut: ExcerptSettings, language: str | None
) -> None:
    made = excerpt(MarkedText(text), cut, language=language)
    whole = excerpt(MarkedText(text), replace(cut, length=9999), language=language).text
    if made.truncated and MATH not in text and DISPLAY not in text:
        kept = made.text.removesuffix(cut.ellipsis)
        assert whole.startswith(kept)
        assert len(kept) in {0, *accumulate(map(len, CLUSTER.findall(whole)))}


SCRIPTS = (  # type: ignore[assignment]
    "Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Syriac", "Thaana", "Devanagari",
    "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala",
    "Thai", "Lao", "Tibetan", "Myanmar", "Georgian", "Hangul", "Ethiopic", "Cherokee", "Khmer",
    "Mongolian", "Hiragana", "Katakana", "Bopomofo", "Han", "Yi", "Common", "Inherited",
)  # fmt: skip
ENDS = (
    *"—–…-,.;:!?،؛؟。，、；：！？།။។።፣·'\"”’»)」』】}%°€#@/\\|*_~^&=+<>$\u00a0\u200b",
    "..",
    "—–",
    "1.",
)


def sample(script: str) -> str:
    """Return some characters of a script, spread over all of it."""
    found = regex.findall(rf"\p{{Script={script}}}", "".join(map(chr, range(0xAC80))))
    return "".join(found[:: max(len(found) // 40, 1)])


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_text_of_any_script_breaks_the_cutter(script: str) -> None:
    """Also where one cluster is over the length, and ends in a digit and a mark."""
    chance = random.Random(script)
    letters = sample(script)
    for end in ENDS:
        text = "".join(chance.choices(letters + "  12", k=chance.randint(3, 24)))
        for whole in (f"{text} 194{end}", f"{text}{end}{text[:1]}", f"{end}{text}", f"{end}9{end}"):
            cut = ExcerptSettings(
                length=max(len(CLUSTER.findall(whole)) - chance.randint(0, 2), 1),
                boundary=chance.choice(("sentence", "word", "character")),
            )
            made = excerpt(MarkedText(whole), cut, language=chance.choice((None, "en", "cs")))
            kept = made.text.removesuffix("…")
            assert len(CLUSTER.findall(kept)) <= cut.length


HOSTILE = (
    ["$", "1", "́", "á", "(", "[", "`", "*", " ", "\n", "http://a", "👩\u200d", "ᄀ", "क्", ". ", "Dr. ", "1 ", ",", "。", "ア", "ไ", "\u202e", MATH, m("x^2"), h("a"), "\xad"]
)  # fmt: skip


@pytest.mark.parametrize("unit", [pytest.param(unit, id=ascii(unit)) for unit in HOSTILE])
def test_a_megabyte_costs_no_more_than_what_is_shown_of_it(unit: str) -> None:
    text = MarkedText(unit * (1_000_000 // len(unit)))
    made = excerpt(text, ExcerptSettings())
    assert len(made.text) <= 350 * 64 + 1
