"""What the channels that carry mail share: the SMTP dialog, the envelope, DKIM, passwords."""
