"""Feeds in, one good digest out."""

__version__ = "0.1.0"
