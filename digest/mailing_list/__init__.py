"""The rules of mailing lists: states, tokens, subscriber CSV and bounces.  No input or output."""
