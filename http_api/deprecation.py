"""What we would rather not be asked any more, said in headers (RFC 9745, RFC 8594)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime


@dataclass(frozen=True)
class Deprecated:
    """An endpoint, or a parameter's old name, that has a successor."""

    since: date
    successor: str | None = None
    """The URL path of what to ask instead."""
    sunset: date | None = None
    """From when it may be gone."""

    def headers(self) -> dict[str, str]:
        told = {"Deprecation": f"@{int(_midnight(self.since).timestamp())}"}
        if self.sunset:
            told["Sunset"] = format_datetime(_midnight(self.sunset), usegmt=True)
        if self.successor:
            told["Link"] = f'<{self.successor}>; rel="successor-version"'
        return told


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
