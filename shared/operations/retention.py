"""What may be forgotten and when: planned first, archived, then removed in batches.

Holds, purchases, their events and the audits are kept for ever, and so is every stone they name:
the schema's foreign keys refuse it even if a condition here were wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from orjson import Fragment
from psycopg import Connection
from psycopg.rows import scalar_row

from shared.platform import clock
from shared.platform.setting_groups import Retention
from shared.platform.settings import settings

BATCH = 2_000

NOT_PROMISED: LiteralString = """
    NOT EXISTS (SELECT FROM hold_history AS held WHERE held.diamond_id = {id})
    AND NOT EXISTS (SELECT FROM holds WHERE {id} IN (holds.diamond_id, holds.requested_diamond_id))
    AND NOT EXISTS (SELECT FROM purchases AS bought WHERE bought.diamond_id = {id})"""


@dataclass(frozen=True)
class Category:
    """Rows of a table that are past their time; `row` names one in `expired` and `along`."""

    name: str
    keeps: str
    """The field of `Retention` that says for how many days."""
    table: LiteralString
    expired: LiteralString
    key: LiteralString = "ctid"
    along: tuple[LiteralString, ...] = ()
    """Statements that remove what belongs to the rows of %(keys)s and return it."""


CATEGORIES: Sequence[Category] = (
    Category(
        "runs",
        "run_days",
        "run_metadata",
        """row.completed_at < %(before)s AND row.run_id NOT IN (
               SELECT DISTINCT ON (feed) run_id FROM run_metadata
                WHERE status = 'completed' ORDER BY feed, completed_at DESC)""",
        key="run_id",
        along=(
            """DELETE FROM worker_runs AS row WHERE run_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM partition_progress AS row WHERE run_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM run_sightings AS row WHERE run_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM quality_hits AS row WHERE run_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM run_quality_rules AS row WHERE run_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
        ),
    ),
    Category(
        "messages",
        "message_days",
        "outbox",
        "COALESCE(row.sent_at, row.given_up_at) < %(before)s",
        key="id",
        along=(
            """DELETE FROM webhook_attempts AS row WHERE outbox_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
        ),
    ),
    Category("dead letters", "message_days", "dead_letters", "row.requeued_at < %(before)s"),
    Category("errors", "log_days", "error_logs", "row.last_seen < %(before)s"),
    Category("quarantine", "log_days", "quarantine", "row.resolved_at < %(before)s"),
    Category("rule previews", "log_days", "rule_previews", "row.created_at < %(before)s"),
    Category(
        "stock reports",
        "log_days",
        "stock_uploads",
        "row.shelved_at < %(before)s AND row.content IS NULL",
        key="id",
        along=(
            """DELETE FROM stock_faults AS row WHERE upload_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
        ),
    ),
    Category("price density", "log_days", "price_density", "row.scanned_at < %(before)s"),
    Category(
        "rating snapshots",
        "history_days",
        "rating_reapply_snapshots",
        "row.created_at < %(before)s",
    ),
    Category(
        "price history",
        "history_days",
        "price_changes",
        "row.changed_at < %(before)s AND " + NOT_PROMISED.replace("{id}", "row.diamond_id"),
    ),
    Category(
        "earlier payloads",
        "history_days",
        "raw_versions",
        """(row.replaced_at < %(before)s OR row.id IN (
               SELECT id FROM (SELECT id, row_number() OVER newest_first AS place FROM raw_versions
                               WINDOW newest_first AS (
                                      PARTITION BY feed, supplier_stone_id ORDER BY id DESC))
                           AS ranked
                WHERE place > %(versions)s))""",
        key="id",
    ),
    Category(
        "deleted stones",
        "deleted_stone_days",
        "diamonds",
        "row.status = 'deleted' AND row.deleted_at < %(before)s AND "
        + NOT_PROMISED.replace("{id}", "row.id"),
        key="id",
        along=(
            """DELETE FROM raw_diamonds AS row USING diamonds AS stone
                WHERE stone.id = ANY(%(keys)s)
                  AND (row.feed, row.supplier_stone_id) = (stone.feed, stone.supplier_stone_id)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM raw_versions AS row USING diamonds AS stone
                WHERE stone.id = ANY(%(keys)s)
                  AND (row.feed, row.supplier_stone_id) = (stone.feed, stone.supplier_stone_id)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM staged_diamonds AS row WHERE diamond_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM price_changes AS row WHERE diamond_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM price_overrides AS row WHERE diamond_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM price_reviews AS row WHERE diamond_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
            """DELETE FROM diamond_prices AS row WHERE diamond_id = ANY(%(keys)s)
               RETURNING to_jsonb(row)::text""",
        ),
    ),
)


@dataclass(frozen=True)
class Due:
    """How many rows of a category are past their time at this moment."""

    category: Category
    before: datetime
    rows: int


@dataclass(frozen=True)
class Batch:
    """What one transaction removes."""

    rows: int
    """Of the category's own table."""
    archive: list[dict[str, Any]]
    """All that goes, with the table it was in."""


def plan(conn: Connection) -> list[Due]:
    """What would go now."""
    kept = settings().retention
    return [_due(conn, category, _before(category, kept)) for category in CATEGORIES]


def remove(conn: Connection, category: Category, before: datetime) -> Batch:
    """Remove one batch and hand out what it held; the caller archives it, then commits."""
    keys = _expired(conn, category, before)
    if not keys:
        return Batch(0, [])
    along = [row for statement in category.along for row in _rows(conn, statement, keys)]
    keyed: LiteralString = f"row.{category.key} = ANY(%(keys)s{_cast(category)})"
    found: LiteralString = f"{_past_its_time(category)} AND {keyed}"
    statement: LiteralString = f"DELETE{found} RETURNING to_jsonb(row)::text"
    own = _rows(conn, statement, keys, **_limits(before))
    along_with = f"{category.table} (along)"
    return Batch(len(own), [*_from(category.table, own), *_from(along_with, along)])


def _before(category: Category, kept: Retention) -> datetime:
    days: int = getattr(kept, category.keeps)
    return clock.now() - timedelta(days=days)


def _due(conn: Connection, category: Category, before: datetime) -> Due:
    statement: LiteralString = "SELECT count(*)" + _past_its_time(category)
    with conn.cursor(row_factory=scalar_row) as cursor:
        rows = cursor.execute(statement, _limits(before)).fetchone() or 0
    return Due(category, before, rows)


def _past_its_time(category: Category) -> LiteralString:
    return f" FROM {category.table} AS row WHERE {category.expired}"


def _limits(before: datetime) -> dict[str, Any]:
    """What conditions may ask: the moment, and how many earlier payloads a stone may have."""
    return {"before": before, "versions": settings().ingest.payload_versions}


def _cast(category: Category) -> LiteralString:
    return "::tid[]" if category.key == "ctid" else ""


def _expired(conn: Connection, category: Category, before: datetime) -> list[Any]:
    some: LiteralString = " LIMIT %(batch)s FOR UPDATE SKIP LOCKED"
    statement: LiteralString = f"SELECT row.{category.key}{_past_its_time(category)}{some}"
    with conn.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(statement, {**_limits(before), "batch": BATCH}).fetchall()


def _rows(conn: Connection, statement: LiteralString, keys: list[Any], **more: Any) -> list[str]:
    with conn.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(statement, {"keys": keys, **more}).fetchall()


def _from(table: str, rows: list[str]) -> Iterator[dict[str, Any]]:
    """Each row as PostgreSQL wrote it: no price becomes a float on its way."""
    for row in rows:
        yield {"table": table, "row": Fragment(row)}
