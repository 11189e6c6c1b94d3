"""A Frankfurter on this machine that the app is told of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.partners.frankfurter.server import Knobs, Server
from shared.currency import service
from shared.platform import db
from tests.conftest import AppSettings
from tests.support.partners import serving


@dataclass
class Bank:
    server: Server

    def misbehaves(self, **knobs: Any) -> None:
        self.server.knobs = Knobs(**knobs)

    def refresh(self) -> int:
        """Fetch now, however long ago the last time was."""
        with db.transaction() as conn:
            conn.execute("UPDATE exchange_rates SET fetched_at = fetched_at - interval '61 min'")
        return service.refresh()

    def pass_days(self, days: int) -> None:
        """As if nothing had come for so long."""
        with db.transaction() as conn:
            conn.execute(
                "UPDATE exchange_rates SET rated_on = rated_on - %(days)s,"
                " fetched_at = fetched_at - make_interval(days => %(days)s)",
                {"days": days},
            )


@contextmanager
def a_bank(app_settings: AppSettings) -> Iterator[Bank]:
    server = Server()
    with serving(server.application()) as url:
        app_settings(CURRENCY_FRANKFURTER_URL=url, CURRENCY_TIMEOUT_SECONDS="2")
        yield Bank(server)


def days_ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
