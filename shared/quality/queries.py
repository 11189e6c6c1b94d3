"""One function per query of sql/queries/quality.sql."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg import Connection

from shared.platform import db, exact_json
from shared.platform.sql import queries
from shared.quality.model import Change, Hits, Rule, RunRule, Wanted

SQL = queries("quality")


def list_rules(conn: Connection, *, feed: str | None) -> list[Rule]:
    return db.many(conn, SQL["list_rules"], Rule, feed=feed)


def lock_rule(conn: Connection, *, rule_id: UUID) -> Rule | None:
    return db.find(conn, SQL["lock_rule"], Rule, id=rule_id)


def insert_rule(conn: Connection, *, rule_id: UUID, wanted: Wanted, created_by: str) -> Rule:
    query = SQL["insert_rule"]
    return db.get(conn, query, Rule, id=rule_id, created_by=created_by, **_told(wanted))


def update_rule(conn: Connection, *, rule_id: UUID, wanted: Wanted) -> Rule:
    return db.get(conn, SQL["update_rule"], Rule, id=rule_id, **_told(wanted))


def delete_rule(conn: Connection, *, rule_id: UUID) -> None:
    db.execute(conn, SQL["delete_rule"], id=rule_id)


def count_rules(conn: Connection) -> int:
    rules: int = db.value(conn, SQL["count_rules"])
    return rules


def insert_rule_change(
    conn: Connection,
    *,
    rule_id: UUID,
    action: str,
    actor: str,
    before: Rule | None,
    after: Rule | None,
) -> None:
    db.execute(
        conn,
        SQL["insert_rule_change"],
        rule_id=rule_id,
        action=action,
        actor=actor,
        before=_noted(before),
        after=_noted(after),
    )


def list_rule_changes(conn: Connection, *, before: int | None, limit: int) -> list[Change]:
    return db.many(conn, SQL["list_rule_changes"], Change, before_id=before, limit=limit)


def list_run_rules(conn: Connection, *, run_id: UUID) -> list[RunRule]:
    return db.many(conn, SQL["list_run_rules"], RunRule, run_id=run_id)


def list_run_hits(conn: Connection, *, run_id: UUID) -> list[Hits]:
    return db.many(conn, SQL["list_run_hits"], Hits, run_id=run_id)


def add_hits(
    conn: Connection, *, run_id: UUID, partition_id: str, caught: Mapping[UUID, list[str]]
) -> None:
    """By rule, the stones it caught, by the supplier's ids."""
    db.execute(
        conn,
        SQL["add_hits"],
        run_id=run_id,
        partition_id=partition_id,
        rule_ids=list(caught),
        listings=[len(stones) for stones in caught.values()],
        examples=[stones[0] for stones in caught.values()],
    )


def _told(wanted: Wanted) -> dict[str, Any]:
    return wanted.model_dump() | {"value": exact_json.dumps(wanted.value).decode()}


def _noted(rule: Rule | None) -> str | None:
    return None if rule is None else exact_json.dumps(rule.model_dump()).decode()
