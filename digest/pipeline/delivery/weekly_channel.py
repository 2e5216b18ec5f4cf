"""How the deliveries of weekly mails are told from those of editions: by the name of their channel.

A weekly mail is delivered as its newest edition is, over the channel ``smtp/weekly/41``: that of
the settings ``smtp``, with all editions after number 41.  So everything that holds for deliveries
(claims, repetitions, bounces, withdrawals) holds for weekly mails, and each has its own letter.
"""

from __future__ import annotations

_MARK = "/weekly/"


def weekly_channel(channel: str, after: int) -> str:
    """Name the channel of the weekly mails of the editions after number `after`.

    >>> weekly_channel("smtp", 41)
    'smtp/weekly/41'
    """
    return f"{channel}{_MARK}{after}"


def channel_of(name: str) -> str:
    """Return the channel whose settings a delivery goes by.

    >>> channel_of("smtp/weekly/41"), channel_of("smtp")
    ('smtp', 'smtp')
    """
    return name.partition(_MARK)[0]


def weekly_after(name: str) -> int | None:
    """Return the number after which the editions of a weekly mail begin; ``None`` for no such mail.

    >>> weekly_after("smtp/weekly/41"), weekly_after("smtp")
    (41, None)
    """
    _, mark, number = name.partition(_MARK)
    return int(number) if mark else None
