"""Parts of the mail format: keep an edition within the size that mail programs show whole."""
