"""The subject of the mail checks: one digest and one of its mail channels."""

from __future__ import annotations

from dataclasses import dataclass

from digest.deliver import MailSettings
from digest.diagnostics.doctor.finding import Finding
from digest.model import Digest
from digest.net import mail_addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRoute:
    """A digest and one of its mail channels."""

    digest: Digest
    channel: str
    settings: MailSettings

    @property
    def name(self) -> str:
        return f"{self.digest.name}: {self.channel}"

    @property
    def author(self) -> str:
        return mail_addresses.split_name(self.settings.from_)[1]

    @property
    def sender(self) -> str:
        """The address that bounces go to."""
        return self.settings.bounces or self.author

    def well(self, what: str, advice: str = "") -> Finding:
        return Finding(ok=True, what=f"{self.name}: {what}", advice=advice)

    def ill(self, what: str, advice: str) -> Finding:
        return Finding(ok=False, what=f"{self.name}: {what}", advice=advice)
