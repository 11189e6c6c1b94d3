"""Rules of data quality: what must be true of a mapped stone, and what happens if it is not."""

from datetime import datetime
from typing import Any
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from http_api.paging import Page, cut, number
from shared.access.model import Scope
from shared.feeds import registry
from shared.platform.db import request_transaction, transaction
from shared.quality import preview, queries, service
from shared.quality.model import Comparison, Condition, Effect, Rule, Wanted

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS


class QualityRuleList(Asked):
    feed: str | None = Field(default=None, max_length=100)


class QualityRuleChangeList(Asked):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=100)


class QualityRule(Wanted):
    """What must be true of `field`, wherever it is known, of a stone that is new or changed."""


class QualityPreview(Asked):
    """Of all rules, and of one that is not there yet; of one feed or all."""

    feed: str | None = Field(default=None, max_length=100)
    rule: QualityRule | None = None


class QualityRuleView(Answer):
    id: UUID
    feed: str | None
    field: str
    comparison: Comparison
    value: Any
    effect: Effect
    note: str
    created_by: str
    created_at: datetime
    updated_at: datetime


class OneQualityRule(Answer):
    data: QualityRuleView


class QualityRules(Answer):
    data: list[QualityRuleView]


class QualityRuleChange(Answer):
    id: int
    rule_id: UUID
    action: str
    actor: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    happened_at: datetime


class QualityRuleChanges(Answer):
    data: list[QualityRuleChange]
    pagination: Page


class OffendersView(Answer):
    rule_id: UUID | None
    """None: the one that was proposed."""
    rule: str
    effect: Effect
    active_stones: int
    """On sale or on hold now, and against the rule."""
    examples: list[str]
    """Some of them, by the supplier's ids."""


class QualityPreviewed(Answer):
    data: list[OffendersView]


@bp.route("v2/quality-rules", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=QualityRuleList)
def list_quality_rules(call: Call[QualityRuleList]) -> QualityRules:
    """The rules that a run opened now would keep to, all feeds' or one's, the oldest first."""
    with request_transaction() as conn:
        found = queries.list_rules(conn, feed=call.asked.feed)
    return QualityRules(data=[_view(rule) for rule in found])


@bp.route("v2/quality-rules", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_WRITE, body=QualityRule, status=201)
def create_quality_rule(call: Call[QualityRule]) -> OneQualityRule:
    """Add a rule for the runs opened from now on."""
    _known(call.asked.feed)
    with transaction() as conn:
        rule = service.add(conn, call.asked, actor=call.caller.client_name)
    return OneQualityRule(data=_view(rule))


@bp.route("v2/quality-rules/{rule_id}", methods=["PUT"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_WRITE, body=QualityRule)
def update_quality_rule(call: Call[QualityRule]) -> OneQualityRule:
    """Say a rule anew; a run under way keeps to what it began with."""
    _known(call.asked.feed)
    with transaction() as conn:
        actor = call.caller.client_name
        rule = service.change(conn, call.id("rule_id"), call.asked, actor=actor)
    return OneQualityRule(data=_view(rule))


@bp.route("v2/quality-rules/{rule_id}", methods=["DELETE"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_WRITE)
def delete_quality_rule(call: Call[Nothing]) -> OneQualityRule:
    """Remove a rule; what it sent to the quarantine arrives with the next run or a replay."""
    with transaction() as conn:
        rule = service.remove(conn, call.id("rule_id"), actor=call.caller.client_name)
    return OneQualityRule(data=_view(rule))


@bp.route("v2/quality-rules/changes", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=QualityRuleChangeList)
def list_quality_rule_changes(call: Call[QualityRuleChangeList]) -> QualityRuleChanges:
    """Who added, changed and removed rules, the newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_rule_changes(conn, before=number(asked.cursor), limit=asked.limit + 1)
    shown, page = cut(found, asked.limit, lambda last: [str(last.id)])
    return QualityRuleChanges(
        data=[QualityRuleChange.model_validate(one) for one in shown], pagination=page
    )


@bp.route("v2/quality-rules/preview", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, body=QualityPreview, reads=True)
def preview_quality_rules(call: Call[QualityPreview]) -> QualityPreviewed:
    """How many active stones each rule would catch; they stay on sale until they change.

    Who may ask about any figure could find out by halves what stones cost.
    """
    call.demand(Scope.COSTS_READ)
    asked = call.asked
    with request_transaction() as conn:
        rules = queries.list_rules(conn, feed=asked.feed)
        judged: list[tuple[UUID | None, Condition, str | None, Effect]] = [
            (rule.id, rule, rule.feed, rule.effect) for rule in rules
        ]
        if asked.rule:
            judged.append((None, asked.rule.condition, asked.rule.feed, asked.rule.effect))
        confined = [(condition, feed) for _, condition, feed, _ in judged]
        found = preview.count_offenders(conn, confined, feed=asked.feed)
    return QualityPreviewed(
        data=[
            OffendersView(
                rule_id=rule_id,
                rule=condition.text,
                effect=effect,
                active_stones=caught.stones,
                examples=list(caught.examples),
            )
            for (rule_id, condition, _, effect), caught in zip(judged, found, strict=True)
        ]
    )


def _known(feed: str | None) -> None:
    if feed is not None:
        registry.feed(feed)


def _view(rule: Rule) -> QualityRuleView:
    return QualityRuleView.model_validate(rule)
