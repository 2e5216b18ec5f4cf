"""Certificates that a test makes for itself."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import trustme


class Authority:
    """An authority of our own; `file` is what a client trusts it by."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def server(self, *names: str, until: datetime | None = None) -> ssl.SSLContext:
        """Make what a server of these names needs; `until` is when its certificate expires."""
        issued = self._authority.issue_cert(
            *names, not_before=datetime(2000, 1, 1, tzinfo=UTC), not_after=until
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        return context
