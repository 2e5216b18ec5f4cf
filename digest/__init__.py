"""Feeds in, one good digest out."""

__version__ = "0.2.0"
