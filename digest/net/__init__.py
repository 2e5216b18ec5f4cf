"""Addresses: URLs, mail addresses, and which network addresses are public.  PURE."""
