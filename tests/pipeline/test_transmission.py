"""Posts as bloggers write them in, a transmission page out: the form of the old pages, not their faults.

The old pages cut words, lost hyphens, numbered every item "1.", hid readable formulas, put spaces
before punctuation and an ellipsis after a full stop.  Each of these is a row here.
"""

# ruff: noqa: E501  # a post's paragraph stands on one line

from __future__ import annotations

from pathlib import Path

import pytest
import regex

from support.house import NOW, House, item, rss

SETTINGS = """backfill = "all"
[excerpt]
length = 350
boundary = "{boundary}"
ellipsis = "..."
math = "{math}"
[digests.daily]
max_per_feed = 20
[digests.daily.deliver.files]
path = "out"
formats = ["transmission"]
"""

CALLOUT = (
    '<figure class="callout"><div><span class="icon">💡</span></div>'
    "<div>扩散模型的核心问题：如何从噪声一步步回到数据？</div></figure>"
    "<h2>1. 前向过程</h2><p>前向过程把数据 $x_0$ 逐步加噪，直到 $x_T$ 接近标准正态分布。每一步都满足"
    "</p><p>$$q(x_t|x_{t-1}) = \\mathcal{N}(x_t; \\sqrt{1-\\beta_t}\\, x_{t-1}, \\beta_t I)$$</p>"
    "<p>其中 $\\beta_t$ 很小，所以反向过程近似为高斯分布。"
    + "模型只需要学习每一步的均值，训练时随机选取时刻，预测所加的噪声，再用均方误差比较。" * 6
    + "</p>"
)
BOOKMARK = (
    '<p>🔖 <a href="https://example.org/paper">https://example.org/paper</a></p>'
    "<h2>模型结构</h2><p>这是一个开源的混合专家视觉-语言模型，只激活 2.8B 参数（Tiny-VL-A3B），在多-智能体任务上表现出色。</p>"
    "<p>视觉编码器先把图像切成小块，再经过 PixelShuffle 压缩，最后由两层 MLP 投影到语言空间。</p>"
)
LISTS = (
    "<h2>背景</h2><p>传统方法分两步走：</p><ol><li>先训练一个奖励模型来判断哪个回答更好</li>"
    "<li>再用强化学习让模型去最大化这个奖励</li></ol><p>新的方法只有一步：</p>"
    '<ol start="3"><li>直接在偏好数据上优化策略</li><li>不再需要单独的奖励模型</li></ol>'
)
CODE = (
    "<p>先安装依赖：</p>"
    '<figure class="highlight bash"><table><tr><td class="gutter"><pre><span class="line">1</span><br>'
    '<span class="line">2</span><br></pre></td><td class="code"><pre><span class="line">pip install tiny-vl</span><br>'
    '<span class="line">tiny-vl --help</span><br></pre></td></tr></table></figure>'
    "<p>然后运行 <code>train.py</code>，学习率取 $10^{-4}$，就可以开始训练。</p>"
)
KATEX = (
    '<p>设样本 <span class="katex"><span class="katex-mathml"><math><semantics><mrow><msub><mi>x</mi><mi>i</mi></msub>'
    '<mo>∈</mo><msup><mi>ℝ</mi><mi>n</mi></msup></mrow><annotation encoding="application/x-tex">x_i \\in \\mathbb{R}^n</annotation>'
    '</semantics></math></span><span class="katex-html" aria-hidden="true">xi∈Rn</span></span> 独立同分布，'
    "则似然函数为 $p(X) = \\prod_i p(x_i)$，计算复杂度是 $O(n \\log n)$。</p>"
)
MIXED = (
    "<p>把 softmax 去掉以后，注意力就成了三个矩阵的乘积，可以从任意一端开始算：复杂度由平方降为线性。代价在于核函数：它让权重保持为正，却不再能够锐利地选出某一个词元。</p>"
    "<p>"
    + "在复制任务上，线性模型需要两倍的宽度才能追上原来的模型，而在长文本上它又快得多。"
    * 5
    + "</p>"
    "<p>PixelShuffleNetworks 与 ControlNet 的比较见附录，那里还有全部的训练细节和超参数，以及失败的尝试。</p>"
)
POSTS = {
    "callout": CALLOUT,
    "bookmark": BOOKMARK,
    "lists": LISTS,
    "code": CODE,
    "katex": KATEX,
    "mixed": MIXED,
}


def page(folder: Path, *, boundary: str, math: str = "placeholder") -> dict[str, str]:
    """Run the whole program on the posts; return the excerpts by post."""
    items = [item(name, title=f"关于 {name}", text=html) for name, html in POSTS.items()]
    (folder / "feed.xml").write_bytes(rss(items, title="一个博客"))
    House(folder, ["feed.xml"], more=SETTINGS.format(boundary=boundary, math=math)).run(NOW)
    text = (folder / "out" / "latest" / "transmission.txt").read_text(encoding="utf-8")
    head, lines = text.split("\n")[:3], text.split("\n")[3:]
    assert head == ["INCOMING TRANSMISSION", "", "LATEST UPDATES"]
    assert len(lines) == len(POSTS)
    begins = {
        "callout": "💡",
        "bookmark": "🔖",
        "lists": "背景",
        "code": "先安装",
        "katex": "设样本",
        "mixed": "把 softmax",
    }
    return {
        name: next(line for line in lines if line.startswith(begin))
        for name, begin in begins.items()
    }


