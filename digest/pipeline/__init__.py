"""The two pipelines of the program: refresh and publish.

    refresh:  due feeds -> fetch -> parse -> sift -> normalize -> match.keys -> save
    publish:  due -> eligible -> rules -> group -> select -> compose -> freeze -> render -> deliver

This package calls the stages and passes their results on; no stage calls another.  A batch of feeds
is saved in one transaction, validators and entries together.  An edition is frozen with all of its
decisions in one transaction, before any of it is delivered.  So the next run repairs any crash.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from digest.resources import OnDemandPackage

if TYPE_CHECKING:
    from digest.pipeline.delivery.queue import DeliveryProgress, PostponedDeliveries, deliver
    from digest.pipeline.delivery.rate_limit import MonotonicClock
    from digest.pipeline.delivery.report import DeliveryReport, MissedRecipient
    from digest.pipeline.due_feeds import unmuted
    from digest.pipeline.feed_update import Fault
    from digest.pipeline.output import Audience, render_edition, site_of
    from digest.pipeline.publish import (
        FailedDigest,
        Held,
        Made,
        Published,
        Waiting,
        preview,
        publish,
    )
    from digest.pipeline.refresh import Refreshed, Watch, refresh

__all__ = [
    "Audience",
    "DeliveryProgress",
    "DeliveryReport",
    "FailedDigest",
    "Fault",
    "Held",
    "Made",
    "MissedRecipient",
    "MonotonicClock",
    "PostponedDeliveries",
    "Published",
    "Refreshed",
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

# Imported on first use: a refresh needs neither rendering nor delivery.
_HOMES = {
    "Audience": "digest.pipeline.output",
    "MonotonicClock": "digest.pipeline.delivery.rate_limit",
    "FailedDigest": "digest.pipeline.publish",
    "Fault": "digest.pipeline.feed_update",
    "Made": "digest.pipeline.publish",
    "MissedRecipient": "digest.pipeline.delivery.report",
    "PostponedDeliveries": "digest.pipeline.delivery.queue",
    "Held": "digest.pipeline.publish",
    "Published": "digest.pipeline.publish",
    "Refreshed": "digest.pipeline.refresh",
    "DeliveryReport": "digest.pipeline.delivery.report",
    "DeliveryProgress": "digest.pipeline.delivery.queue",
    "Waiting": "digest.pipeline.publish",
    "Watch": "digest.pipeline.refresh",
    "deliver": "digest.pipeline.delivery.queue",
    "preview": "digest.pipeline.publish",
    "publish": "digest.pipeline.publish",
    "refresh": "digest.pipeline.refresh",
    "render_edition": "digest.pipeline.output",
    "site_of": "digest.pipeline.output",
    "unmuted": "digest.pipeline.due_feeds",
}

sys.modules[__name__].__class__ = OnDemandPackage
