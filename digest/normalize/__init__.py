"""ParsedEntry in, Entry out (`entry`); an entry's text in, an excerpt of it out (`excerpt`).

The two meet in the marked text of `digest.marks` alone: an entry is cleaned once, and cut whenever
an edition is composed.
"""
