"""Price lists for tests, and keys bound to them."""

from datetime import datetime
from decimal import Decimal

from shared.access import service
from shared.access.model import CUSTOMERS
from shared.platform import db
from shared.price_lists import queries
from shared.price_lists.model import Terms


def make_list(
    name: str = "partners", *, points: int = -750, places: int = 2, until: datetime | None = None
) -> Terms:
    """In force since long ago."""
    terms = Terms(points, places)
    with db.transaction() as conn:
        made = queries.insert_price_list(
            conn,
            name=name,
            terms=terms,
            valid_from=datetime.fromisoformat("2026-01-01T00:00:00Z"),
            valid_until=until,
            changed_by="a test",
        )
    assert made is not None
    return terms


def key_of(name: str | None, client: str = "a partner") -> dict[str, str]:
    with db.transaction() as conn:
        issued = service.issue(conn, client_name=client, scopes=CUSTOMERS, price_list=name)
    return {"X-API-Key": issued.secret}


def per_carat(price: Decimal, carats: Decimal) -> Decimal:
    return (price / carats).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
