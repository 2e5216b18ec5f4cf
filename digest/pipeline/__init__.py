"""The two lines that everything is on, and nothing else.

    refresh:  due feeds -> fetch -> parse -> sift -> normalize -> match.keys -> save
    publish:  due digests -> select -> match.group -> compose -> freeze -> render -> deliver

Each stage is handed what it needs here; none calls another.  A batch of feeds is saved in one
transaction, validators and entries together, and an edition is frozen in one transaction with all
of its decisions, before a byte of it leaves: so a crash anywhere is repaired by the next run.
"""

from __future__ import annotations

from digest.pipeline.delivery.queue import Postponed, Step, deliver
from digest.pipeline.delivery.rate_limit import Clock
from digest.pipeline.delivery.report import Missed, Sent
from digest.pipeline.due_feeds import unmuted
from digest.pipeline.feed_update import Fault
from digest.pipeline.output import render_edition, site_of
from digest.pipeline.publish import Made, Published, Waiting, preview, publish
from digest.pipeline.refresh import Refreshed, Watch, refresh

__all__ = [
    "Clock",
    "Fault",
    "Made",
    "Missed",
    "Postponed",
    "Published",
    "Refreshed",
    "Sent",
    "Step",
    "Waiting",
    "Watch",
    "deliver",
    "preview",
    "publish",
    "refresh",
    "render_edition",
    "site_of",
    "unmuted",
]
