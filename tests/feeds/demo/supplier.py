"""The demo supplier to be tried against: its own handlers over real HTTP, a sample in its books."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import azure.functions as func

from http_api import demo_feed
from shared.demo_supplier import dataset, queries
from shared.demo_supplier.model import Listing
from shared.feeds import registry
from shared.feeds.demo import client
from shared.feeds.model import Feed
from shared.platform import db
from shared.platform.settings import settings
from tests.conftest import AppSettings
from tests.feeds.serving import Reply, served

PREFIX = "/api/demo-feed"
EVERY = 120
"""One in so many stones of the data set is in the sample's books."""
ROUTES = {
    f"{PREFIX}/diamonds": demo_feed.demo_feed_page,
    f"{PREFIX}/diamonds/count": demo_feed.demo_feed_count,
}


@contextmanager
def demo(app_settings: AppSettings) -> Iterator[Feed]:
    with db.transaction() as conn:
        queries.copy_listings(conn, sample())
    with served(answer) as url:
        app_settings(DEMO_FEED_URL=f"{url}{PREFIX}", DEMO_FEED_PAGE_SIZE="40")
        with hanging_up():
            yield registry.feed("demo")


def sample() -> Iterator[Listing]:
    for number, line in islice(enumerate(dataset.lines(), start=1), 0, None, EVERY):
        yield dataset.listing(number, line, listed_at=dataset.LISTED_AT)


@contextmanager
def hanging_up() -> Iterator[None]:
    """Close the connection to the supplier that the process would otherwise keep."""
    yield
    client._connection(settings().demo_feed).close()
    client._connection.cache_clear()


SUPPLIERS = {"demo": demo}


def answer(path: str, params: dict[str, str]) -> Reply:
    function = ROUTES[path]._function.get_user_function()
    response: func.HttpResponse = function(
        func.HttpRequest("GET", path, params=params, route_params={}, headers={}, body=b"")
    )
    headers = {"Content-Type": response.mimetype}
    return Reply(response.status_code, response.get_body(), headers)
