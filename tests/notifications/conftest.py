from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.partners.resend import server as resend
from local.partners.slack import server as slack
from shared.notifications import outbox, queries, relay
from shared.notifications.model import Category, Message, Notice
from shared.platform import db
from tests.conftest import AppSettings
from tests.support.partners import serving


def a_notice(category: Category = "run_failed", run: str = "run-1", **said: Any) -> Notice:
    plain = {
        "feed": "demo",
        "title": "Run failed: demo",
        "text": "2 of 10 partitions",
        "facts": {"run": run},
    }
    return Notice(category=category, incident_key=f"demo:{category}:{run}", **plain | said)


@dataclass
class Partners:
    """The app on a database of its own, told of a Slack and a Resend on this machine."""

    slack: slack.Server
    resend: resend.Server
    webhook: str

    def tell(self, *notices: Notice) -> None:
        with db.transaction() as conn:
            for notice in notices:
                outbox.tell(conn, notice)

    def relay(self) -> int:
        return relay.relay()

    def outbox(self) -> list[Message]:
        """Oldest first."""
        with db.transaction() as conn:
            found = queries.list_messages(
                conn, destination=None, status=None, before=None, limit=100
            )
        return found[::-1]

    def later(self) -> None:
        """Whatever waits for its next attempt is due now."""
        with db.transaction() as conn:
            conn.execute("UPDATE outbox SET next_attempt_at = now()")


@pytest.fixture
def partners(app_database: str, app_settings: AppSettings) -> Iterator[Partners]:
    chat, mail = slack.Server(), resend.Server()
    with serving(chat.application()) as chat_url, serving(mail.application()) as mail_url:
        webhook = f"{chat_url}{slack.HOOK}"
        app_settings(
            SLACK_WEBHOOK_URL=webhook,
            RESEND_API_KEY=resend.API_KEY,
            RESEND_BASE_URL=mail_url,
            ALERT_EMAIL_FROM="opus@example.test",
            ALERT_EMAIL_TO="ann@example.test, bob@example.test",
        )
        yield Partners(chat, mail, webhook)
