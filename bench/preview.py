"""Preview against activation on a whole catalogue: `python -m bench.preview [stones]` prints JSON.

200 rules are previewed in one pass, activated by the preview's token and applied; then every
stone's cost, old and new price are compared with what the preview saw, to the cent.
"""

import json
import sys
import time
from typing import Any

import psycopg
from psycopg import Connection

from bench.catalogue import catalogue
from bench.pricing import many_rules
from bench.reapply import BY, activate, finish, run_job
from shared.platform import db
from shared.pricing import sets as pricing
from shared.pricing.seeds import SEEDS
from shared.reapply import preview
from shared.reapply.preview import PreviewStale, Seen
from shared.rules import book

RULES = 200
REMEMBER = (
    "CREATE TABLE before AS SELECT diamond_id, price_model_price AS price FROM diamond_prices"
)
WHAT_HAPPENED = """
    SELECT bit_xor(hashtextextended(concat_ws('|', stone.id, stone.feed_price,
               COALESCE(before.price, -1), COALESCE(now.price_model_price, -1)), 0)),
           count(*) FILTER (WHERE now.price_model_price IS DISTINCT FROM before.price)
      FROM diamonds AS stone
      LEFT JOIN before ON before.diamond_id = stone.id
      LEFT JOIN diamond_prices AS now ON now.diamond_id = stone.id
     WHERE stone.status = 'active'
"""
MOVE_ONE = """
    UPDATE diamonds SET feed_price = feed_price + %s
     WHERE id = (SELECT id FROM diamonds ORDER BY id LIMIT 1)
"""


def refuses_when_a_price_moved(conn: Connection, seen: Seen) -> bool:
    conn.execute(MOVE_ONE, [1])
    try:
        with db.transaction() as own:
            preview.activate(own, "pricing", seen.rule_set_version, BY, token=seen.token)
    except PreviewStale:
        return True
    finally:
        conn.execute(MOVE_ONE, [-1])
    return False


def measure(stones: int) -> dict[str, Any]:
    with catalogue(stones) as url, psycopg.connect(url, autocommit=True) as conn:
        activate(SEEDS["brackets"]())
        run_job()
        conn.execute(REMEMBER)
        with db.transaction() as own:
            drafted = book.draft(pricing.BOOK, own, many_rules(RULES), BY)
        began = time.perf_counter()
        with db.transaction() as own:
            seen = preview.preview(own, "pricing", drafted.version, "bench")
        took = time.perf_counter() - began
        refused = refuses_when_a_price_moved(conn, seen)
        with db.transaction() as own:
            _, job = preview.activate(own, "pricing", drafted.version, BY, token=seen.token)
        finish(job)
        happened = conn.execute(WHAT_HAPPENED).fetchone() or (None, 0)
    return {
        "stones": stones,
        "rules": RULES,
        "preview_seconds": round(took, 2),
        "previewed_changes": seen.figures["changed"],
        "changes": happened[1],
        "every_stone_as_previewed": happened[0] == seen.fingerprint,
        "refused_after_a_price_moved": refused,
    }


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    sys.stdout.write(json.dumps(measure(wanted), indent=2) + "\n")
