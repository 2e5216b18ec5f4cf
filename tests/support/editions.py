"""Editions for tests: what composing would hand to a renderer, written by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from digest.model import (
    AilingFeed,
    Ailment,
    CappedFeed,
    Edition,
    Enclosure,
    FailedFeed,
    Image,
    Mention,
    Section,
    Site,
    Source,
    Story,
)

SLOT = "2026-11-22T0700"
MOMENT = datetime(2026, 11, 22, 6, tzinfo=UTC)
FORMATS = (
    "html",
    "text",
    "markdown",
    "json",
    "transmission",
    "atom",
    "jsonfeed",
    "archive",
    "editions",
    "epub",
    "mail",
)


def site(**changes: object) -> Site:
    """Make the site of the digest "daily"."""
    plain = Site(
        title="Morning transmission",
        digest="daily",
        digest_title="Morning transmission",
        language="en",
        timezone="Europe/Berlin",
        base_url="https://news.example.org/",
        authority="news.example.org",
        since=date(2026, 10, 1),
        formats=FORMATS,
    )
    return replace(plain, **changes)


def edition(*sections: Section, **changes: object) -> Edition:
    """Make an edition of these sections, its ranks and counts set right."""
    rank = 0
    ranked = []
    for section in sections:
        stories = []
        for story in section.stories:
            rank += 1
            stories.append(replace(story, rank=rank))
        ranked.append(replace(section, stories=tuple(stories)))
    stories = [story for section in ranked for story in section.stories]
    plain = Edition(
        digest="daily",
        slot=SLOT,
        number=41,
        title="Morning transmission",
        timezone="Europe/Berlin",
        language="en",
        composed_at=MOMENT,
        sections=tuple(ranked),
        entries=sum(1 + len(story.also_in) for story in stories),
        feeds=len({story.feed for story in stories}),
    )
    return replace(plain, **changes)


def story(key: str, title: str, **changes: object) -> Story:
    """Make a story whose link and date follow from its key, unless told otherwise."""
    moment = MOMENT - timedelta(hours=9, minutes=20 + sum(map(ord, key)) % 700)
    plain = Story(
        key=key,
        rank=1,
        title=title,
        link=f"https://example.org/{key}",
        feed="Field Notes",
        feed_url="https://example.org/feed.xml",
        feed_link="https://example.org/",
        published=moment,
        updated=moment,
        language="en",
        excerpt=f"This is what {title} is about.",
    )
    return replace(plain, **changes)


def sample() -> Edition:
    """Make an edition with something of everything: the one in the documentation's picture."""
    learning = Section(
        title="Machine learning",
        stories=(
            story(
                "softmax",
                "Attention without the softmax: what is lost, and what is gained",
                feed="Field Notes on Learning",
                authors=("Ines Okafor",),
                categories=("Machine learning", "Attention"),
                excerpt=(
                    "Drop the softmax and attention becomes three matrices in a row, which may be "
                    "multiplied from either end: O(n²) turns into O(n). The catch is the kernel. "
                    "With φ(x) = elu(x) + 1 the weights stay positive, but they no longer pick one "
                    "token sharply, and on copying tasks the linear model needs twice the width."
                ),
                also_in=(
                    Mention(
                        feed="Planet Learning",
                        link="https://planet.example.com/softmax?utm=1&b=2",
                        title="Attention without the softmax",
                        language="en",
                    ),
                    Mention(feed="Tea and Tensors", link="https://tea.example.com/9", title=""),
                ),
                related=("https://example.net/linear-attention",),
            ),
            story(
                "sde",
                "从 DDPM 到随机微分方程：把“拆楼”变成连续的过程",
                feed="生成模型笔记",
                feed_url="https://zh.example.com/feed",
                feed_link="https://zh.example.com/",
                language="zh",
                excerpt=(
                    "在 DDPM 中，扩散过程被划分为固定的 T 步，这个划分带有很大的人为性。真实的过程"
                    "应当在时间上连续，可以写成 dx = f(x, t)dt + g(t)dw。本文从离散形式出发，取 t "
                    "的极限，说明两种写法为什么等价，以及反向过程如何由 score 函数给出。"
                ),
                truncated=True,
            ),
            story(
                "router",
                "The router that always chose expert seven",
                feed="Sparse Thoughts",
                update=True,
                first_told="2026-11-17T0700",
                excerpt=(
                    "A correction to last week’s figures: the auxiliary loss was logged before "
                    "scaling, so the curves in section 3 were too low by a factor of eight. The "
                    "conclusion stands for 16 experts and fails for 64."
                ),
            ),
        ),
    )
    systems = Section(
        title="Systems",
        stories=(
            story(
                "wal",
                "The write-ahead log that was never flushed",
                feed="Storage Diary",
                authors=("Maren Holt", "T. Akintola"),
                excerpt=(
                    "We lost eleven minutes of orders on a machine whose disk reported success for "
                    "every fsync. This is how we found out, how small the reproduction is, and "
                    "what we now check at start-up on every host before we let it take traffic."
                ),
                also_in=(
                    Mention(feed="Link Log", link="https://links.example.com/77", title="WAL"),
                ),
            ),
            story(
                "talk",
                "Episode 112: Clocks that run backwards",
                feed="Two Cores Talking",
                excerpt=(
                    "A leap second, a virtual machine and a lease that expired before it began. "
                    "With listeners’ letters on monotonic time."
                ),
                enclosures=(
                    Enclosure(
                        url="https://media.example.com/112.mp3?a=1&b=2",
                        media_type="audio/mpeg",
                        length=48_300_000,
                    ),
                ),
            ),
            story(
                "note",
                "Rewrote the parser over the weekend. It is slower, and I understand it",
                untitled=True,
                feed="small notes",
                excerpt=(
                    "Rewrote the parser over the weekend. It is slower, and I understand it now. I "
                    "will take that trade every time."
                ),
            ),
        ),
    )
    world = Section(
        title="World",
        stories=(
            story(
                "library",
                "مكتبة المدينة تفتح أرشيفها الرقمي للجمهور",
                feed="أخبار المساء",
                language="ar",
                excerpt=(
                    "أعلنت المكتبة أن أكثر من أربعين ألف مخطوطة أصبحت متاحة للقراءة مجانا، وأن "
                    "أدوات البحث تدعم العربية والفارسية والتركية العثمانية."
                ),
                also_in=(
                    Mention(feed="Harbor Press", link="https://hp.example.com/4", title="Archive"),
                ),
            ),
            story(
                "ferry",
                "Last ferry to the outer islands keeps its winter timetable",
                feed="Harbor Press",
                published=datetime(2025, 12, 30, 8, tzinfo=UTC),
                excerpt="Two crossings a day until March, one when the wind is above eight.",
            ),
        ),
    )
    return edition(
        learning,
        systems,
        world,
        capped=38,
        damped=(
            CappedFeed(feed="Packet Firehose", shown=5, of=41),
            CappedFeed(feed="Field Notes on Learning", shown=1, of=3),
        ),
        ailing=(
            AilingFeed(
                title="Old Harbor Blog",
                url="https://old.example.com/rss",
                ailment=Ailment.GONE,
                since="2026-10-30T0000",
                link="https://old.example.com/",
            ),
            AilingFeed(
                title="Slow Tides",
                url="https://tides.example.com/feed",
                ailment=Ailment.SILENT,
                since="2026-06-02T0000",
            ),
            AilingFeed(
                title="Glass and Wire",
                url="https://glass.example.com/rss",
                ailment=Ailment.MOVED,
                moved_to="https://wire.example.com/feed?a=1&b=2",
            ),
        ),
        failed=(
            FailedFeed(
                title="Kernel Weekly",
                url="https://kernel.example.com/feed",
                error="no answer within 20 seconds",
            ),
            FailedFeed(
                title="Old Harbor Blog",
                url="https://old.example.com/rss",
                error="the server says the feed is gone (410)",
            ),
        ),
    )


