"""The demo supplier's own API: another party, in whose name this app answers for demos and tests.

Reading is open, as at a public sandbox; trading takes the customer's key, changing its books a
function key.
"""

import hmac
import time

import azure.durable_functions as df
import azure.functions as func
from orjson import Fragment

from http_api.endpoint import Call, Nothing, endpoint
from http_api.exchange import JSON
from shared.demo_supplier import inventory, knobs, trading
from shared.demo_supplier.model import (
    Changed,
    Changes,
    Counted,
    Knobs,
    Listing,
    Page,
    Seed,
    Seeded,
    Wanted,
    WantedPage,
)
from shared.diamonds import pictures
from shared.platform import clock
from shared.platform.db import request_transaction, transaction
from shared.platform.errors import NotAuthenticated
from shared.platform.settings import settings

bp = df.Blueprint()

OPEN = func.AuthLevel.ANONYMOUS
KEYED = func.AuthLevel.FUNCTION
DAY_SECONDS = 86_400


@bp.route("demo-feed/diamonds/count", methods=["GET"], auth_level=OPEN)
@endpoint(scope=None, query=Wanted)
def demo_feed_count(call: Call[Wanted]) -> Counted:
    """How many available stones a price range holds."""
    wanted = call.asked
    with request_transaction() as conn:
        return Counted(total_count=inventory.count(conn, wanted))


@bp.route("demo-feed/diamonds", methods=["GET"], auth_level=OPEN)
@endpoint(scope=None, query=WantedPage)
def demo_feed_page(call: Call[WantedPage]) -> Page | func.HttpResponse:
    """A page of available stones in the order of their ids, misbehaving as it was told to."""
    wanted = call.asked
    with request_transaction() as conn:
        mood = knobs.get(conn)
        listings = None if knobs.out_of_reach(conn, mood, wanted) else inventory.page(conn, wanted)
    time.sleep(mood.latency_ms / 1000)
    if listings is None:
        return func.HttpResponse('{"error":"outage"}', status_code=mood.status, mimetype=JSON)
    items = Fragment(knobs.spoilt(listings, mood))
    return Page(items=items, offset=wanted.offset, limit=wanted.limit)


@bp.route("demo-feed/diamonds/{stone_id}", methods=["GET"], auth_level=OPEN)
@endpoint(scope=None, path={"stone_id": str})
def demo_feed_stone(call: Call[Nothing]) -> Listing:
    """One stone, also after it was sold."""
    with request_transaction() as conn:
        return inventory.one(conn, call.path["stone_id"])


@bp.route("demo-feed/pictures/{shape}.svg", methods=["GET"], auth_level=OPEN)
@endpoint(scope=None, path={"shape": str}, produces=("image/svg+xml",))
def demo_feed_picture(call: Call[Nothing]) -> func.HttpResponse:
    """A stone's picture by its shape."""
    headers = {"Cache-Control": f"public, max-age={DAY_SECONDS}"}
    drawn = pictures.picture(call.path["shape"].lower())
    return func.HttpResponse(drawn, mimetype="image/svg+xml", headers=headers)


@bp.route("demo-feed/seed", methods=["POST"], auth_level=KEYED)
@endpoint(scope=None, body=Seed)
def demo_feed_seed(call: Call[Seed]) -> Seeded:
    """Fill the supplier's books with the demo stones, unless they are there already."""
    asked = call.asked
    with transaction() as conn:
        return inventory.seed(conn, reset=asked.reset)


@bp.route("demo-feed/changes", methods=["POST"], auth_level=KEYED)
@endpoint(scope=None, body=Changes)
def demo_feed_changes(call: Call[Changes]) -> Changed:
    """Sell, reprice and add so many stones."""
    asked = call.asked
    with transaction() as conn:
        return inventory.change(conn, asked, now=clock.now())


@bp.route("demo-feed/knobs", methods=["GET"], auth_level=KEYED)
@endpoint(scope=None)
def demo_feed_knobs(call: Call[Nothing]) -> Knobs:  # noqa: ARG001 - every handler takes the call
    """How the supplier misbehaves at present."""
    with request_transaction() as conn:
        return knobs.get(conn)


@bp.route("demo-feed/knobs", methods=["POST"], auth_level=KEYED)
@endpoint(scope=None, body=Knobs)
def demo_feed_set_knobs(call: Call[Knobs]) -> Knobs:
    """Make the supplier misbehave so from now on."""
    asked = call.asked
    with transaction() as conn:
        return knobs.replace(conn, asked)


@bp.route("demo-feed/knobs", methods=["DELETE"], auth_level=KEYED)
@endpoint(scope=None)
def demo_feed_reset_knobs(call: Call[Nothing]) -> Knobs:  # noqa: ARG001 - every handler takes the call
    """Let the supplier behave."""
    with transaction() as conn:
        return knobs.reset(conn)


@bp.route("demo-feed/offers/{stone_id}", methods=["GET"], auth_level=OPEN)
@endpoint(scope=None, path={"stone_id": str})
def demo_feed_offer(call: Call[Nothing]) -> trading.Offer:
    """A stone as it can be traded now."""
    _known_customer(call.req)
    with request_transaction() as conn:
        return trading.offer(conn, call.path["stone_id"])


@bp.route("demo-feed/holds", methods=["POST"], auth_level=OPEN)
@endpoint(scope=None, body=trading.PlaceHold, status=201)
def demo_feed_hold(call: Call[trading.PlaceHold]) -> trading.Held:
    """Set a stone aside."""
    _known_customer(call.req)
    with request_transaction() as conn:
        return trading.hold(conn, call.asked)


@bp.route("demo-feed/holds/{hold_id}", methods=["DELETE"], auth_level=OPEN)
@endpoint(scope=None)
def demo_feed_release(call: Call[Nothing]) -> trading.Released:
    """Put a stone back on the shelf."""
    _known_customer(call.req)
    with request_transaction() as conn:
        return trading.release(conn, call.id("hold_id"))


@bp.route("demo-feed/orders", methods=["POST"], auth_level=OPEN)
@endpoint(scope=None, body=trading.PlaceOrder, status=201)
def demo_feed_order(call: Call[trading.PlaceOrder]) -> trading.Placed:
    """Sell a stone."""
    _known_customer(call.req)
    with request_transaction() as conn:
        return trading.order(conn, call.asked)


def _known_customer(req: func.HttpRequest) -> None:
    key = settings().demo_feed.trading_key
    shown = req.headers.get("X-Customer-Key", "")
    if key is None or not hmac.compare_digest(shown.encode(), key.get_secret_value().encode()):
        raise NotAuthenticated("The demo supplier trades with its customer only.")
