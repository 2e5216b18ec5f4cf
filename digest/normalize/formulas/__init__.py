"""Formulas: from every form a publisher writes them in to TeX, and from TeX to readable text."""
