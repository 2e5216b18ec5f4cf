"""Compute the slots of a cron line, and the time of a feed's next poll.  PURE."""
