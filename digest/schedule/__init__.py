"""When: the slots of a cron line, and when a feed is asked again.  PURE."""