def one_story() -> Edition:
    """Make an edition of a single story in no section."""
    return edition(Section(title="", stories=(sample().sections[1].stories[0],)), number=1)


def long(stories: int = 50) -> Edition:
    """Make an edition of many stories in five sections."""
    text = (
        "The harbor was rebuilt three times in a century, each time a little further from the "
        "water, and nobody wrote down why. The surveyor’s notebooks were found last spring in a "
        "school cupboard: forty volumes, dry, in order. They tell of a shore that moved by a "
        "hand’s width a year, of a mayor who would not believe it, and of a bridge built for "
        "land that was no longer there."
    )
    made = [
        story(
            f"{number:03d}",
            f"Notebook {number}: what the surveyor saw from the {number}th bench mark",
            feed=f"Harbor history {number % 12}",
            excerpt=text[: 280 + number],
        )
        for number in range(stories)
    ]
    names = ("Coast", "Town", "People", "Machines", "")
    return edition(
        *(
            Section(title=name, stories=tuple(made[start :: len(names)]))
            for start, name in enumerate(names)
        )
    )


def chinese() -> Edition:
    """Make an edition in Chinese, to be shown with Chinese words around it."""
    titles = {
        "shu": "图书馆把四万册旧书搬到了网上",
        "qiao": "一座没有写进地图的桥：从测量员的笔记本说起",
        "zhong": "时钟为什么会倒着走？谈谈租约、闰秒和虚拟机",
    }
    text = (
        "港口在一百年里重建了三次，每一次都离水更远一点，却没有人写下原因。去年春天，人们在学校的"
        "柜子里找到了测量员的笔记：四十册，干燥，整齐。里面写着每年移动一掌宽的海岸，"
        "写着不肯相信的市长（他说“海不会走路”），还有一座为早已不在的土地而建的桥。"
    )
    made = [
        story(key, title, feed="海岸日志", language="zh", excerpt=text)
        for key, title in titles.items()
    ]
    return edition(
        Section(title="历史", stories=tuple(made[:2])),
        Section(title="技术", stories=tuple(made[2:])),
        title="早间传讯",
        language="zh",
        capped=12,
        damped=(CappedFeed(feed="旧城新闻", shown=5, of=1017),),
    )


