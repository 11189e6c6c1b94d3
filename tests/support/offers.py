"""Stones put straight into the catalogue, priced."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from psycopg import Connection

from shared.diamonds import grading
from shared.diamonds.model import diamond_id

NUMBERS: Iterator[int] = count()

COLUMNS: dict[str, Any] = {
    "feed": "shelf",
    "shape": "ROUND",
    "carats": Decimal("1.00"),
    "color": "G",
    "clarity": "VS1",
    "cut": "EX",
    "lab_grown": False,
    "stone_type": "natural",
    "feed_price": Decimal("4000.00"),
    "feed_availability": "available",
    "supplier_name": "Secret Supplies",
    "certificate_lab": "GIA",
    "certificate_number": "1234567890",
    "length_mm": Decimal("6.50"),
    "width_mm": Decimal("6.45"),
    "depth_mm": Decimal("4.00"),
}

INSERT_PRICE = """
    INSERT INTO diamond_prices (diamond_id, price_model_price, markup_ratio, rating, cost,
                                base_price, rule_price, pricing_rule_set_version,
                                rating_rule_set_version)
    VALUES (%(id)s, %(price)s, 1.25, %(rating)s, 4000, %(price)s, %(price)s, 1, 1)
"""


def put_on_sale(
    conn: Connection, *, price: Decimal | str = "5000.00", rating: int = 5, **facts: Any
) -> UUID:
    """A stone like any other but for `facts`, its id."""
    name = f"S-{next(NUMBERS)}"
    columns = {
        "id": diamond_id("shelf", name),
        "supplier_stone_id": name,
        "offer_id": f"O-{name}",
        "content_hash": name.encode(),
        **COLUMNS,
        **facts,
    }
    names, values = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
    conn.execute(f"INSERT INTO diamonds ({names}) VALUES ({values})".encode(), columns)
    conn.execute(INSERT_PRICE, {"id": columns["id"], "price": price, "rating": rating})
    stone: UUID = columns["id"]
    return stone


def put_many_on_sale(conn: Connection, stones: int, *, seed: int = 7) -> list[UUID]:
    """Alike enough to compete with each other."""
    dice = Random(seed)
    return [put_on_sale(conn, **_random_stone(dice)) for _ in range(stones)]


def _random_stone(dice: Random) -> dict[str, Any]:
    carats = Decimal(dice.randint(90, 125)) / 100
    color, clarity = dice.choice(grading.COLORS[:8]), dice.choice(grading.CLARITIES[1:9])
    return {
        "shape": dice.choice(["ROUND", "ROUND", "OVAL"]),
        "carats": carats,
        "color": color,
        "clarity": dice.choice([clarity, clarity, clarity, None]),
        "cut": dice.choice(["ID", "EX", "VG", "G", None]),
        "price": Decimal(dice.randint(2_000, 9_000)),
        "rating": dice.randint(1, 10),
        "lab_grown": dice.random() < 0.2,
        "feed_availability": dice.choice(["available"] * 5 + ["on_hold"]),
        "length_mm": Decimal(dice.randint(630, 660)) / 100,
    }
