"""The error for a defect of this program, a library or a template, met during a delivery.

A defect must not end the run: it is recorded on its delivery, its traceback is logged, the report
names it and the run's exit status is 1; the other deliveries go on.
"""

from __future__ import annotations

import logging

from digest.errors import DeliveryError, cause_of

_logger = logging.getLogger(__name__)


class UnforeseenError(DeliveryError):
    """Delivering raised an unexpected exception, which is chained."""


def unforeseen(
    error: Exception,
    *,
    channel: str,
    recipient: str = "",
    unknown: bool = False,
    channel_down: bool = False,
) -> UnforeseenError:
    """Log the traceback of `error`; return the error to record in its place."""
    about = f"{channel} to {recipient}" if recipient else channel
    cause = cause_of(error)
    _logger.error("delivering over %s: %s", about, cause, exc_info=error)
    raised = UnforeseenError(
        f"unforeseen {cause} over {about}; the log has the details, please report it",
        channel=channel,
        recipient=recipient,
        unknown=unknown,
        channel_down=channel_down,
    )
    raised.__cause__ = error
    return raised
