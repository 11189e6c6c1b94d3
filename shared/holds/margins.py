"""The least a stone may be sold for, in points on its cost, by the active rules."""

from decimal import Decimal

from psycopg import Connection

from shared.diamonds.model import StoneType
from shared.holds.model import StoneForSale
from shared.pricing import sets as pricing
from shared.rules import book


def leaves_enough(conn: Connection, stone: StoneForSale) -> bool:
    """Whether its price leaves the lowest margin on what it costs now."""
    return stone.price >= stone.cost * (1 + lowest_margin(conn, stone.stone_type) / 100)


def lowest_margin(conn: Connection, stone_type: StoneType) -> Decimal:
    """Without a floor: not below cost."""
    margins = book.active(pricing.BOOK, conn).content.base_margins
    floors = [base.margin_floor for base in margins if base.stone_type == stone_type]
    return next((floor for floor in floors if floor is not None), Decimal(0))
