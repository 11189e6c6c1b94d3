"""How the supplier is made to misbehave on request."""

from psycopg import Connection

from shared.demo_supplier import queries
from shared.demo_supplier.draw import Aspect, Draw
from shared.demo_supplier.model import Knobs, Listing, Page, Wanted


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


def spoilt(page: Page, knobs: Knobs) -> Page:
    """The page as it is served: a share of its listings is unreadable."""
    if knobs.malformed_share == 0:
        return page
    items = [_spoilt(listing, knobs.malformed_share) for listing in page.items]
    return page.model_copy(update={"items": items})


def _spoilt(listing: Listing, share: float) -> Listing:
    if Draw(listing.stone_id).share(Aspect.SPOILT) >= share:
        return listing
    return listing.model_copy(update={"weight_ct": "n/a"})
