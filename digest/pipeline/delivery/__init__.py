"""The end of the publish line: frozen editions go out over their channels, row by row."""
