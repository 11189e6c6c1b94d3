"""Rules of data quality: added, changed and removed, each noted; what a run judges by."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID, uuid4

from psycopg import Connection

from shared.platform.errors import Conflict, NotFound
from shared.quality import queries
from shared.quality.checks import NO_RULES, Checks
from shared.quality.model import Rule, RunRule, Wanted

MOST_RULES = 100


class QualityRuleNotFound(NotFound):
    code = "QUALITY_RULE_NOT_FOUND"


class TooManyQualityRules(Conflict):
    """Every mapped stone is judged by all of them."""

    code = "TOO_MANY_QUALITY_RULES"
    hint = "Remove rules that no longer matter."


def add(conn: Connection, wanted: Wanted, *, actor: str) -> Rule:
    if queries.count_rules(conn) >= MOST_RULES:
        raise TooManyQualityRules(f"There are {MOST_RULES} rules already.")
    rule = queries.insert_rule(conn, rule_id=uuid4(), wanted=wanted, created_by=actor)
    queries.insert_rule_change(
        conn, rule_id=rule.id, action="added", actor=actor, before=None, after=rule
    )
    return rule


def change(conn: Connection, rule_id: UUID, wanted: Wanted, *, actor: str) -> Rule:
    before = _locked(conn, rule_id)
    after = queries.update_rule(conn, rule_id=rule_id, wanted=wanted)
    queries.insert_rule_change(
        conn, rule_id=rule_id, action="changed", actor=actor, before=before, after=after
    )
    return after


def remove(conn: Connection, rule_id: UUID, *, actor: str) -> Rule:
    before = _locked(conn, rule_id)
    queries.delete_rule(conn, rule_id=rule_id)
    queries.insert_rule_change(
        conn, rule_id=rule_id, action="removed", actor=actor, before=before, after=None
    )
    return before


def checks_of(conn: Connection, run_id: UUID) -> Checks:
    """By the rules the run began with, whatever they say by now."""
    rules = queries.list_run_rules(conn, run_id=run_id)
    return Checks(rules) if rules else NO_RULES


def count(
    conn: Connection, run_id: UUID, partition_id: str, hits: Iterable[tuple[RunRule, str]]
) -> None:
    """Add what rules caught to the run's figures."""
    caught: defaultdict[UUID, list[str]] = defaultdict(list)
    for rule, supplier_stone_id in hits:
        caught[rule.rule_id].append(supplier_stone_id)
    if caught:
        queries.add_hits(conn, run_id=run_id, partition_id=partition_id, caught=caught)


def _locked(conn: Connection, rule_id: UUID) -> Rule:
    found = queries.lock_rule(conn, rule_id=rule_id)
    if found is None:
        raise QualityRuleNotFound(f"There is no quality rule {rule_id}.")
    return found
