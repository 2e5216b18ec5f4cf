"""The names of characters in TeX, and their small and styled forms in Unicode."""

from __future__ import annotations


def _pairs(table: str) -> dict[str, str]:
    words = table.split()
    return dict(zip(words[::2], words[1::2], strict=True))


ORDINARY = _pairs(
    """
    alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι
    kappa κ lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ
    upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ
    Upsilon Υ Phi Φ Psi Ψ Omega Ω infty ∞ partial ∂ nabla ∇ ell ℓ hbar ℏ imath ı jmath ȷ Re ℜ Im ℑ
    aleph ℵ wp ℘ emptyset ∅ varnothing ∅ forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ top ⊤ bot ⊥
    angle ∠ triangle △ Box □ square □ blacksquare ■ qed □ prime ′ degree ° circ ∘ dagger † ddagger ‡
    ldots … dots … dotsc … dotsb ⋯ cdots ⋯ vdots ⋮ checkmark ✓ star ⋆ ast ∗ bullet •
    vert | Vert ‖ S § P ¶ pounds £ euro € copyright © aa å AA Å o ø O Ø ss ß
    """
)
BINARY = _pairs(
    """
    pm ± mp ∓ times × div ÷ cdot · oplus ⊕ ominus ⊖ otimes ⊗ odot ⊙ cup ∪ cap ∩ setminus ∖
    smallsetminus ∖ land ∧ wedge ∧ lor ∨ vee ∨ sqcup ⊔ sqcap ⊓ uplus ⊎ bmod mod ltimes ⋉ rtimes ⋊
    """
)
RELATION = _pairs(
    """
    leq ≤ le ≤ leqslant ≤ geq ≥ ge ≥ geqslant ≥ neq ≠ ne ≠ lt < gt > ll ≪ gg ≫ equiv ≡ approx ≈
    sim ∼ simeq ≃ cong ≅ propto ∝ in ∈ ni ∋ notin ∉ subset ⊂ subseteq ⊆ subsetneq ⊊ supset ⊃
    supseteq ⊇
    to → rightarrow → longrightarrow → leftarrow ← gets ← longleftarrow ← leftrightarrow ↔
    Rightarrow ⇒ Longrightarrow ⇒ implies ⇒ Leftarrow ⇐ impliedby ⇐ Leftrightarrow ⇔ iff ⇔
    Longleftrightarrow ⇔ mapsto ↦ longmapsto ↦ uparrow ↑ downarrow ↓ hookrightarrow ↪
    rightharpoonup ⇀ rightleftharpoons ⇌ leadsto ⇝ rightsquigarrow ⇝ mid | nmid ∤ parallel ∥
    perp ⊥ vdash ⊢ dashv ⊣ models ⊨ vDash ⊨ prec ≺ preceq ⪯ succ ≻ succeq ⪰ triangleq ≜ doteq ≐
    coloneqq ≔ asymp ≍ lesssim ≲ gtrsim ≳ Vdash ⊩
    """
)
BIG = _pairs(
    """
    sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂
    bigodot ⨀ bigvee ⋁ bigwedge ⋀ bigsqcup ⨆
    """
)
OPEN = _pairs("langle ⟨ lfloor ⌊ lceil ⌈ lbrace { lbrack [ lvert | lVert ‖ lparen (")
CLOSE = _pairs("rangle ⟩ rfloor ⌋ rceil ⌉ rbrace } rbrack ] rvert | rVert ‖ rparen )")
FUNCTION = _pairs(
    """
    arccos arccos arcsin arcsin arctan arctan arg arg argmax argmax argmin argmin cos cos cosh cosh
    cot cot coth coth csc csc deg deg det det dim dim exp exp gcd gcd hom hom inf inf ker ker lg lg
    lim lim ln ln log log max max min min Pr Pr sec sec sin sin sinh sinh sup sup tan tan tanh tanh
    sgn sgn sign sign tr tr Tr Tr diag diag rank rank softmax softmax sigmoid sigmoid erf erf
    lcm lcm mod mod Var Var Cov Cov
    """
) | {"limsup": "lim sup", "liminf": "lim inf"}

ACCENT = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "bar": "\u0304",
    "overline": "\u0305",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
}

_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FANCY = {
    "mathbb": dict(
        zip(
            _LATIN + "0123456789",
            "𝔸𝔹ℂ𝔻𝔼𝔽𝔾ℍ𝕀𝕁𝕂𝕃𝕄ℕ𝕆ℙℚℝ𝕊𝕋𝕌𝕍𝕎𝕏𝕐ℤ𝕒𝕓𝕔𝕕𝕖𝕗𝕘𝕙𝕚𝕛𝕜𝕝𝕞𝕟𝕠𝕡𝕢𝕣𝕤𝕥𝕦𝕧𝕨𝕩𝕪𝕫𝟘𝟙𝟚𝟛𝟜𝟝𝟞𝟟𝟠𝟡",
            strict=True,
        )
    ),
    "mathcal": dict(
        zip(
            _LATIN,
            "𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵𝒶𝒷𝒸𝒹ℯ𝒻ℊ𝒽𝒾𝒿𝓀𝓁𝓂𝓃ℴ𝓅𝓆𝓇𝓈𝓉𝓊𝓋𝓌𝓍𝓎𝓏",
            strict=True,
        )
    ),
    "mathfrak": dict(
        zip(
            _LATIN,
            "𝔄𝔅ℭ𝔇𝔈𝔉𝔊ℌℑ𝔍𝔎𝔏𝔐𝔑𝔒𝔓𝔔ℜ𝔖𝔗𝔘𝔙𝔚𝔛𝔜ℨ𝔞𝔟𝔠𝔡𝔢𝔣𝔤𝔥𝔦𝔧𝔨𝔩𝔪𝔫𝔬𝔭𝔮𝔯𝔰𝔱𝔲𝔳𝔴𝔵𝔶𝔷",
            strict=True,
        )
    ),
}
FANCY["mathscr"] = FANCY["mathcal"]

SUPERSCRIPT = str.maketrans(
    "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθφχ⊤′∘*†",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᵠᵡᵀ′°*†",
)
SUBSCRIPT = str.maketrans(
    "0123456789+−=()aehijklmnoprstuvxβγρφχ",
    "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
)
VULGAR = _pairs(
    "1/2 ½ 1/3 ⅓ 2/3 ⅔ 1/4 ¼ 3/4 ¾ 1/5 ⅕ 2/5 ⅖ 3/5 ⅗ 4/5 ⅘ 1/6 ⅙ 5/6 ⅚ 1/8 ⅛ 3/8 ⅜ 5/8 ⅝ 7/8 ⅞"
)
PRIMES = {1: "′", 2: "″", 3: "‴"}
