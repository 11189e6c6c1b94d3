"""The documented consolidation: claimed by UPDATE, mapped, priced and rated in the app, UNNEST.

Batches of 2,000, statements of 100 rows, two at a time. Its arrays travel in binary, which is
kinder to it than the text they were; payloads are kept, so that a run can be repeated.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection

from shared.diamonds.model import Stone
from shared.feeds.nivoda import NATURAL, mapping
from shared.feeds.reading import HUNDREDTH
from shared.ingestion.writing import STAGED_TYPES
from shared.platform import exact_json
from shared.pricing.engine import PricingEngine
from shared.pricing.model import PricingRules
from shared.rating.engine import RatingEngine
from shared.rating.model import RatingRules

STONE = tuple(field for field in Stone._fields if field not in ("diamond_id", "doubts"))
TYPES = dict(zip(Stone._fields, STAGED_TYPES, strict=False)) | {"image_urls": "jsonb"}
MADE = {
    "ratio": "numeric",
    "price_model_price": "numeric",
    "markup_ratio": "numeric",
    "pricing_rating": "int2",
    "rating": "int2",
}
COLUMNS = {"id": "uuid"} | {field: TYPES[field] for field in STONE} | MADE

TABLE = """
    CREATE TABLE prior_diamonds (LIKE diamonds INCLUDING DEFAULTS);
    ALTER TABLE prior_diamonds
        ALTER image_urls TYPE jsonb USING to_jsonb(image_urls),
        ALTER availability SET DEFAULT 'available',
        ALTER content_hash DROP NOT NULL,
        ADD price_model_price numeric(12,2) NOT NULL, ADD markup_ratio numeric(9,4),
        ADD pricing_rating integer, ADD rating integer, ADD PRIMARY KEY (id);
    CREATE UNIQUE INDEX ON prior_diamonds (feed, supplier_stone_id);
    CREATE INDEX ON prior_diamonds (shape, carats, color, clarity) WHERE status = 'active';
    CREATE INDEX ON prior_diamonds (price_model_price) WHERE status = 'active';
    CREATE INDEX ON prior_diamonds (carats) WHERE status = 'active';
    CREATE INDEX ON prior_diamonds (availability);
    CREATE INDEX ON prior_diamonds (lab_grown, shape, carats);
    CREATE INDEX ON prior_diamonds (rating) WHERE status = 'active';
    CREATE INDEX ON prior_diamonds (feed_price);
    CREATE INDEX ON prior_diamonds (created_at);
    CREATE INDEX ON prior_diamonds (status, feed);
"""
CLAIM = """
    UPDATE prior_raw
       SET consolidation_status = 'processing', claimed_at = now(), claimed_by = %s
     WHERE id IN (SELECT id FROM prior_raw
                   WHERE feed = %s AND NOT consolidated AND consolidation_status = 'pending'
                     AND payload IS NOT NULL
                   ORDER BY created_at LIMIT 2000 FOR UPDATE SKIP LOCKED)
    RETURNING id, payload::text
"""
DONE = """
    UPDATE prior_raw
       SET consolidated = true, consolidation_status = 'done', consolidated_at = now()
     WHERE id = ANY(%b)
"""
ALL_AGAIN = """
    UPDATE prior_raw SET consolidated = false, consolidation_status = 'pending'
"""
CHUNK = 100


def _upsert() -> str:
    names = ", ".join(COLUMNS)
    arrays = ", ".join(f"%b::{kind}[]" for kind in COLUMNS.values())
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS if name != "id")
    return f"""
        INSERT INTO prior_diamonds AS old ({names}) SELECT * FROM unnest({arrays})
            ON CONFLICT (feed, supplier_stone_id) DO UPDATE SET {changes}, updated_at = now()
         WHERE old.source_updated_at IS DISTINCT FROM EXCLUDED.source_updated_at
            OR old.feed_price <> EXCLUDED.feed_price OR old.status <> EXCLUDED.status
    """  # noqa: S608 - names of columns


class PriorConsolidator:
    def __init__(self, url: str, prices: PricingRules, ratings: RatingRules) -> None:
        self._conns = [
            psycopg.connect(url, autocommit=True, prepare_threshold=None) for _ in range(2)
        ]
        self._pricing = PricingEngine(prices, datetime.now(UTC))
        self._rating = RatingEngine(ratings, datetime.now(UTC))
        self._upsert = _upsert()

    def run(self) -> None:
        """The connections stay open: what an ended backend spent might not be counted."""
        conn, other = self._conns
        with ThreadPoolExecutor(2) as pool:
            while claimed := conn.execute(CLAIM, [uuid4().hex, NATURAL]).fetchall():
                chunks = [claimed[at : at + CHUNK] for at in range(0, len(claimed), CHUNK)]
                halves = ((conn, chunks[::2]), (other, chunks[1::2]))
                list(pool.map(lambda half: self._write(*half), halves))
                conn.execute(DONE, [[row_id for row_id, _ in claimed]])

    def _write(self, conn: Connection, chunks: Sequence[Sequence[tuple[UUID, str]]]) -> None:
        for chunk in chunks:
            rows = [self._row(payload) for _, payload in chunk]
            columns = [list(column) for column in zip(*rows, strict=True)]
            conn.execute(self._upsert.encode(), columns)

    def _row(self, payload: str) -> list[Any]:
        stone = mapping.stone(exact_json.loads(payload), feed=NATURAL, lab_grown=False)
        facts = stone._asdict() | {"ratio": _ratio(stone)}
        quote = self._pricing.quote(facts)
        rating, _ = self._rating.rate(facts, quote.pricing_rating)
        facts["image_urls"] = json.dumps(stone.image_urls) if stone.image_urls else None
        made = [quote.price, quote.markup_ratio, quote.pricing_rating, rating]
        return [stone.diamond_id, *(facts[field] for field in STONE), facts["ratio"], *made]


def _ratio(stone: Stone) -> Any:
    if not stone.length_mm or not stone.width_mm:
        return None
    return (stone.length_mm / stone.width_mm).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
