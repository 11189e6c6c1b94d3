"""Why a stone costs what it does: every rule tried, the formula, and whether it comes out again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from shared.platform import clock, db
from shared.platform.errors import NotFound
from shared.pricing import sets as pricing
from shared.pricing.engine import PricingEngine, Unpriceable
from shared.pricing.model import PricingRules, Quote
from shared.rating import sets as rating
from shared.rating.engine import RatingEngine
from shared.reapply.overrides import Override
from shared.reapply.queries import SQL
from shared.rules import book
from shared.rules.model import Candidate, Facts

Row = dict[str, Any]
CHECKED = ("price", "rule_price", "base_price", "markup_ratio", "fixed_fee", "pricing_rule_id")


class StoneNotPriced(NotFound):
    code = "PRICE_NOT_FOUND"


def explain(conn: Connection, diamond_id: UUID, at: datetime | None = None) -> Row:
    """A price at a moment, recomputed from what made it."""
    row = _one(conn, "price_at", diamond_id=diamond_id, at=at or clock.now())
    stone = _one(conn, "find_stone", diamond_id=diamond_id)
    if row is None or stone is None or row["price"] is None:
        raise StoneNotPriced(f"Stone {diamond_id} has no price.", hint="It may be in quarantine.")
    facts = {**stone, "feed_price": row["cost"]}
    rules = book.get(pricing.BOOK, conn, row["pricing_rule_set_version"]).content
    engine = PricingEngine(rules, row["priced_at"])
    override = _override(conn, row["override_id"])
    quote = engine.quote(facts)
    return {
        "diamond_id": diamond_id,
        "at": at,
        "stored": {**row, "payload_hash": row["payload_hash"] and row["payload_hash"].hex()},
        "tried": tried(engine.tried, facts, rules),
        "quote": asdict(quote),
        "formula": formula(quote, row["cost"]),
        "rounding": rules.rounding,
        "rate": {"currency": "USD", "rate": Decimal(1)},
        "override": override.model_dump() if override else None,
        "recomputed": override.price if override else quote.price,
        "differs": differences(row, quote, override),
    }


def tried(candidates: Sequence[Candidate], facts: Facts, rules: Any) -> list[Row]:
    """Every rule up to the one that applies, with the first criterion that failed."""
    named = {rule.id: rule for rule in rules.rules}
    told: list[Row] = []
    for candidate in candidates:
        failed = candidate.failure(facts)
        rule = named[candidate.id]
        told.append({"rule_id": rule.id, "priority": rule.priority, "name": rule.name})
        if failed is None:
            told[-1] |= {"matched": True}
            break
        wanted = str(candidate.conditions[failed])
        told[-1] |= {"matched": False, "failed": failed, "wanted": wanted, "is": facts.get(failed)}
    return told


def formula(quote: Quote, cost: Decimal) -> str:
    parts = [f"{cost} * {quote.markup_ratio} + {quote.fixed_fee} = {quote.formula_price}"]
    if quote.base_price != quote.formula_price:
        parts.append(
            f"kept within {quote.floor_price} and {quote.ceiling_price}: {quote.base_price}"
        )
    if quote.rule_price != quote.base_price:
        parts.append(f"rounded to {quote.rule_price}")
    return ", ".join(parts)


def differences(row: Mapping[str, Any], quote: Quote, override: Override | None) -> dict[str, Row]:
    """What does not come out as it is stored; empty for an honest price."""
    expected = asdict(quote) | {
        "price": override.price if override else quote.price,
        "pricing_rule_id": quote.rule_id,
    }
    return {
        name: {"stored": row[name], "recomputed": expected[name]}
        for name in CHECKED
        if row[name] != expected[name]
    }


def tampered(conn: Connection, *, limit: int) -> Iterator[tuple[UUID, dict[str, Row]]]:
    """Recompute many prices, and name those that do not come out as they are stored."""
    engines: dict[tuple[int, datetime], PricingEngine] = {}
    contents: dict[int, PricingRules] = {}
    for row in _many(conn, "sample_prices", after=None, limit=limit):
        version, at = row["pricing_rule_set_version"], row["priced_at"]
        if version not in contents:
            contents[version] = book.get(pricing.BOOK, conn, version).content
        if (version, at) not in engines:
            engines[version, at] = PricingEngine(contents[version], at)
        found = _found(conn, row, engines[version, at])
        if found:
            yield row["diamond_id"], found


def imagine(conn: Connection, facts: Facts, *, version: int | None, at: datetime) -> Row:
    """What an invented stone would cost and be rated; nothing is stored."""
    prices = book.get(pricing.BOOK, conn, version) if version else book.active(pricing.BOOK, conn)
    ratings = book.active(rating.BOOK, conn)
    engine, rater = PricingEngine(prices.content, at), RatingEngine(ratings.content, at)
    try:
        quote = engine.quote(facts)
    except Unpriceable as fault:
        told = tried(engine.tried, facts, prices.content)
        return {"version": prices.version, "quarantined": str(fault), "tried": told}
    rated, _ = rater.rate(facts, quote.pricing_rating)
    cost = facts["feed_price"]
    return {
        "version": prices.version,
        "price": quote.price,
        "rating": rated,
        "quote": asdict(quote),
        "formula": formula(quote, cost if isinstance(cost, Decimal) else Decimal(0)),
        "rounding": prices.content.rounding,
        "tried": tried(engine.tried, facts, prices.content),
        "rating_tried": tried(rater.tried, facts, ratings.content),
    }


def price_at_cost(conn: Connection, diamond_id: UUID, cost: Decimal) -> Decimal | None:
    """What a stone would be sold for, did its supplier ask this; none if there is no price."""
    stone = _one(conn, "find_stone", diamond_id=diamond_id)
    engine = PricingEngine(book.active(pricing.BOOK, conn).content, clock.now())
    try:
        return engine.quote({**(stone or {}), "feed_price": cost}).price
    except Unpriceable:
        return None


def _found(conn: Connection, row: Row, engine: PricingEngine) -> dict[str, Row]:
    try:
        quote = engine.quote({**row, "feed_price": row["cost"]})
    except Unpriceable as fault:
        return {"price": {"stored": row["price"], "recomputed": str(fault)}}
    return differences(row, quote, _override(conn, row["override_id"]))


def _override(conn: Connection, override_id: int | None) -> Override | None:
    if override_id is None:
        return None
    return db.get(conn, SQL["find_override"], Override, id=override_id)


def _one(conn: Connection, name: str, **params: Any) -> Row | None:
    return next(iter(_many(conn, name, **params)), None)


def _many(conn: Connection, name: str, **params: Any) -> list[Row]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SQL[name].sql, params).fetchall()
