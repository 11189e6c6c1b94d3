"""Pricing rules: `python -m bench.pricing [cases] [stones]` prints one JSON document.

Whether SQL and Python agree on this many random stones and rule sets; what a stone costs with 10,
100 and 500 rules, by the decision tree and by trying rules one after another; one preview.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from psycopg import Connection

from bench.catalogue import catalogue
from shared.platform import db
from shared.pricing import sets as pricing
from shared.pricing.engine import PricingEngine, Unpriceable
from shared.pricing.model import PricingRule, PricingRules
from shared.reapply import preview
from shared.rules import book
from shared.rules.compiler import compiled
from shared.rules.model import candidates
from tests.support.rules import A_TEST, NOON, a_stone, facts_of, pricing_rules

STONES_PER_SET = 2_000
SHAPES = ("ROUND", "OVAL", "PEAR", "CUSHION", "EMERALD", "HEART", "RADIANT")
CREATE = """
    CREATE UNLOGGED TABLE cases (n integer, stone_type text, feed text, supplier_name text,
                                 shape text, lab_grown boolean, feed_price numeric, carats numeric)
"""
ASKED = ("stone_type", "feed", "supplier_name", "shape", "lab_grown", "feed_price", "carats")
DECIDE = """
    SELECT stone.n, stone.rule_id, made.rule_price
      FROM (SELECT stone.*, {tree} AS rule_id FROM cases AS stone) AS stone
     CROSS JOIN LATERAL price_by_rule_v1({version}, stone.rule_id, stone.stone_type, stone.feed_price) AS made
"""  # noqa: E501
ONE_BY_ONE = """
    SELECT count(rule.id)
      FROM diamonds AS stone
      LEFT JOIN LATERAL (
           SELECT id FROM pricing_rules AS rule
            WHERE rule_set_version = %s
              AND (rule.stone_type IS NULL OR rule.stone_type = stone.stone_type)
              AND (rule.lab_grown IS NULL OR rule.lab_grown = stone.lab_grown)
              AND (rule.shapes IS NULL OR stone.shape = ANY (rule.shapes))
              AND (rule.price_min IS NULL OR stone.feed_price >= rule.price_min)
              AND (rule.price_below IS NULL OR stone.feed_price < rule.price_below)
              AND (rule.carat_min IS NULL OR stone.carats >= rule.carat_min)
              AND (rule.carat_below IS NULL OR stone.carats < rule.carat_below)
            ORDER BY priority, id LIMIT 1) AS rule ON true
"""


def disagreements(conn: Connection, cases: int) -> int:
    """Random sets, each with stones of its own, decided by both engines."""
    found = 0
    conn.execute(CREATE.encode())
    for seed in range(cases // STONES_PER_SET):
        found += _of_one_set(conn, random.Random(seed))
    return found


def _of_one_set(conn: Connection, dice: random.Random) -> int:
    rules = pricing_rules(dice, dice.choice([0, 1, 5, 20, 80, 200]))
    facts = [facts_of(a_stone(dice, n)) for n in range(STONES_PER_SET)]
    version = book.draft(pricing.BOOK, conn, rules, A_TEST).version
    conn.execute("TRUNCATE cases")
    with conn.cursor() as cursor, cursor.copy("COPY cases FROM STDIN") as rows:
        for n, stone in enumerate(facts):
            rows.write_row((n, *(stone[name] for name in ASKED)))
    tree = compiled(candidates(rules.rules, NOON))
    in_sql = {n: (rule, price) for n, rule, price in conn.execute(_decide(tree, version).encode())}
    engine = PricingEngine(rules, NOON)
    return sum(_in_python(engine, stone) not in (None, in_sql[n]) for n, stone in enumerate(facts))


def _decide(tree: str, version: int) -> str:
    return DECIDE.format(tree=tree, version=version)


def _in_python(engine: PricingEngine, stone: Any) -> tuple[Any, Decimal] | None:
    try:
        made = engine.quote(stone)
    except Unpriceable:
        return None
    return made.rule_id, made.rule_price


def many_rules(count: int) -> PricingRules:
    """Brackets of cost by type, every fifth for one shape, as a shop would grow them."""
    dice = random.Random(count)
    return PricingRules(rules=tuple(_bracket(dice, n, count) for n in range(count)))


def _bracket(dice: random.Random, n: int, count: int) -> PricingRule:
    width = Decimal(60_000 * 3 // count + 1)
    return PricingRule(
        priority=10 + n,
        stone_type=("natural", "lab", "fancy")[n % 3],
        price_min=width * (n // 3),
        price_below=width * (n // 3 + 1),
        shapes=(dice.choice(SHAPES),) if n % 5 == 0 else None,
        margin_modifier=Decimal(dice.randrange(-10, 10)),
    )


def cost_of_rules(conn: Connection, stones: int) -> dict[str, dict[str, float]]:
    """Microseconds a stone, above what reading the stones costs."""
    plain = "SELECT count(stone.shape), count(stone.feed_price) FROM diamonds AS stone"
    reading = _best(lambda: conn.execute(plain))
    figures: dict[str, dict[str, float]] = {}
    for count in (10, 100, 500):
        rules = many_rules(count)
        version = book.draft(pricing.BOOK, conn, rules, A_TEST).version
        tree = compiled(candidates(rules.rules, NOON))
        by_tree = f"SELECT count({tree}) FROM diamonds AS stone"  # noqa: S608
        took = {
            "tree": _best(partial(conn.execute, by_tree.encode())),
            "one by one": _best(partial(conn.execute, ONE_BY_ONE, [version]), times=1),
        }
        figures[str(count)] = {
            way: round((seconds - reading) * 1e6 / stones, 2) for way, seconds in took.items()
        }
    return figures


def preview_seconds(rules: int) -> float:
    with db.transaction() as conn:
        drafted = book.draft(pricing.BOOK, conn, many_rules(rules), A_TEST)
        return _best(lambda: preview.preview(conn, "pricing", drafted.version, "bench"), times=1)


def _best(work: Callable[[], Any], times: int = 3) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def measure(cases: int, stones: int) -> dict[str, Any]:
    with catalogue(stones):
        with db.transaction(timeout_seconds=3_600) as conn:
            wrong = disagreements(conn, cases)
            cost = cost_of_rules(conn, stones)
        previewing = preview_seconds(200)
    return {
        "cases": cases,
        "disagreements": wrong,
        "stones": stones,
        "microseconds_a_stone": cost,
        "preview_of_200_rules_seconds": round(previewing, 2),
    }


def main() -> None:
    given = [int(argument) for argument in sys.argv[1:]]
    print(json.dumps(measure(*(given + [1_000_000, 500_000][len(given) :])), indent=2))


if __name__ == "__main__":
    main()