def arabic() -> Edition:
    """Make an edition in Arabic, with Latin words and a Latin story among it."""
    text = (
        "أعيد بناء الميناء ثلاث مرات في قرن واحد، وفي كل مرة أبعد قليلا عن الماء، ولم يكتب أحد "
        "السبب. وُجدت دفاتر المسّاح في الربيع الماضي (أربعون مجلدا) في خزانة مدرسة، وفيها ذكر "
        "لنظام GPS قبل أن يُعرف بهذا الاسم."
    )
    made = (
        story("mina", "الميناء الذي ابتعد عن البحر", language="ar", excerpt=text),
        story("gps", "GPS قبل GPS: دفاتر مسّاح قديم", language="ar", excerpt=text),
        story("latin", "A bridge for land that was no longer there"),
    )
    made = (*(replace(told, feed="دفتر الساحل") for told in made[:2]), made[2])  # type: ignore[assignment]
    return edition(Section(title="الساحل", stories=made), title="نشرة الصباح", language="ar")


HOSTILE_TEXTS = (
    "</td></table><h1>big</h1>",
    "{{7*7}}{% raw %}{{ site }}",
    '"><script>alert(1)</script>',
    "]](javascript:alert(1)) [x](http://evil.example.com) `code` <b>bold</b>",
    "# heading",
    "- item",
    "1. item",
    "*stars* _lines_ ~~gone~~ | cell | $x$",
    "&lt;script&gt; &amp; &#x3c;",
    "]]> <!-- --> <?xml?> <![CDATA[",
    "a\x00b\x0bc\x1b[31md\x7f\ufffe\ud800e",
    "two\r\nlines\u2028and\u2029more\x85end",
    "\u202egnp.exe \u2066open",
    "=====",
    "    four spaces in front",
    "ends in a backslash \\",
    "ends in hashes ##",
)
HOSTILE_LINKS = (
    "javascript:alert(1)",
    " \tJaVaScRiPt:alert(1)",
    "\xa0javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example.com/",
    "/relative",
    "https:///no-host",
    "http://[::1",
    "ftp://example.org/",
)
TRICKY_LINKS = (
    'https://example.org/"><script>alert(1)</script>',
    "https://example.org/a b>(c)<d>\\e&copy;f",
    "https://example.org/)](javascript:alert(1))",
    "https://example.org/{{7*7}}\u202e\n",
    "mailto:me@example.org?subject=<b>",
)


