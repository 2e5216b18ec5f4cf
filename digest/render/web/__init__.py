"""The pages and letters around a mailing list: sign-up, confirmation, leaving, mistakes."""
