"""The documented page path: jsonb, text arrays, a message a page, and nothing but one writer each.

Every statement stands for itself, as the documentation has it; `together` makes one transaction of
a page's statements instead, which is kinder to it.
"""

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection

from shared.feeds.model import Item
from shared.platform import exact_json

TABLES = """
    CREATE TABLE prior_raw (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), run_id uuid NOT NULL,
        supplier_stone_id text NOT NULL UNIQUE, offer_id text NOT NULL,
        source_updated_at timestamptz, payload jsonb, payload_hash text NOT NULL,
        consolidated boolean NOT NULL DEFAULT false,
        consolidation_status text NOT NULL DEFAULT 'pending',
        claimed_at timestamptz, claimed_by text, consolidated_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(), feed text);
    CREATE INDEX ON prior_raw (consolidation_status, created_at) WHERE NOT consolidated;
    CREATE INDEX ON prior_raw (created_at) WHERE NOT consolidated;
    CREATE INDEX ON prior_raw (feed) WHERE NOT consolidated;
    CREATE INDEX ON prior_raw (run_id, consolidated, consolidation_status);
    CREATE INDEX ON prior_raw (created_at);
    CREATE TABLE prior_progress (
        run_id uuid, partition_id text, next_offset integer NOT NULL DEFAULT 0,
        completed boolean NOT NULL DEFAULT false, failed boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (run_id, partition_id));
    CREATE TABLE prior_worker_runs (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(), run_id uuid, partition_id text,
        worker_id uuid, status text NOT NULL, records_processed integer NOT NULL DEFAULT 0,
        error_message text, started_at timestamptz NOT NULL DEFAULT now(),
        completed_at timestamptz, work_item_payload jsonb, UNIQUE (run_id, partition_id));
"""
BEGIN_WORK = """
    INSERT INTO prior_worker_runs (run_id, partition_id, worker_id, status)
    VALUES (%s, %s, gen_random_uuid(), 'running') ON CONFLICT DO NOTHING
"""
LIST_WORK = "SELECT * FROM prior_worker_runs WHERE run_id = %s"
BEGIN_PROGRESS = """
    INSERT INTO prior_progress (run_id, partition_id) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""
FIND_PROGRESS = "SELECT * FROM prior_progress WHERE run_id = %s AND partition_id = %s"
UPSERT = """
    INSERT INTO prior_raw AS raw (run_id, supplier_stone_id, offer_id, payload, payload_hash, feed)
    SELECT %s, item.* , 'nivoda-natural'
      FROM unnest(%s::text[], %s::text[], %s::jsonb[], %s::text[]) AS item
        ON CONFLICT (supplier_stone_id) DO UPDATE
       SET run_id = EXCLUDED.run_id, offer_id = EXCLUDED.offer_id, payload = EXCLUDED.payload,
           payload_hash = EXCLUDED.payload_hash, consolidated = false,
           consolidation_status = 'pending', consolidated_at = NULL, feed = EXCLUDED.feed,
           updated_at = now()
     WHERE raw.payload_hash IS DISTINCT FROM EXCLUDED.payload_hash
"""
COUNT_WORK = """
    UPDATE prior_worker_runs SET records_processed = records_processed + %s
     WHERE run_id = %s AND partition_id = %s AND status = 'running'
"""
ADVANCE = """
    UPDATE prior_progress SET next_offset = %s, updated_at = now()
     WHERE run_id = %s AND partition_id = %s AND next_offset = %s AND NOT completed
"""


class PriorWorker:
    """Handles one message a page; a message names its partition and offset."""

    def __init__(self, url: str, *, together: bool) -> None:
        self._conn: Connection = psycopg.connect(url, autocommit=True, prepare_threshold=None)
        self._together = together

    def ingest(self, partition_id: str, items: Sequence[Item], page_size: int) -> None:
        run_id = uuid4()
        for offset in range(0, len(items), page_size):
            with self._conn.transaction() if self._together else nullcontext():
                self._page(run_id, partition_id, offset, items[offset : offset + page_size])

    def close(self) -> None:
        self._conn.close()

    def _page(self, run_id: UUID, partition_id: str, offset: int, items: Sequence[Item]) -> None:
        here = (run_id, partition_id)
        self._conn.execute(BEGIN_WORK, here)
        self._conn.execute(LIST_WORK, [run_id]).fetchall()
        self._conn.execute(BEGIN_PROGRESS, here)
        self._conn.execute(FIND_PROGRESS, here).fetchone()
        self._conn.execute(UPSERT, [run_id, *_columns(items)])
        self._conn.execute(COUNT_WORK, [len(items), *here])
        self._conn.execute(ADVANCE, [offset + len(items), *here, offset])


def _columns(items: Sequence[Item]) -> list[list[str]]:
    payloads = [exact_json.dumps(item) for item in items]
    return [
        [item["diamond"]["id"] for item in items],
        [item["id"] for item in items],
        [payload.decode() for payload in payloads],
        [hashlib.sha256(payload).hexdigest() for payload in payloads],
    ]