@pytest.fixture(scope="module")
def by_character(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return page(tmp_path_factory.mktemp("character"), boundary="character")


@pytest.fixture(scope="module")
def by_sentence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return page(tmp_path_factory.mktemp("sentence"), boundary="sentence")


@pytest.fixture(scope="module")
def readable(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return page(tmp_path_factory.mktemp("readable"), boundary="sentence", math="text")


def test_a_character_cut_is_350_clusters_and_the_ellipsis(by_character: dict[str, str]) -> None:
    for name in ("callout", "mixed"):
        assert by_character[name].endswith("...")
        assert len(regex.findall(r"\X", by_character[name].removesuffix("..."))) == 350
    assert not by_character["lists"].endswith("...")


def test_a_sentence_cut_needs_no_ellipsis(by_sentence: dict[str, str]) -> None:
    for name in ("callout", "mixed"):
        assert by_sentence[name].endswith("。")
        assert "..." not in by_sentence[name]


FAULTS = [
    ("hyphens stay in words of every script", "bookmark", "视觉-语言模型"),
    ("hyphens stay in names", "bookmark", "（Tiny-VL-A3B）"),
    ("a callout's sign stands before its text", "callout", "💡 扩散模型的核心问题"),
    ("a bookmark's sign stands before its address", "bookmark", "🔖 https://example.org/paper"),
    ("an item has its own number", "lists", "1. 先训练一个奖励模型来判断哪个回答更好 2. 再用强化学习"),
    ("a list begins where its author says", "lists", "3. 直接在偏好数据上优化策略 4. 不再需要"),
    ("line numbers of code are no text", "code", "先安装依赖： [代码] 然后运行 train.py，"),
    ("a formula in a line is a placeholder by name", "callout", "把数据 [Math] 逐步加噪，直到 [Math] 接近"),
    ("a displayed formula has its own word", "callout", "每一步都满足 [公式] 其中 [Math] 很小"),
    ("a heading does not run into its text", "lists", "背景：传统方法分两步走："),
    ("no space stands before punctuation", "katex", "[Math]，计算复杂度是 [Math]。"),
    ("a formula written three times is shown once", "katex", "设样本 [Math] 独立同分布，"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "shown"), [row[1:] for row in FAULTS], ids=[r[0] for r in FAULTS])
def test_an_old_fault_is_gone(
    name: str, shown: str, by_character: dict[str, str], by_sentence: dict[str, str]
) -> None:
    assert shown in by_character[name]
    assert shown in by_sentence[name]


READABLE = [
    ("subscripts are subscripts", "callout", "把数据 x₀ 逐步加噪，直到 x_T 接近"),
    ("a Greek letter is one", "callout", "其中 βₜ 很小"),
    ("a minus sign survives in an exponent", "code", "学习率取 10⁻⁴，"),
    ("sets and exponents", "katex", "设样本 xᵢ ∈ ℝⁿ 独立同分布，"),
    ("a product", "katex", "p(X) = ∏ᵢ p(xᵢ)，"),
    ("a logarithm", "katex", "是 O(n log n)。"),
]


@pytest.mark.parametrize(
    ("name", "shown"), [row[1:] for row in READABLE], ids=[row[0] for row in READABLE]
)
def test_a_formula_that_can_be_read_is_shown(
    name: str, shown: str, readable: dict[str, str]
) -> None:
    assert shown in readable[name]


def test_no_word_is_cut_but_by_character(
    by_sentence: dict[str, str], readable: dict[str, str]
) -> None:
    words = set(regex.findall(r"[A-Za-z][A-Za-z-]+", "".join(POSTS.values())))
    for line in (*by_sentence.values(), *readable.values()):
        last = regex.findall(r"[A-Za-z][A-Za-z-]+", line.removesuffix("..."))
        assert not last or last[-1] in words | {"Math", "log"}


@pytest.mark.sqlite
def test_a_page_is_a_feed_that_comes_out_as_it_went_in(tmp_path: Path) -> None:
    first = page(tmp_path, boundary="character")
    again = tmp_path / "again"
    again.mkdir()
    (again / "page.txt").write_bytes((tmp_path / "out/latest/transmission.txt").read_bytes())
    House(again, ["page.txt"], more=SETTINGS.format(boundary="character", math="text")).run(NOW)
    text = (again / "out/latest/transmission.txt").read_text(encoding="utf-8")
    assert sorted(text.split("\n")[3:]) == sorted(first.values())
