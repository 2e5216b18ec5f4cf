"""Who is on a digest's list: states, tokens, subscriber CSV, and mail that comes back.  PURE."""
