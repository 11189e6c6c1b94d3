"""Consolidating prices in SQL exactly as the pure engine does."""

import random
from decimal import Decimal
from uuid import UUID

import pytest
from psycopg import Connection

from shared.diamonds.model import Stone, diamond_id
from shared.ingestion import queries, staging
from shared.ingestion.pages import restage
from shared.pricing.engine import quote
from shared.pricing.model import BaseMargins, Priced, PricingRule
from tests.support.feeds import ShelfFeed, listing

MARGINS: BaseMargins = {
    "natural": Decimal("12.50"),
    "lab": Decimal("79.00"),
    "fancy": Decimal("-3.33"),
}
SHAPES = ("ROUND", "OVAL", "PEAR")


def a_stone(dice: random.Random, number: int) -> Stone:
    lab, fancy = dice.random() < 0.3, dice.random() < 0.1
    stone = ShelfFeed().stone(listing(number))
    return stone._replace(
        shape=dice.choice(SHAPES),
        carats=dice.choice([None, Decimal(dice.randrange(30, 500)) / 100]),
        lab_grown=lab,
        stone_type="lab" if lab else "fancy" if fancy else "natural",
        feed_price=Decimal(dice.randrange(1, 10_000_000)) / 100,
    )


def a_rule(dice: random.Random, number: int) -> PricingRule:
    def maybe(value: object) -> object:
        return value if dice.random() < 0.4 else None

    low = Decimal(dice.randrange(0, 5_000_000)) / 100
    carats = Decimal(dice.randrange(20, 300)) / 100
    ratio = dice.random() < 0.5
    return PricingRule(
        id=UUID(int=dice.randrange(1 << 100)),
        priority=dice.randrange(1, 6),
        stone_type=maybe(dice.choice(["natural", "lab", "fancy"])),  # type: ignore[arg-type]
        feed=maybe(dice.choice(["shelf", "other"])),  # type: ignore[arg-type]
        price_min=maybe(low),  # type: ignore[arg-type]
        price_below=maybe(low + dice.randrange(1, 30_000)),  # type: ignore[arg-type]
        carat_min=maybe(carats),  # type: ignore[arg-type]
        carat_below=maybe(carats + 1),  # type: ignore[arg-type]
        shapes=maybe(tuple(dice.sample(SHAPES, dice.randrange(1, 3)))),  # type: ignore[arg-type]
        lab_grown=maybe(dice.random() < 0.5),  # type: ignore[arg-type]
        markup_ratio=Decimal(dice.randrange(9_000, 40_000)) / 10_000 if ratio else None,
        margin_modifier=None if ratio else Decimal(dice.randrange(-1_000, 9_000)) / 100,
        rating=maybe(dice.randrange(1, 11)),  # type: ignore[arg-type]
    )


def store(conn: Connection, rules: list[PricingRule]) -> None:
    conn.execute(
        "UPDATE pricing_base_margins SET margin = %s WHERE stone_type = 'natural'",
        [MARGINS["natural"]],
    )
    conn.execute(
        "UPDATE pricing_base_margins SET margin = %s WHERE stone_type = 'lab'", [MARGINS["lab"]]
    )
    conn.execute(
        "UPDATE pricing_base_margins SET margin = %s WHERE stone_type = 'fancy'", [MARGINS["fancy"]]
    )
    for rule in rules:
        columns = ", ".join(rule.__dict__)
        places = ", ".join(f"%({name})s" for name in rule.__dict__)
        values = rule.__dict__ | {"shapes": list(rule.shapes) if rule.shapes else None}
        statement = f"INSERT INTO pricing_rules (rule_set_version, {columns}) VALUES (1, {places})"
        conn.execute(statement.encode(), values)


@pytest.mark.parametrize("seed", range(8))
def test_the_catalogue_and_the_engine_agree_to_the_cent(
    conn_on_either: Connection, seed: int
) -> None:
    conn, dice = conn_on_either, random.Random(seed)
    rules = [a_rule(dice, number) for number in range(dice.choice([0, 3, 40]))]
    stones = [a_stone(dice, number) for number in range(400)]
    store(conn, rules)
    restage(conn, ShelfFeed(), stones)

    batch = queries.consolidate_batch(conn, feed="shelf", limit=1_000)

    assert (batch.taken, batch.inserted) == (400, 400)
    rows = conn.execute(
        "SELECT diamond_id, price_model_price, markup_ratio, pricing_rule_id FROM diamond_prices"
    )
    priced = {row[0]: row[1:] for row in rows}
    for stone in stones:
        asked = Priced(
            stone.feed,
            stone.stone_type,
            stone.shape,
            stone.carats,
            stone.lab_grown,
            stone.feed_price,
        )
        expected = quote(asked, rules, MARGINS)
        assert priced[stone.diamond_id] == (expected.price, expected.markup_ratio, expected.rule_id)


def test_a_stone_keeps_its_identity_in_every_database() -> None:
    assert diamond_id("demo", "DEMO-1") == diamond_id("demo", "DEMO-1")
    assert diamond_id("demo", "DEMO-1") != diamond_id("nivoda-natural", "DEMO-1")


def test_only_what_the_catalogue_shows_decides_whether_a_row_is_written() -> None:
    stone = ShelfFeed().stone(listing(1))

    touched = stone._replace(source_updated_at=None)
    repriced = stone._replace(feed_price=stone.feed_price + 1)

    assert staging.content_hash(touched) == staging.content_hash(stone)
    assert staging.content_hash(repriced) != staging.content_hash(stone)
