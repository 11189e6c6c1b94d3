"""What the client makes of a supplier that is busy, broken, strict or confused."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import orjson
import pytest

from shared.feeds import registry
from shared.feeds.model import (
    Feed,
    FeedQuery,
    FeedRejected,
    FeedShapeChanged,
    FeedUnreachable,
    PriceRange,
)
from shared.feeds.nivoda.client import NivodaNotConfigured
from shared.platform import db
from tests.conftest import AppSettings
from tests.feeds.serving import Reply, served
from tests.support import nivoda

WHOLE = PriceRange(Decimal(0), None)
TOKEN = Reply(body=b'{"data": {"authenticate": {"username_and_password": {"token": "t"}}}}')
SEVEN = Reply(body=b'{"data": {"as": {"count0": 7}}}')


def failure(message: str, code: str = "", data: Any = None) -> Reply:
    error = {"message": message, "path": ["as"], "extensions": {"code": code}}
    return Reply(body=orjson.dumps({"data": data, "errors": [error]}))


class Script:
    """A supplier that lets everybody in and then answers from a list, the last for ever."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [SEVEN]
        self.asked: list[dict[str, Any]] = []
        self.logins = 0

    def __call__(self, path: str, request: dict[str, Any]) -> Reply:  # noqa: ARG002
        if "Login" in request["query"]:
            self.logins += 1
            return TOKEN
        self.asked.append(request["variables"])
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def feed(script: Script, app_database: str, app_settings: AppSettings) -> Iterator[Feed]:
    assert app_database
    with served(script) as url:
        app_settings(
            NIVODA_ENDPOINT=url,
            NIVODA_USERNAME="shop",
            NIVODA_PASSWORD="open sesame",
            NIVODA_REQUESTS_PER_SECOND="1000",
            NIVODA_TIMEOUT_SECONDS="5",
        )
        with nivoda.hanging_up():
            yield registry.feed("nivoda-natural")


def count(feed: Feed) -> int:
    return feed.count(FeedQuery(), [WHOLE])[0]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 429, 403])
def test_a_passing_failure_is_cured_by_asking_again(
    feed: Feed, script: Script, status: int
) -> None:
    script.replies = [Reply(status, headers={"Retry-After": "0"}), SEVEN]

    assert count(feed) == 7
    assert len(script.asked) == 2


@pytest.mark.parametrize(
    "message", ["Internal server error", "connect ETIMEDOUT", "Something new went wrong"]
)
def test_a_graphql_error_nobody_knows_is_worth_another_try(
    feed: Feed, script: Script, message: str
) -> None:
    script.replies = [failure(message, "INTERNAL_SERVER_ERROR"), SEVEN]

    assert count(feed) == 7


def test_a_lasting_failure_is_given_up_after_four_tries(feed: Feed, script: Script) -> None:
    script.replies = [Reply(503, b"out of order")]

    with pytest.raises(FeedUnreachable, match="503: out of order"):
        count(feed)
    assert len(script.asked) == 4


def test_a_pause_too_long_to_wait_for_is_left_to_the_caller(feed: Feed, script: Script) -> None:
    script.replies = [Reply(429, headers={"Retry-After": "300"})]

    with pytest.raises(FeedUnreachable) as refusal:
        count(feed)
    assert refusal.value.retry_after == 300
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "expired",
    [
        Reply(401),
        failure("jwt expired", "UNAUTHENTICATED"),
        failure("JWT Expired"),
        failure("Token expired"),
        failure("authentication required"),
        Reply(400, b'{"errors": [{"message": "invalid token"}]}'),
    ],
)
def test_a_refused_token_is_replaced_once(feed: Feed, script: Script, expired: Reply) -> None:
    script.replies = [SEVEN, expired, SEVEN]

    assert [count(feed), count(feed)] == [7, 7]
    assert script.logins == 2


