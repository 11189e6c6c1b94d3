"""Random rules and stones, for both engines to agree on."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from shared.diamonds.model import Stone
from shared.ingestion import staging
from shared.pricing import sets as pricing
from shared.pricing.model import BaseMargin, PricingRule, PricingRules
from shared.rating import sets as rating
from shared.rating.model import RatingRule, RatingRules
from shared.rules import book
from shared.rules.book import Author
from shared.rules.model import Facts
from tests.support.feeds import ShelfFeed, listing

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
A_TEST = Author("a test", "to see")
SHAPES = ("ROUND", "OVAL", "PEAR", "CUSHION BRILLIANT")
SUPPLIERS = ("Acme", "O'Neil & 100% Co", "Zürich Gems", "Bravo\\Sons")
GRADES = {
    "colors": ("D", "E", "F", "G", "Z"),
    "clarities": ("IF", "VVS1", "VS1", "SI2"),
    "cuts": ("ID", "EX", "VG"),
    "polishes": ("EX", "VG"),
    "symmetries": ("EX", "G"),
    "fluorescences": ("NONE", "FAINT", "STRONG"),
    "certificate_labs": ("GIA", "IGI"),
    "girdles": ("THIN", "THICK"),
    "culets": ("NONE", "SMALL"),
}
MEASURES = ("table", "depth", "ratio", "crown_angle", "crown_height", "pavilion_angle")


def cents(dice: random.Random, low: int, high: int) -> Decimal:
    return Decimal(dice.randrange(low, high)) / 100


def a_stone(dice: random.Random, number: int) -> Stone:
    """Any stone; about every tenth value is unknown."""

    def perhaps(value: Any) -> Any:
        return value if dice.random() < 0.9 else None

    lab, fancy = dice.random() < 0.3, dice.random() < 0.1
    return (
        ShelfFeed()
        .stone(listing(number))
        ._replace(
            shape=dice.choice(SHAPES),
            carats=perhaps(cents(dice, 30, 500)),
            lab_grown=lab,
            stone_type="lab" if lab else "fancy" if fancy else "natural",
            feed_price=cents(dice, 1, 10_000_000),
            supplier_name=perhaps(dice.choice(SUPPLIERS)),
            color=perhaps(dice.choice(GRADES["colors"])),
            clarity=perhaps(dice.choice(GRADES["clarities"])),
            cut=perhaps(dice.choice(GRADES["cuts"])),
            polish=perhaps(dice.choice(GRADES["polishes"])),
            symmetry=perhaps(dice.choice(GRADES["symmetries"])),
            fluorescence_intensity=perhaps(dice.choice(GRADES["fluorescences"])),
            certificate_lab=perhaps(dice.choice(GRADES["certificate_labs"])),
            girdle=perhaps(dice.choice(GRADES["girdles"])),
            culet=perhaps(dice.choice(GRADES["culets"])),
            table_pct=perhaps(cents(dice, 5000, 7000)),
            depth_pct=perhaps(cents(dice, 5000, 7000)),
            length_mm=perhaps(cents(dice, 400, 900)),
            width_mm=perhaps(cents(dice, 400, 900)),
            crown_angle=perhaps(cents(dice, 3000, 4000)),
            crown_height=perhaps(cents(dice, 1000, 2000)),
            pavilion_angle=perhaps(cents(dice, 3000, 4500)),
            pavilion_depth=perhaps(cents(dice, 4000, 4600)),
        )
    )


def stage(conn: Connection, stones: Sequence[Stone]) -> None:
    """Ask for these stones to be consolidated, as the ingest does."""
    columns = [*Stone._fields, "content_hash", "mapper_version"]
    ids = [stone.diamond_id for stone in stones]
    conn.execute("DELETE FROM staged_diamonds WHERE diamond_id = ANY(%s)", [ids])
    statement = sql.SQL("INSERT INTO staged_diamonds ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
    )
    with conn.cursor() as cursor:
        cursor.executemany(
            statement, [(*stone, staging.content_hash(stone), 1) for stone in stones]
        )
    conn.execute(
        "INSERT INTO consolidation_queue SELECT 'shelf', unnest(%s) ON CONFLICT DO NOTHING", [ids]
    )


def facts_of(stone: Stone) -> Facts:
    known = stone._asdict()
    if stone.length_mm and stone.width_mm:
        ratio = stone.length_mm / stone.width_mm
        known["ratio"] = ratio.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
    return known


def _some(dice: random.Random, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dice.sample(values, dice.randrange(1, len(values))))


def _range(dice: random.Random, name: str, low: int, high: int, chance: float) -> dict[str, Any]:
    start = cents(dice, low, high)
    bounds = {f"{name}_min": start, f"{name}_below": start + cents(dice, 1, high - low)}
    return {key: bound for key, bound in bounds.items() if dice.random() < chance}


def a_pricing_rule(dice: random.Random, *, chance: float = 0.35) -> PricingRule:
    stone_type = dice.choice(["natural", "lab", "fancy"])
    given: dict[str, Any] = {
        "stone_type": stone_type,
        "feed": dice.choice(["shelf", "other"]),
        "supplier_name": dice.choice(SUPPLIERS),
        "shapes": _some(dice, SHAPES),
        "lab_grown": stone_type == "lab",
        "rating": dice.randrange(1, 11),
        "fixed_fee": cents(dice, -5_000, 20_000),
        "effective_from": NOON + timedelta(days=dice.randrange(-2, 3)),
        "effective_until": NOON + timedelta(days=dice.randrange(4, 9)),
    }
    given = {name: value for name, value in given.items() if dice.random() < chance}
    given |= _range(dice, "price", 0, 5_000_000, chance)
    given |= _range(dice, "carat", 20, 400, chance)
    if dice.random() < 0.5:
        given["markup_ratio"] = Decimal(dice.randrange(9_000, 40_000)) / 10_000
    else:
        given["margin_modifier"] = cents(dice, -1_000, 9_000)
    return PricingRule(id=UUID(int=dice.getrandbits(128)), priority=dice.randrange(1, 6), **given)


def pricing_rules(dice: random.Random, count: int) -> PricingRules:
    def bound(low: int, high: int) -> Decimal | None:
        return cents(dice, low, high) if dice.random() < 0.5 else None

    return PricingRules(
        rules=tuple(a_pricing_rule(dice) for _ in range(count)),
        base_margins=tuple(
            BaseMargin(
                stone_type=kind,
                margin=cents(dice, -500, 9_000),
                margin_floor=bound(-200, 1_000),
                margin_ceiling=bound(1_000, 9_000),
            )
            for kind in ("natural", "lab", "fancy")
        ),
        rounding=dice.choice(["none", "up", "charm"]),
    )


def a_rating_rule(dice: random.Random, *, chance: float = 0.2) -> RatingRule:
    given: dict[str, Any] = {
        "shapes": _some(dice, SHAPES),
        "lab_grown": dice.random() < 0.5,
        "feed": "shelf",
        **{name: _some(dice, values) for name, values in GRADES.items()},
    }
    given = {name: value for name, value in given.items() if dice.random() < chance}
    given |= _range(dice, "price", 0, 5_000_000, chance)
    for name in MEASURES:
        given |= _range(dice, name, 100, 7_000, chance / 4)
    return RatingRule(
        id=UUID(int=dice.getrandbits(128)),
        priority=dice.randrange(1, 6),
        rating=dice.randrange(1, 11),
        **given,
    )


def rating_rules(dice: random.Random, count: int) -> RatingRules:
    return RatingRules(rules=tuple(a_rating_rule(dice) for _ in range(count)))


def activate_pricing(conn: Connection, content: PricingRules) -> int:
    """Without a job: what is priced from now on."""
    drafted = book.draft(pricing.BOOK, conn, content, A_TEST)
    book.activate(pricing.BOOK, conn, drafted.version, A_TEST)
    return drafted.version


def activate_rating(conn: Connection, content: RatingRules) -> int:
    drafted = book.draft(rating.BOOK, conn, content, A_TEST)
    book.activate(rating.BOOK, conn, drafted.version, A_TEST)
    return drafted.version
