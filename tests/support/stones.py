"""A varied invented catalogue, written straight into the tables."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

Stone = dict[str, Any]

GRADES = ["ID", "EX", "VG", "G", "F", "P", "8X", None]
TINGES = ["NONE", "Light", "MEDIUM", None]


def invented(count: int, seed: int = 5) -> list[Stone]:
    dice = random.Random(seed)
    return [_stone(dice, number) for number in range(count)]


def stock(conn: Connection, stones: Sequence[Stone]) -> None:
    """Put them on sale; a stone without `price` is on no list."""
    _copy(conn, "diamonds", [_diamond(stone) for stone in stones])
    _copy(conn, "diamond_prices", [_priced(stone) for stone in stones if stone["price"]])


def _stone(dice: random.Random, number: int) -> Stone:
    fancy = dice.random() < 0.15
    width = dice.choice([None, Decimal("0.00"), hundredths(dice, 400, 900)])
    return {
        "id": UUID(int=dice.getrandbits(128)),
        "supplier_stone_id": f"S-{number}",
        "feed": dice.choice(["shelf", "demo", "nivoda-natural"]),
        "shape": dice.choice(["ROUND", "OVAL", "PEAR", "OLD MINER", "CUSHION BRILLIANT"]),
        "carats": dice.choice([None, Decimal("1.00"), hundredths(dice, 20, 1200)]),
        "color": None if fancy else dice.choice(["D", "E", "F", "G", "O-P", "E-F", "Z", None]),
        "clarity": dice.choice(["FL", "IF", "VVS1", "VS1", "VS2", "SI1", "I3", "SI4", None]),
        "cut": dice.choice(GRADES),
        "polish": dice.choice(GRADES),
        "symmetry": dice.choice(GRADES),
        "fluorescence_intensity": dice.choice(
            ["NONE", "FAINT", "MEDIUM", "VERY_STRONG", "SLIGHT", None]
        ),
        "fluorescence_color": dice.choice([None, None, "BLUE", "YELLOW"]),
        "fancy_color": dice.choice(["Yellow", "Brown-Pink", "Unknown"]) if fancy else None,
        "fancy_intensity": dice.choice(["Fancy Vivid", "Fancy", None]) if fancy else None,
        "fancy_overtone": dice.choice(["Brownish", None]) if fancy else None,
        "lab_grown": dice.random() < 0.4,
        "treated": dice.random() < 0.1,
        "growth_type": dice.choice(["HPHT", "CVD", None]),
        "certificate_lab": dice.choice(["GIA", "IGI", None]),
        "certificate_number": dice.choice([f"LG{number % 50}", None]),
        "certificate_url": dice.choice([None, f"https://reports.example/{number}"]),
        "image_url": dice.choice([None, f"https://pictures.example/{number}.jpg"]),
        "video_url": dice.choice([None, f"https://films.example/{number}.mp4"]),
        "length_mm": dice.choice([None, hundredths(dice, 400, 900)]),
        "width_mm": width,
        "depth_mm": dice.choice([None, hundredths(dice, 200, 500)]),
        "depth_pct": dice.choice([None, hundredths(dice, 5500, 7000)]),
        "table_pct": dice.choice([None, Decimal("57.00"), hundredths(dice, 5000, 6500)]),
        "crown_angle": dice.choice([None, hundredths(dice, 3000, 3800)]),
        "crown_height": dice.choice([None, hundredths(dice, 1200, 1700)]),
        "pavilion_angle": dice.choice([None, hundredths(dice, 4000, 4200)]),
        "pavilion_depth": dice.choice([None, hundredths(dice, 4100, 4500)]),
        "girdle": dice.choice(["Thin to Medium", "MEDIUM", "slightly_thick", None]),
        "culet": dice.choice(["NONE", "Very Small", None]),
        "eye_clean": dice.choice([True, False, None]),
        "milky": dice.choice(TINGES),
        "brown_tinge": dice.choice(TINGES),
        "green_tinge": dice.choice(TINGES),
        "blue_tinge": dice.choice(TINGES),
        "gray_tinge": dice.choice(TINGES),
        "bowtie": dice.choice(TINGES),
        "origin": dice.choice(["Botswana", "South Africa", None]),
        "location": dice.choice(["India", "HONG KONG", "Belgium", None]),
        "delivery_days_max": dice.choice([None, 0, 3, 10]),
        "return_days": dice.choice([None, 0, 14]),
        "availability": dice.choice(["available"] * 6 + ["on_hold", "sold", "unavailable"]),
        "status": dice.choice(["active"] * 9 + ["deleted"]),
        "price": dice.choice([None] + [hundredths(dice, 10_000, 5_000_000) for _ in range(9)]),
        "rating": dice.randint(1, 10),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randint(0, 5_000)),
    }


def hundredths(dice: random.Random, low: int, high: int) -> Decimal:
    return Decimal(dice.randint(low, high)) / 100


def _diamond(stone: Stone) -> Stone:
    fancy = stone["fancy_color"] is not None
    row = {name: value for name, value in stone.items() if name not in ("price", "rating")}
    row["feed_availability"] = row.pop("availability")
    kind = "lab" if stone["lab_grown"] else "fancy" if fancy else "natural"
    return row | {
        "offer_id": "O",
        "stone_type": kind,
        "feed_price": 1,
        "content_hash": b"",
        "supplier_name": "A supplier",
        "deleted_at": stone["created_at"] if stone["status"] == "deleted" else None,
    }


def _priced(stone: Stone) -> Stone:
    price = stone["price"]
    return {
        "diamond_id": stone["id"],
        "price_model_price": price,
        "rule_price": price,
        "base_price": price,
        "cost": 1,
        "markup_ratio": 1,
        "rating": stone["rating"],
        "pricing_rule_set_version": 1,
        "rating_rule_set_version": 1,
    }


def _copy(conn: Connection, table: str, rows: Iterable[Stone]) -> None:
    rows = list(rows)
    columns = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(list(row.values()))
