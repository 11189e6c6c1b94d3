"""The egress proxy: our own operations only, for those who know the key, at one pace."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import azure.functions as func
import orjson
import pytest

from http_api.nivoda_proxy import nivoda_graphql
from local.partners.nivoda.knobs import Knobs
from shared.feeds import registry
from shared.feeds.model import FeedQuery, FeedRejected, FeedUnreachable, PriceRange
from shared.feeds.nivoda import proxy
from shared.feeds.nivoda.operations import document
from shared.feeds.rate_limit import SharedPace
from shared.platform.settings import settings
from tests.conftest import AppSettings
from tests.feeds.serving import Reply, served
from tests.support import nivoda
from tests.support.postgres import Server

WHOLE = PriceRange(Decimal(0), None)
LOGIN = {"query": document("login"), "variables": {"username": "a", "password": "b"}}
KEY = "let me through"


@pytest.fixture(scope="module")
def premises() -> Iterator[nivoda.Running]:
    with nivoda.running() as running:
        yield running


@pytest.fixture(scope="module")
def module_database(postgres: Server) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
def partner(
    premises: nivoda.Running, module_database: str, app_settings: AppSettings
) -> Iterator[nivoda.Running]:
    """The app is the proxy, and knows the way."""
    premises.restock()
    nivoda.forget_the_pace(module_database)
    app_settings(DATABASE_URL=module_database, NIVODA_PROXY_TOKEN=KEY, **premises.environment)
    yield premises
    proxy._connection(settings().nivoda.timeout_seconds).close()
    proxy._connection.cache_clear()


def post(body: dict[str, Any], key: str | None = KEY) -> func.HttpResponse:
    handler = nivoda_graphql._function.get_user_function()
    headers = {} if key is None else {"X-Internal-Token": key}
    answer: func.HttpResponse = handler(
        func.HttpRequest(
            "POST", "/api/internal/nivoda/graphql", headers=headers, body=orjson.dumps(body)
        )
    )
    return answer


def said(answer: func.HttpResponse) -> Any:
    return orjson.loads(answer.get_body())


@contextmanager
def another_instance(app_settings: AppSettings, key: str = KEY) -> Iterator[None]:
    """The app as an instance that asks through the proxy."""

    def proxied(_: str, request: dict[str, Any]) -> Reply:
        answer = post(request, key)
        return Reply(answer.status_code, answer.get_body(), dict(answer.headers))

    with served(proxied) as url:
        app_settings(NIVODA_PROXY_BASE_URL=url)
        with nivoda.hanging_up():
            yield


def test_an_operation_of_ours_is_passed_on_and_its_answer_comes_back_as_it_is(
    partner: nivoda.Running,
) -> None:
    answered = post(LOGIN)

    assert answered.status_code == 200
    assert said(answered)["errors"][0]["message"] == "Invalid credentials"
    assert partner.supplier.counters.report()["operations"] == {"Login": 1}


@pytest.mark.parametrize("key", [None, "", "wrong", KEY + " "])
def test_nobody_passes_without_the_key(partner: nivoda.Running, key: str | None) -> None:
    assert post(LOGIN, key).status_code == 401
    assert partner.supplier.counters.report()["requests"] == 0


@pytest.mark.parametrize("query", ["{ __typename }", document("page") + " ", ""])
def test_nothing_but_our_own_operations_passes(partner: nivoda.Running, query: str) -> None:
    assert post({"query": query}).status_code == 400
    assert partner.supplier.counters.report()["requests"] == 0


def test_without_a_key_in_the_settings_there_is_no_proxy(app_settings: AppSettings) -> None:
    app_settings(DATABASE_URL="postgresql://nowhere")

    answered = post(LOGIN)
    assert answered.status_code == 404
    assert "NIVODA_PROXY_TOKEN" in said(answered)["error"]["hint"]


def test_a_complaint_reaches_the_caller_and_slows_everybody_down(partner: nivoda.Running) -> None:
    partner.supplier.knobs = Knobs(throttled_share=1, retry_after_seconds=2)
    answered = post(LOGIN)

    assert (answered.status_code, answered.headers["Retry-After"]) == (429, "2")
    assert SharedPace("nivoda", 25).share() < 0.6


def test_a_supplier_out_of_reach_is_a_bad_gateway(
    partner: nivoda.Running, app_settings: AppSettings
) -> None:
    app_settings(NIVODA_ENDPOINT="http://127.0.0.1:9/")

    assert post(LOGIN).status_code == 502
    assert partner.supplier.counters.report()["requests"] == 0


def test_a_feed_works_through_the_proxy(partner: nivoda.Running, app_settings: AppSettings) -> None:
    with another_instance(app_settings):
        feed = registry.feed("nivoda-natural")

        assert feed.count(FeedQuery(), [WHOLE]) == [170]
        assert len(feed.page(FeedQuery(), WHOLE, 0)) > 30
    assert partner.supplier.counters.report()["operations"] == {"Login": 1, "Count": 1, "Page": 1}


def test_a_feed_that_shows_the_proxy_a_wrong_key_is_rejected(
    partner: nivoda.Running, app_settings: AppSettings
) -> None:
    with another_instance(app_settings, key="wrong"), pytest.raises(FeedRejected, match="401"):
        registry.feed("nivoda-natural").count(FeedQuery(), [WHOLE])
    assert partner.supplier.counters.report()["requests"] == 0


def test_a_feed_hears_the_supplier_s_complaint_through_the_proxy(
    partner: nivoda.Running, app_settings: AppSettings
) -> None:
    partner.supplier.knobs = Knobs(throttled_share=1, retry_after_seconds=60)

    with another_instance(app_settings), pytest.raises(FeedUnreachable) as failure:
        registry.feed("nivoda-natural").count(FeedQuery(), [WHOLE])
    assert failure.value.retry_after == 60
