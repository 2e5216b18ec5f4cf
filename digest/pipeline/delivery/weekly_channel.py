"""The names of the channels of weekly mails, which distinguish them from the mails of editions.

A weekly mail is delivered as its newest edition, over a channel such as ``smtp/weekly/41``: it has
the settings of ``smtp`` and holds all editions after number 41.  So all rules of deliveries
(claims, repetitions, bounces, withdrawals) hold for weekly mails, and each has its own letter.
"""

from __future__ import annotations

_MARK = "/weekly/"


def weekly_channel(channel: str, after: int) -> str:
    """Return the name of the channel for the weekly mails of the editions after number `after`.

    >>> weekly_channel("smtp", 41)
    'smtp/weekly/41'
    """
    return f"{channel}{_MARK}{after}"


def channel_of(name: str) -> str:
    """Return the configured channel of a delivery, whose settings it has.

    >>> channel_of("smtp/weekly/41"), channel_of("smtp")
    ('smtp', 'smtp')
    """
    return name.partition(_MARK)[0]


def weekly_after(name: str) -> int | None:
    """Return the number after which a weekly mail's editions begin; ``None`` for another mail.

    >>> weekly_after("smtp/weekly/41"), weekly_after("smtp")
    (41, None)
    """
    _, mark, number = name.partition(_MARK)
    return int(number) if mark else None
