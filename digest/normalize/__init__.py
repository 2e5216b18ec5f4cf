"""Clean a ParsedEntry into an Entry, once, when it is stored.  PURE.

`entry` is the stage; `fulltext` puts a page's main text in the place of a teaser before it.  Texts
keep formulas and code between the marks of `digest.text.marks`; `digest.excerpt` cuts them.
"""
