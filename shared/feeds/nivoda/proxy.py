"""The way to Nivoda for instances that must all go out through one address.

It passes our own operations on at the shared pace, and nothing else; what comes back is not read.
"""

from functools import cache
from typing import Any

import httpx

from shared.feeds.model import FeedUnreachable
from shared.feeds.nivoda.answers import FORBIDDEN, PARTNER, TOO_MANY_REQUESTS
from shared.feeds.nivoda.client import PROVIDER
from shared.feeds.rate_limit import SharedPace
from shared.platform import exact_json
from shared.platform.http import retry_after, translated
from shared.platform.setting_groups import Nivoda

LONGEST_WAIT_SECONDS = 10
"""Less than the caller's patience, so that nobody asks again while the first still waits."""
JSON = {"Content-Type": "application/json"}


def forward(config: Nivoda, document: str, variables: dict[str, Any]) -> httpx.Response:
    """The supplier's answer, whatever it is; raises FeedUnreachable if there is none."""
    pace = SharedPace(PROVIDER, config.requests_per_second, longest_wait=LONGEST_WAIT_SECONDS)
    content = exact_json.dumps({"query": document, "variables": variables})
    with pace.turn(), translated(PARTNER, transient=FeedUnreachable):
        connection = _connection(config.timeout_seconds)
        response = connection.post(config.endpoint or "", content=content, headers=JSON)
    if response.status_code in (TOO_MANY_REQUESTS, FORBIDDEN):
        pace.slow_down(retry_after(response))
    return response


@cache
def _connection(timeout_seconds: float) -> httpx.Client:
    return httpx.Client(timeout=timeout_seconds)
