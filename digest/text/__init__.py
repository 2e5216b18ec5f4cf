"""What a text is made of: characters, clusters, dates, languages, scripts and charsets.  PURE."""
