"""Analyze text: characters, clusters, dates, languages, scripts and charsets.  PURE."""
