from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from http_api import webhooks
from shared.access import service as access
from shared.access.model import Scope
from shared.platform import db
from shared.webhooks import delivery
from tests.conftest import AppSettings
from tests.support.http import Answered, call
from tests.support.partners import serving
from tests.support.receiver import Receiver


@dataclass
class Partner:
    """A client with a key, and a receiver on this machine."""

    key: dict[str, str]
    receiver: Receiver
    url: str

    def subscribed(self, *events: str, path: str = "/hook") -> dict[str, Any]:
        answered = self.ask(
            webhooks.create_webhook,
            "POST",
            body={"url": f"{self.url}{path}", "events": list(events) or ["diamonds.changed"]},
        )
        assert answered.status == 201, answered.body
        made: dict[str, Any] = answered.body["data"]
        return made

    def ask(self, function: Any, method: str = "GET", **asked: Any) -> Answered:
        return call(function, method, headers=self.key, **asked)

    def of(self, webhook: dict[str, Any], function: Any, method: str = "GET", **asked: Any) -> Any:
        answered = self.ask(function, method, route={"webhook_id": webhook["id"]}, **asked)
        assert answered.status < 300, answered.body
        return answered.body

    def tested(self, webhook: dict[str, Any]) -> None:
        self.of(webhook, webhooks.test_webhook, "POST")

    def deliveries(self, webhook: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.of(webhook, webhooks.list_webhook_deliveries)["data"]
        return found

    def deliver(self) -> int:
        return delivery.deliver()

    def later(self) -> None:
        """Whatever waits for its next attempt is due now."""
        with db.transaction() as conn:
            conn.execute("UPDATE outbox SET next_attempt_at = now()")


@pytest.fixture
def partner(app_database: str, app_settings: AppSettings) -> Iterator[Partner]:
    receiver = Receiver()
    app_settings(WEBHOOK_PRIVATE_ADDRESSES="true", WEBHOOK_TIMEOUT_SECONDS="2")
    with serving(receiver.application()) as url:
        yield Partner(a_key("a partner"), receiver, url)


def a_key(client: str) -> dict[str, str]:
    with db.transaction() as conn:
        issued = access.issue(conn, client_name=client, scopes=[Scope.WEBHOOKS_WRITE])
    return {"X-API-Key": issued.secret}
