"""HTTP to the demo supplier: one answer, or a failure in the feeds' words."""

from decimal import InvalidOperation
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx

from shared.feeds.model import FeedRejected, FeedShapeChanged, FeedUnreachable
from shared.platform import exact_json
from shared.platform.http import patiently, translated
from shared.platform.setting_groups import DemoFeed

PARTNER = "the demo supplier"
ATTEMPTS = 3
LONGEST_WAIT_SECONDS = 10


class Missing(FeedRejected):
    """The supplier has nothing under this name."""


def get(config: DemoFeed, path: str, params: dict[str, str]) -> dict[str, Any]:
    """What the supplier answers, asked up to three times."""
    trying = patiently(attempts=ATTEMPTS, longest_wait=LONGEST_WAIT_SECONDS)
    return trying(_get_once, config, path, params)


def _get_once(config: DemoFeed, path: str, params: dict[str, str]) -> dict[str, Any]:
    with translated(PARTNER, transient=FeedUnreachable, terminal=FeedRejected):
        response = _connection(config).get(path, params=params, headers=_customer(config))
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise Missing(f"{PARTNER} has no {path}")
        response.raise_for_status()
    try:
        answer = exact_json.loads(response.content)
    except (ValueError, InvalidOperation) as error:
        raise FeedShapeChanged(f"{PARTNER} answered {path} with something not JSON") from error
    if not isinstance(answer, dict):
        raise FeedShapeChanged(f"{PARTNER} answered {path} with no JSON object")
    return answer


def send(config: DemoFeed, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
    """Tell the supplier something, once; raises httpx's own errors."""
    return _connection(config).request(method, path, json=body, headers=_customer(config))


def _customer(config: DemoFeed) -> dict[str, str]:
    key = config.trading_key
    return {"X-Customer-Key": key.get_secret_value()} if key else {}


@cache
def _connection(config: DemoFeed) -> httpx.Client:
    """Kept alive for the life of the process; safe to share between threads."""
    return httpx.Client(base_url=config.url, timeout=config.timeout_seconds)
