"""Helpers of the mail channels: the SMTP dialog, the envelope, DKIM, passwords."""