def hostile() -> Edition:
    """Make an edition whose every text and link tries to break out of where it is printed."""
    texts = HOSTILE_TEXTS
    links = HOSTILE_LINKS + TRICKY_LINKS
    made = []
    for number, text in enumerate(texts):
        link = links[number % len(links)]
        made.append(
            Story(
                key=f'{number}/?#"<{{é',
                rank=number,
                title=text,
                untitled=number % 5 == 4,
                link=link,
                feed=text,
                feed_url=link,
                feed_link=link,
                source=Source(title=text, link=link, id=text) if number % 2 else None,
                authors=(text, text),
                categories=(text,),
                published=MOMENT,
                updated=MOMENT,
                language=text,
                excerpt=text,
                image=Image(url=link, width=10, height=10, alt=text),
                enclosures=(Enclosure(url=link, media_type=text, length=-1, title=text),),
                also_in=(Mention(feed=text, link=link, title=text, language=text),),
                related=(link,),
            )
        )
    return edition(
        *(Section(title=text, stories=tuple(made)) for text in texts[:2]),
        title=texts[0],
        images=True,
        damped=tuple(CappedFeed(feed=text, shown=5, of=143) for text in texts),
        failed=tuple(FailedFeed(title=text, url=links[0], error=text) for text in texts),
        ailing=tuple(
            AilingFeed(
                title=text, url=links[0], ailment=Ailment.MOVED, moved_to=links[0], link=links[0]
            )
            for text in texts
        ),
    )


def untitled() -> Edition:
    """Make an edition whose stories bear the beginning of their text for a title."""
    texts = (
        "Rewrote the parser over the weekend. It is slower, and I understand it now.",
        "Fog. The ferry blew its horn for an hour before anyone could see it.",
        "Today’s bread: 70 % rye, two days.",
    )
    made = [
        story(
            f"note{number}",
            text[:30],
            untitled=True,
            feed="small notes",
            excerpt=text if number else "",
            link=None if number == 2 else f"https://notes.example.com/{number}",
            update=number == 1,
            first_told="2026-11-20T0700" if number == 1 else None,
        )
        for number, text in enumerate(texts)
    ]
    return edition(Section(title="", stories=tuple(made)))


def pictured() -> Edition:
    """Make the sample with a picture for each story, and pictures switched on."""
    plain = sample()
    sections = tuple(
        replace(
            section,
            stories=tuple(
                replace(
                    story,
                    image=Image(
                        url=f"https://img.example.com/{story.key}.png",
                        width=600 if story.rank % 2 else None,
                        height=400,
                        alt=f"A picture for {story.key}",
                    ),
                )
                for story in section.stories
            ),
        )
        for section in plain.sections
    )
    return replace(plain, sections=sections, images=True)


ALL = {
    "sample": (sample, "en"),
    "one_story": (one_story, "de"),
    "long": (long, "en"),
    "chinese": (chinese, "zh"),
    "arabic": (arabic, "ar"),
    "hostile": (hostile, "en"),
    "untitled": (untitled, "fr"),
    "pictured": (pictured, "en"),
}
