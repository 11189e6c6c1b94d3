"""From the outbox to Slack and mailboxes, over real HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from local.partners.refusals import Refusal
from shared.notifications import outbox, relay
from shared.platform import db
from shared.platform.settings import Settings, SettingsInvalid
from tests.conftest import NO_STORAGE, AppSettings
from tests.notifications.conftest import Partners, a_notice


def test_an_incident_is_told_once_in_both_places(partners: Partners) -> None:
    partners.tell(a_notice(), a_notice(), a_notice(text="again, in other words"))

    assert partners.relay() == 2
    assert partners.relay() == 0

    (message,) = partners.slack.messages
    (email,) = partners.resend.emails
    assert message["text"] == "🛑 Run failed: demo: 2 of 10 partitions"
    assert email["to"] == ["ann@example.test", "bob@example.test"]
    assert email["text"] == "2 of 10 partitions\n\nrun: run-1"
    assert email["key"] == "demo:run_failed:run-1"
    assert {message.status for message in partners.outbox()} == {"sent"}


def test_routine_news_fill_nobody_s_mailbox(partners: Partners) -> None:
    partners.tell(a_notice("run_started"), a_notice("run_completed"))

    partners.relay()

    assert len(partners.slack.messages) == 2
    assert partners.resend.emails == []


def test_nothing_is_told_of_what_was_rolled_back(partners: Partners) -> None:
    def tell_and_fail() -> None:
        with db.transaction() as conn:
            outbox.tell(conn, a_notice())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_and_fail()

    assert partners.relay() == 0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_partner_in_trouble_is_tried_again_later_and_holds_nobody_else_back(
    partners: Partners, status: int
) -> None:
    partners.slack.refusals.expect(Refusal(status=status, error="rollup_error"))
    partners.tell(a_notice(run="run-1"), a_notice(run="run-2"))

    partners.relay()

    assert (len(partners.slack.messages), len(partners.resend.emails)) == (0, 2)
    (waiting, *_) = [said for said in partners.outbox() if said.destination == "slack"]
    assert (waiting.status, waiting.attempts) == ("retrying", 1)
    assert f"Slack answered {status}: rollup_error" in str(waiting.last_error)

    partners.later()
    partners.relay()

    assert len(partners.slack.messages) == 2
    assert {message.status for message in partners.outbox()} == {"sent"}


def test_a_partner_says_how_long_to_wait(partners: Partners) -> None:
    partners.slack.refusals.expect(Refusal(status=429, error="rate_limited", retry_after=900))
    partners.tell(a_notice())

    partners.relay()

    (waiting, _) = partners.outbox()
    assert (waiting.next_attempt_at - waiting.created_at).total_seconds() > 890


@pytest.mark.parametrize(
    ("status", "name"),
    [(403, "invalid_api_key"), (422, "validation_error"), (429, "daily_quota_exceeded")],
)
def test_what_trying_again_cannot_cure_is_given_up_at_once(
    partners: Partners, status: int, name: str
) -> None:
    partners.resend.refusals.expect(Refusal(status=status, error=name))
    partners.tell(a_notice())

    partners.relay()

    (_, email) = partners.outbox()
    assert (email.status, email.attempts) == ("given_up", 1)
    assert name in str(email.last_error)


def test_a_partner_that_stays_away_is_given_up_after_ten_attempts(partners: Partners) -> None:
    partners.slack.refusals.expect(*[Refusal(status=500)] * 20)
    partners.tell(a_notice("run_started"))

    for _ in range(12):
        partners.relay()
        partners.later()

    (message,) = partners.outbox()
    assert (message.status, message.attempts) == ("given_up", relay.ATTEMPTS)


def test_a_lost_reply_does_not_send_the_mail_twice(partners: Partners) -> None:
    partners.resend.loses_replies = 1
    partners.tell(a_notice())

    partners.relay()
    partners.later()
    partners.relay()

    assert len(partners.resend.emails) == 1
    assert {message.status for message in partners.outbox()} == {"sent"}


def test_a_request_still_under_way_at_resend_is_tried_again(partners: Partners) -> None:
    partners.resend.refusals.expect(Refusal(status=409, error="concurrent_idempotent_requests"))
    partners.tell(a_notice())

    partners.relay()
    partners.later()
    partners.relay()

    assert len(partners.resend.emails) == 1


def test_the_webhook_s_address_is_in_no_error(
    partners: Partners, app_settings: AppSettings
) -> None:
    app_settings(SLACK_WEBHOOK_URL="http://127.0.0.1:9/services/T0/B0/secret")
    partners.tell(a_notice("run_started"))

    partners.relay()

    (message,) = partners.outbox()
    assert message.status == "retrying"
    assert "secret" not in str(message.last_error)


def test_two_relays_at_once_send_each_message_once(partners: Partners) -> None:
    partners.tell(*[a_notice("run_started", run=f"run-{number}") for number in range(30)])

    with ThreadPoolExecutor(2) as relays:
        arrived = list(relays.map(lambda _: partners.relay(), range(2)))

    assert sum(arrived) == len(partners.slack.messages) == 30


def test_a_message_whose_sender_died_is_due_again_after_its_lease(partners: Partners) -> None:
    partners.tell(a_notice("run_started"))
    assert relay.claimed(["slack"]) is not None

    assert partners.relay() == 0
    partners.later()

    assert partners.relay() == 1


def test_long_and_angled_texts_fit_slack(partners: Partners) -> None:
    partners.tell(a_notice("run_started", text="<b> & " * 2_000, title="x" * 400))

    assert partners.relay() == 1


def test_news_go_to_the_log_where_nobody_is_configured(
    app_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with db.transaction() as conn:
        outbox.tell(conn, a_notice())

    assert relay.relay() == 1
    assert "Run failed: demo" in caplog.text


def test_a_key_for_mail_without_addresses_is_refused_at_start() -> None:
    environment = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
        "AzureWebJobsStorage": NO_STORAGE,
        "RESEND_API_KEY": "re_local",
    }

    with pytest.raises(SettingsInvalid, match="ALERT_EMAIL_TO"):
        Settings.from_env(environment)
