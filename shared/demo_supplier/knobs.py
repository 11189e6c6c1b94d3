"""How the supplier is made to misbehave on request."""

from psycopg import Connection

from shared.demo_supplier import queries
from shared.demo_supplier.draw import Aspect, Draw
from shared.demo_supplier.model import Knobs, Wanted
from shared.platform import exact_json


def get(conn: Connection) -> Knobs:
    return Knobs.model_validate(queries.get_knobs(conn))


def replace(conn: Connection, knobs: Knobs) -> Knobs:
    queries.set_knobs(conn, knobs=knobs.model_dump(mode="json"))
    return knobs


def reset(conn: Connection) -> Knobs:
    return replace(conn, Knobs())


def out_of_reach(conn: Connection, knobs: Knobs, wanted: Wanted) -> bool:
    """Whether the outage covers some of this price range."""
    if knobs.outage_share == 0:
        return False
    begins_at = queries.find_outage_price(conn, share=knobs.outage_share)
    if begins_at is None:
        return False
    return wanted.price_below is None or wanted.price_below > begins_at


def spoilt(listings: str, knobs: Knobs) -> bytes | str:
    """The JSON of a page as it is served: a share of its listings is unreadable."""
    if knobs.malformed_share == 0:
        return listings
    items = exact_json.loads(listings)
    for item in items:
        if Draw(item["stone_id"]).share(Aspect.SPOILT) < knobs.malformed_share:
            item["weight_ct"] = "n/a"
    return exact_json.dumps(items)
