"""Deliveries over real HTTP: signed, patient, once, in sight, and never to the wrong place."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from starlette.responses import RedirectResponse, Response

from http_api import webhooks
from shared.diamonds import changes
from shared.platform import db
from shared.webhooks import publishing
from tests.conftest import AppSettings
from tests.support.offers import put_on_sale
from tests.support.receiver import Received
from tests.webhooks.conftest import Partner, a_key


def verified(received: Received, *secrets: str) -> bool:
    """As a receiver does it: any of the signatures by any of its secrets, and not too old."""
    headers = received.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    given = {text.removeprefix("v1,") for text in headers["webhook-signature"].split(" ")}
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 300
    keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
    expected = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return any(base64.b64encode(one).decode() in given for one in expected)


def test_a_delivery_arrives_signed(partner: Partner) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)

    assert partner.deliver() == 1
    (received,) = partner.receiver.received
    assert verified(received, webhook["secret"])
    assert not verified(received, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert json.loads(received.body)["type"] == "webhook.test"
    assert received.headers["content-type"] == "application/json"
    (told,) = partner.deliveries(webhook)
    assert (told["status"], told["messageId"]) == ("sent", received.headers["webhook-id"])
    assert [attempt["status"] for attempt in told["attempts"]] == [204]
    assert partner.deliver() == 0


def test_what_fails_is_tried_again_later_under_the_same_id(partner: Partner) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)
    partner.receiver.answers.extend([Response(status_code=500), Response(status_code=404)])

    assert partner.deliver() == 0
    assert partner.deliver() == 0
    assert len(partner.receiver.received) == 1  # it waits
    partner.later()
    assert partner.deliver() == 0
    partner.later()
    assert partner.deliver() == 1

    received = partner.receiver.received
    assert len({one.headers["webhook-id"] for one in received}) == 1
    assert len({one.body for one in received}) == 1
    (told,) = partner.deliveries(webhook)
    assert [attempt["status"] for attempt in told["attempts"]] == [500, 404, 204]


def test_waits_grow_and_end(partner: Partner) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)
    partner.receiver.answers.extend([Response(status_code=503)] * 20)

    for _ in range(15):
        partner.deliver()
        partner.later()

    assert len(partner.receiver.received) == 10
    (told,) = partner.deliveries(webhook)
    assert (told["status"], told["lastError"]) == ("given_up", "it answered 503")


def test_a_receiver_may_say_how_long_to_wait(partner: Partner) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)
    partner.receiver.answers.append(Response(status_code=429, headers={"Retry-After": "3600"}))
    partner.deliver()

    with db.transaction() as conn:
        row = conn.execute("SELECT next_attempt_at > now() + interval '59 min' FROM outbox")
        assert row.fetchone() == (True,)


def test_what_else_waits_for_a_receiver_in_trouble_waits_as_well(partner: Partner) -> None:
    sick, well = partner.subscribed(path="/sick"), partner.subscribed(path="/well")
    partner.receiver.answers.append(Response(status_code=500))
    partner.tested(sick)
    partner.deliver()
    for _ in range(3):
        partner.tested(sick)
    partner.receiver.received.clear()
    partner.later()
    partner.receiver.answers.append(Response(status_code=500))
    partner.deliver()
    tried = len(partner.receiver.received)
    partner.tested(well)

    assert tried <= 4  # as many as are sent at once, not all of a long queue
    assert partner.deliver() == 1
    assert partner.receiver.received[-1].path == "/well"


def test_410_disables_and_drops_what_waits(partner: Partner) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)
    partner.receiver.answers.append(Response(status_code=410))
    partner.deliver()
    for _ in range(2):
        partner.later()
        partner.deliver()

    assert len(partner.receiver.received) == 1
    shown = partner.of(webhook, webhooks.get_webhook)["data"]
    assert shown["disabledBecause"] == "it answered 410: gone"
    refused = partner.ask(webhooks.test_webhook, "POST", route={"webhook_id": webhook["id"]})
    assert (refused.status, refused.error["code"]) == (409, "WEBHOOK_DISABLED")

    partner.of(webhook, webhooks.update_webhook, "PUT", body={"enabled": True})
    partner.tested(webhook)
    assert partner.deliver() == 1


def test_a_redirect_is_not_followed(partner: Partner) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)
    partner.receiver.answers.append(RedirectResponse("http://169.254.169.254/metadata"))
    partner.deliver()

    (told,) = partner.deliveries(webhook)
    assert told["lastError"] == "it answered 307"


def test_an_address_that_has_become_private_is_not_called(
    partner: Partner, app_settings: AppSettings
) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)
    app_settings(WEBHOOK_PRIVATE_ADDRESSES="false")

    assert partner.deliver() == 0
    assert partner.receiver.received == []
    (told,) = partner.deliveries(webhook)
    assert (told["status"], told["lastError"]) == ("given_up", "not an https URL")


def test_a_receiver_that_is_not_there_is_tried_again(partner: Partner) -> None:
    answered = partner.ask(
        webhooks.create_webhook,
        "POST",
        body={"url": "http://127.0.0.1:9/hook", "events": ["diamonds.changed"]},
    )
    webhook = answered.body["data"]
    partner.tested(webhook)
    partner.deliver()

    (told,) = partner.deliveries(webhook)
    assert told["status"] == "retrying"
    assert told["lastError"].startswith("not reachable")


def test_both_secrets_sign_while_a_receiver_changes_over(partner: Partner) -> None:
    webhook = partner.subscribed()
    rotated = partner.of(webhook, webhooks.rotate_webhook_secret, "POST")["data"]
    partner.tested(webhook)
    partner.deliver()

    (received,) = partner.receiver.received
    assert verified(received, webhook["secret"])
    assert verified(received, rotated["secret"])

    with db.transaction() as conn:
        conn.execute("UPDATE webhooks SET old_secret_until = now()")
    partner.tested(webhook)
    partner.deliver()
    assert not verified(partner.receiver.received[1], webhook["secret"])


def test_deliveries_are_replayed_under_the_same_id(partner: Partner) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)
    partner.deliver()
    (told,) = partner.deliveries(webhook)

    replayed = partner.of(webhook, webhooks.replay_webhook, "POST", body={"ids": [told["id"]]})
    assert replayed == {"replayed": [told["id"]]}
    partner.deliver()

    first, second = partner.receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_whatever_was_given_up_since_a_moment_is_replayed(partner: Partner) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)
    with db.transaction() as conn:
        conn.execute("UPDATE outbox SET given_up_at = now(), last_error = 'tired'")

    since = {"since": "2026-01-01T00:00:00Z"}
    partner.of(webhook, webhooks.replay_webhook, "POST", body=since)
    assert partner.deliver() == 1


def subscribed_and_begun(partner: Partner) -> dict[str, Any]:
    webhook = partner.subscribed()
    assert publishing.tell_changes() == 0
    return webhook


def test_changes_of_stones_are_told_with_a_cursor_to_fetch_them(partner: Partner) -> None:
    subscribed_and_begun(partner)
    with db.transaction() as conn:
        stone = put_on_sale(conn)

    assert publishing.tell_changes() == 1
    assert publishing.tell_changes() == 0
    partner.deliver()

    (received,) = partner.receiver.received
    told = json.loads(received.body)
    assert told["type"] == "diamonds.changed"
    assert {**told["data"], "cursor": ""} == {
        "added": [str(stone)],
        "changed": [],
        "removed": [],
        "cursor": "",
    }
    with db.transaction() as conn:
        page = changes.after(conn, changes.decoded(told["data"]["cursor"]), 10)
    assert [change.diamond_id for change in page.changes] == [stone]


def test_an_event_is_told_once_however_often_it_is_published(partner: Partner) -> None:
    partner.subscribed()
    for _ in range(3):
        with db.transaction() as conn:
            publishing.publish(conn, "diamonds.changed", {}, key="the same")

    assert partner.deliver() == 1


def test_events_go_only_to_those_who_want_them(partner: Partner) -> None:
    wants, other = partner.subscribed("export.completed"), partner.subscribed("diamonds.changed")
    with db.transaction() as conn:
        publishing.publish(conn, "export.completed", {}, key="done")
    partner.deliver()

    assert len(partner.deliveries(wants)) == 1
    assert partner.deliveries(other) == []


def test_several_senders_at_once_deliver_each_message_once(partner: Partner) -> None:
    webhook = partner.subscribed()
    for _ in range(12):
        partner.tested(webhook)

    assert partner.deliver() == 12
    ids = [received.headers["webhook-id"] for received in partner.receiver.received]
    assert len(set(ids)) == len(ids) == 12


def test_a_webhook_is_its_clients_own_and_its_secret_shown_once(partner: Partner) -> None:
    webhook = partner.subscribed()
    stranger = Partner(a_key("a stranger"), partner.receiver, partner.url)

    for function, method in (
        (webhooks.get_webhook, "GET"),
        (webhooks.delete_webhook, "DELETE"),
        (webhooks.rotate_webhook_secret, "POST"),
        (webhooks.list_webhook_deliveries, "GET"),
    ):
        refused = stranger.ask(function, method, route={"webhook_id": webhook["id"]})
        assert (refused.status, refused.error["code"]) == (404, "WEBHOOK_NOT_FOUND")
    assert stranger.ask(webhooks.list_webhooks).body["data"] == []
    shown = partner.ask(webhooks.list_webhooks)
    assert [one["id"] for one in shown.body["data"]] == [webhook["id"]]
    assert b"whsec" not in shown.raw


def test_a_deleted_webhook_gets_nothing_more(partner: Partner) -> None:
    webhook = partner.subscribed()
    partner.tested(webhook)
    partner.of(webhook, webhooks.delete_webhook, "DELETE")

    assert partner.deliver() == 0
    assert partner.receiver.received == []


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://127.0.0.1/hook", "events": ["diamonds.changed"]},
        {"url": "https://169.254.169.254/hook", "events": ["diamonds.changed"]},
        {"url": "https://nothing.invalid/", "events": ["diamonds.changed"]},
        {"url": "https://93.184.216.34/hook", "events": ["diamonds.lost"]},
        {"url": "https://93.184.216.34/hook", "events": []},
        {"url": "https://93.184.216.34/hook"},
    ],
)
def test_what_cannot_be_subscribed_is_refused(
    partner: Partner, app_settings: AppSettings, body: dict[str, Any]
) -> None:
    app_settings(WEBHOOK_PRIVATE_ADDRESSES="false")

    refused = partner.ask(webhooks.create_webhook, "POST", body=body)

    assert (refused.status, refused.error["code"]) == (400, "VALIDATION_ERROR")


def test_a_client_has_so_many_webhooks_and_no_more(partner: Partner) -> None:
    for number in range(20):
        partner.subscribed(path=f"/{number}")

    body = {"url": partner.url, "events": ["diamonds.changed"]}
    refused = partner.ask(webhooks.create_webhook, "POST", body=body)
    assert (refused.status, refused.error["code"]) == (409, "TOO_MANY_WEBHOOKS")
