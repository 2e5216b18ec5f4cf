"""Web pages and letters that are no edition: sign-up, confirmation, approval, errors."""