def test_a_token_refused_twice_is_given_up(feed: Feed, script: Script) -> None:
    script.replies = [failure("jwt expired")]

    with pytest.raises(FeedRejected, match="jwt expired"):
        count(feed)
    assert script.logins == 2


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(400, b"no"),
        Reply(404),
        Reply(400, b'{"errors": [{"message": "what?"}]}'),
        Reply(400, b'{"error": {"code": "VALIDATION_ERROR"}}'),
        failure('Cannot query field "x" on type "Query"', "GRAPHQL_VALIDATION_FAILED"),
        failure("Field value.dollar_value.to of required type Int! was not provided"),
        failure("Variable '$query' has invalid value at .dollar_per_carat"),
    ],
)
def test_a_refusal_is_not_argued_with(feed: Feed, script: Script, refusal: Reply) -> None:
    script.replies = [refusal]

    with pytest.raises(FeedRejected):
        count(feed)
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>welcome</html>",
        b"[]",
        b"{}",
        b'{"data": null}',
        b'{"data": {}}',
        b'{"data": {"as": {}}}',
        b'{"data": {"as": null}}',
        b'{"data": {"as": {"count0": "7"}}}',
        b'{"data": {"as": {"count0": -1}}}',
        b'{"data": {"as": {"count0": true}}}',
        b'{"errors": "all wrong"}',
        b"\xff\xfe",
        b"",
    ],
)
def test_an_answer_of_another_shape_is_said_to_be_one(
    feed: Feed, script: Script, body: bytes
) -> None:
    script.replies = [Reply(body=body)]

    with pytest.raises(FeedShapeChanged):
        count(feed)
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "inner", [b'{"items": null}', b"null", b'{"items": {}}', b'{"total_count": 0}']
)
def test_a_page_without_a_list_of_items_is_no_empty_page(
    feed: Feed, script: Script, inner: bytes
) -> None:
    script.replies = [Reply(body=b'{"data": {"as": {"diamonds_by_query": %s}}}' % inner)]

    with pytest.raises(FeedShapeChanged):
        feed.page(FeedQuery(), WHOLE, 0)


def test_a_field_the_supplier_fails_to_give_spoils_its_own_listing_only(
    feed: Feed, script: Script
) -> None:
    path = ["as", "diamonds_by_query", "items", 1, "diamond", "certificate", "clarity"]
    items = [{"id": "a"}, {"id": "b"}, None]
    answer = {
        "data": {"as": {"diamonds_by_query": {"items": items}}},
        "errors": [{"message": "Enum cannot represent value", "path": path}],
    }
    script.replies = [Reply(body=orjson.dumps(answer))]

    page = feed.page(FeedQuery(), WHOLE, 0)
    assert page == [
        {"id": "a"},
        {"id": "b", "failedFields": ["diamond.certificate.clarity"]},
        None,
    ]


def test_an_account_that_is_not_accepted_is_refused_with_its_reason(
    partner: nivoda.Running, app_settings: AppSettings
) -> None:
    app_settings(NIVODA_PASSWORD="wrong")

    with nivoda.hanging_up(), pytest.raises(FeedRejected, match="Invalid credentials"):
        count(registry.feed("nivoda-natural"))
    assert partner.supplier.counters.report()["operations"] == {"Login": 1}


def test_fifty_askers_at_the_expiry_log_in_once(partner: nivoda.Running) -> None:
    feed = registry.feed("nivoda-natural")
    count(feed)
    partner.supplier.sessions.expire_all()
    partner.supplier.counters.reset()

    with ThreadPoolExecutor(50) as pool:
        counted = set(pool.map(lambda _: count(registry.feed("nivoda-natural")), range(50)))

    assert counted == {170}
    assert partner.supplier.counters.report()["operations"]["Login"] == 1


def test_without_an_account_the_feeds_say_which_settings_are_missing(
    app_settings: AppSettings,
) -> None:
    app_settings(DATABASE_URL="postgresql://nowhere", NIVODA_USERNAME="shop")

    with pytest.raises(NivodaNotConfigured) as refusal:
        registry.feed("nivoda-natural")
    assert refusal.value.status == 404
    assert refusal.value.hint == "Set NIVODA_ENDPOINT, NIVODA_PASSWORD."
    with pytest.raises(NivodaNotConfigured):
        registry.trading("nivoda-labgrown")


def test_a_supplier_that_does_not_answer_in_time_is_unreachable(
    partner: nivoda.Running, app_settings: AppSettings
) -> None:
    app_settings(NIVODA_TIMEOUT_SECONDS="0.05")
    partner.supplier.knobs = partner.supplier.knobs.model_copy(update={"latency_ms": 200})

    with nivoda.hanging_up(), pytest.raises(FeedUnreachable, match="not reachable"):
        count(registry.feed("nivoda-natural"))
    assert db.pool()
