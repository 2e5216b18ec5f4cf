"""Clean a ParsedEntry into an Entry, once, when it is stored.  PURE.

`entry` is the stage.  Before it, `fulltext` may replace a teaser by the main text of its page.
Texts keep formulas and code between the marks of `digest.text.marks`; `digest.excerpt` cuts them.
"""
