"""Prices nobody should have to worry about: guarded, quarantined, overridden, dated, verified."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from shared.diamonds.model import Stone
from shared.platform import clock, db
from shared.pricing.model import PricingRule, PricingRules
from shared.reapply import batches, explain, history, jobs, overrides
from shared.rules.book import Author
from tests.reapply.conftest import Catalogue
from tests.support.rules import A_TEST, activate_pricing

PRICE = "SELECT price_model_price FROM diamond_prices WHERE diamond_id = %s"


def activate(*rules: PricingRule, **settings: Any) -> None:
    with db.transaction() as conn:
        activate_pricing(conn, PricingRules(rules=rules, **settings))


def price_of(catalogue: Catalogue, stone: Stone) -> Any:
    rows = catalogue.rows(PRICE, stone.diamond_id)
    return rows[0][0] if rows else None


def reprice(catalogue: Catalogue) -> None:
    job = jobs.start("pricing", A_TEST)
    assert batches.work(job.id, job.attempt) == "completed"


def cost_times(catalogue: Catalogue, factor: int) -> Stone:
    stone = catalogue.stones[0]
    catalogue.stones[0] = stone._replace(feed_price=stone.feed_price * factor)
    return stone


def test_a_price_that_moves_too_far_in_one_run_waits_for_somebody(catalogue: Catalogue) -> None:
    activate(movement_limit=Decimal(50))
    stone = cost_times(catalogue, 10)
    before = price_of(catalogue, stone)

    catalogue.ingest()

    assert price_of(catalogue, stone) == before
    with db.transaction() as conn:
        (review,) = overrides.waiting(conn, limit=5)
        assert review.diamond_id == stone.diamond_id
        assert round(review.movement) == 900
        overrides.decide(conn, stone.diamond_id, "approved", "somebody")
    assert price_of(catalogue, stone) == review.proposed_price
    catalogue.ingest()
    assert price_of(catalogue, stone) == review.proposed_price


def test_a_stone_the_rules_cannot_price_is_off_sale_until_they_can(catalogue: Catalogue) -> None:
    stone = catalogue.stones[0]
    impossible = PricingRule(
        markup_ratio=Decimal(1),
        fixed_fee=-stone.feed_price,
        price_min=stone.feed_price,
        price_below=stone.feed_price + Decimal("0.01"),
    )
    activate(impossible)
    catalogue.ingest()

    assert price_of(catalogue, stone) is None
    open_cases = "SELECT supplier_stone_id FROM quarantine WHERE resolved_at IS NULL"
    assert catalogue.rows(open_cases) == [(stone.supplier_stone_id,)]

    activate()
    reprice(catalogue)
    assert price_of(catalogue, stone) is not None
    assert catalogue.rows(open_cases) == []


def test_an_override_ends_on_time(catalogue: Catalogue) -> None:
    stone = catalogue.stones[0]
    before = price_of(catalogue, stone)
    with db.transaction() as conn:
        until = clock.now() + timedelta(days=1)
        by = Author("a manager", "window")
        overrides.override(conn, stone.diamond_id, Decimal("9.99"), by, expires_at=until)
    assert price_of(catalogue, stone) == Decimal("9.99")

    assert overrides.expire() == 0
    over = "created_at - interval '2 h'", "now() - interval '1 h'"
    catalogue.rows(
        f"UPDATE price_overrides SET created_at = {over[0]}, expires_at = {over[1]} RETURNING id"
    )

    assert overrides.expire() == 1
    assert price_of(catalogue, stone) == before


def test_a_rule_that_begins_by_its_date_starts_one_job(catalogue: Catalogue) -> None:
    soon = clock.now() + timedelta(milliseconds=300)
    activate(PricingRule(markup_ratio=Decimal(2), effective_from=soon))
    assert jobs.due("pricing") is None
    catalogue.rows("SELECT pg_sleep(0.4)::text")

    job = jobs.due("pricing")

    assert job is not None
    assert batches.work(job.id, job.attempt) == "completed"
    ratios = catalogue.rows("SELECT DISTINCT markup_ratio FROM diamond_prices")
    assert ratios == [(Decimal("2.0000"),)]
    assert jobs.due("pricing") is None


def test_every_price_recomputes_to_its_cents_and_a_tampered_one_is_named(
    catalogue: Catalogue,
) -> None:
    activate(PricingRule(margin_modifier=Decimal("2.5"), carat_min=Decimal(1)), rounding="charm")
    reprice(catalogue)

    with db.transaction() as conn:
        assert list(explain.tampered(conn, limit=1_000)) == []
        stone = catalogue.stones[0].diamond_id
        conn.execute(
            "UPDATE diamond_prices SET price_model_price = 1 WHERE diamond_id = %s", [stone]
        )
        assert [found for found, _ in explain.tampered(conn, limit=1_000)] == [stone]


def test_a_price_of_the_past_is_explained_by_the_rules_of_then(catalogue: Catalogue) -> None:
    stone = catalogue.stones[0].diamond_id
    then = clock.now()
    before = price_of(catalogue, catalogue.stones[0])
    activate(PricingRule(markup_ratio=Decimal(3)))
    reprice(catalogue)

    with db.transaction() as conn:
        told = explain.explain(conn, stone, then)

    assert (told["stored"]["price"], told["recomputed"], told["differs"]) == (before, before, {})


def test_a_moved_cost_is_the_suppliers_part_and_a_moved_rule_the_rules(
    catalogue: Catalogue,
) -> None:
    stone = cost_times(catalogue, 2)
    catalogue.ingest()
    activate(PricingRule(markup_ratio=Decimal(3)))
    reprice(catalogue)

    with db.transaction() as conn:
        rules, supplier = history.of_stone(conn, stone.diamond_id, limit=5)

    assert supplier["supplier_cost"] == supplier["new_price"] - supplier["old_price"] != 0
    assert rules["rule"] == rules["new_price"] - rules["old_price"] != 0


def test_the_lowest_price_counts_the_days_before_a_reduction(catalogue: Catalogue) -> None:
    stone = catalogue.stones[0]
    low = price_of(catalogue, stone)
    activate(PricingRule(markup_ratio=Decimal(3)))
    reprice(catalogue)
    high = price_of(catalogue, stone)
    activate(PricingRule(markup_ratio=Decimal(2)))
    reprice(catalogue)

    with db.transaction() as conn:
        assert high > low
        assert history.lowest(conn, stone.diamond_id, clock.now()) == low
