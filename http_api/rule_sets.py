"""What the endpoints of pricing and rating rules have in common; the routes are in their modules.

Rules and jobs are written in snake_case with inclusive bounds, as the documented API does.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import azure.functions as func
from pydantic import BaseModel, ConfigDict, Field

from http_api.endpoint import Answer, Asked, Call, Nothing, Start
from shared.access.model import Scope
from shared.platform import clock
from shared.platform.db import request_transaction, transaction
from shared.platform.errors import Invalid
from shared.platform.settings import settings
from shared.pricing import lint as price_lint
from shared.pricing.model import BaseMargin, PricingRule, PricingRules, Rounding
from shared.pricing.seeds import SEEDS as PRICING_SEEDS
from shared.rating.model import RatingRule, RatingRules
from shared.rating.seeds import SEEDS as RATING_SEEDS
from shared.reapply import jobs, preview
from shared.reapply.model import Job
from shared.reapply.payloads import ReapplyJob
from shared.rules import book, lint, wire
from shared.rules.book import Author, Kind, RuleSet
from shared.rules.model import candidates

REAPPLY_JOB = "reapply_job"
MODELS: Mapping[Kind, Any] = {"pricing": PricingRule, "rating": RatingRule}
CONTENTS: Mapping[Kind, Any] = {"pricing": PricingRules, "rating": RatingRules}
SEEDS: Mapping[Kind, Mapping[str, Any]] = {"pricing": PRICING_SEEDS, "rating": RATING_SEEDS}
LONGEST_REASON = 1_000


class Data(Answer):
    """Documented as snake_case, so the content is handed over as it is."""

    data: Any


class Listed(Asked):
    version: int | None = Field(default=None, ge=1)
    limit: int = Field(default=20, ge=1, le=100)


class Exported(Asked):
    format: str = Field(default="json", pattern="^(json|csv)$")


class Because(Asked):
    reason: str = Field(default="", max_length=LONGEST_REASON)


class NewDraft(Because):
    """Start from a version, a seed, rules of your own (JSON or CSV), or the active set."""

    copy_of: int | None = Field(default=None, alias="version", ge=1)
    seed: str | None = None
    rules: list[dict[str, Any]] | None = Field(default=None, max_length=5_000)
    csv: str | None = Field(default=None, max_length=900_000)
    base_margins: list[BaseMargin] | None = None
    rounding: Rounding | None = None
    movement_limit: str | None = None


class Activate(Because):
    token: UUID


class SavedRule(BaseModel):
    """A rule, and what to do with it; what is not known here is the rule's."""

    model_config = ConfigDict(extra="allow")

    version: int | None = None
    reason: str = Field(default="", max_length=LONGEST_REASON)
    recalculate_pricing: bool = False
    recalculate_rating: bool = False

    @property
    def at_once(self) -> bool:
        return self.recalculate_pricing or self.recalculate_rating


def list_rules(call: Call[Listed], kind: Kind) -> Data:
    asked = call.asked
    with request_transaction() as conn:
        source = jobs.BOOKS[kind]
        found = (
            book.get(source, conn, asked.version) if asked.version else book.active(source, conn)
        )
    return Data(data=shown(found) | {"total": len(found.content.rules)})


def list_sets(call: Call[Listed], kind: Kind) -> Data:
    asked = call.asked
    with request_transaction() as conn:
        found = book.listed(jobs.BOOKS[kind], conn, limit=asked.limit)
    return Data(data={"rule_sets": [one.model_dump() for one in found], "seeds": list(SEEDS[kind])})


def list_audit(call: Call[Listed], kind: Kind) -> Data:
    asked = call.asked
    with request_transaction() as conn:
        found = book.audit(jobs.BOOKS[kind], conn, limit=asked.limit)
    return Data(data={"audit": [one.model_dump() for one in found]})


def create_set(call: Call[NewDraft], kind: Kind) -> Data:
    asked = call.asked
    with transaction() as conn:
        source, parent = jobs.BOOKS[kind], asked.copy_of
        if asked.seed is None and asked.rules is None and asked.csv is None and parent is None:
            parent = book.active(source, conn).version
        content = book.get(source, conn, parent).content if parent else _content(kind, asked)
        content = _with_settings(content, asked)
        by = Author(call.caller.client_name, asked.reason)
        return Data(data=shown(book.draft(source, conn, content, by, copied_from=parent)))


def save_rule(call: Call[SavedRule], kind: Kind, *, rule_id: UUID | None) -> Start[Data] | Data:
    """Add a rule, or change one: in a draft, or with recalculation at once."""
    asked = call.asked
    if asked.at_once:
        _ask_for_second_permission(call)
    by = Author(call.caller.client_name, asked.reason)
    with jobs.one_at_a_time(), transaction() as conn:
        draft = _draft(conn, kind, asked, by)
        before = next((rule for rule in draft.content.rules if rule.id == rule_id), None)
        given = (wire.said(before) if before else {}) | (asked.model_extra or {})
        rule = wire.understood(MODELS[kind], given | {"id": rule_id or uuid4()})
        if rule_id and before is None:
            raise book.RuleNotFound(f"There is no rule {rule_id} in set {draft.version}.")
        content = book.with_rule(draft.content, rule)
        book.edit(jobs.BOOKS[kind], conn, draft.version, content, by)
        said = wire.said(rule) | {"rule_set_version": draft.version}
        trigger = "rule_update" if before else "rule_create"
        return _settled(conn, kind, draft.version, by, asked, said, trigger, before or rule)


def delete_rule(call: Call[SavedRule], kind: Kind) -> Start[Data] | Data:
    asked = call.asked
    if asked.at_once:
        _ask_for_second_permission(call)
    by = Author(call.caller.client_name, asked.reason)
    rule_id = call.id("rule_id")
    with jobs.one_at_a_time(), transaction() as conn:
        draft = _draft(conn, kind, asked, by)
        content = book.without_rule(draft.content, rule_id)
        gone = next(rule for rule in draft.content.rules if rule.id == rule_id)
        book.edit(jobs.BOOKS[kind], conn, draft.version, content, by)
        said = {"message": "Rule removed.", "id": rule_id, "rule_set_version": draft.version}
        return _settled(conn, kind, draft.version, by, asked, said, "rule_delete", gone)


def discard_set(call: Call[Because], kind: Kind) -> Data:
    asked = call.asked
    with transaction() as conn:
        by = Author(call.caller.client_name, asked.reason)
        header = book.archive_draft(jobs.BOOKS[kind], conn, call.path["version"], by)
    return Data(data=header.model_dump())


def export_set(call: Call[Exported], kind: Kind) -> Data | func.HttpResponse:
    asked = call.asked
    with request_transaction() as conn:
        found = book.get(jobs.BOOKS[kind], conn, call.path["version"])
    if asked.format == "csv":
        text = wire.to_csv(MODELS[kind], found.content.rules)
        return func.HttpResponse(text, mimetype="text/csv", charset="utf-8")
    content = found.content.model_dump()
    return Data(data=content | {"rules": [wire.said(rule) for rule in found.content.rules]})


def preview_set(call: Call[Nothing], kind: Kind) -> Data:
    """What the version would do to every stone; its token activates it."""
    with transaction() as conn:
        seen = preview.preview(conn, kind, call.path["version"], call.caller.client_name)
    told = seen.model_dump(exclude={"result", "fingerprint"})
    return Data(data=told | {"effect": seen.figures})


def activate_set(call: Call[Activate], kind: Kind) -> Start[Data]:
    _ask_for_second_permission(call)
    asked = call.asked
    by = Author(call.caller.client_name, asked.reason)
    with jobs.one_at_a_time(), transaction() as conn:
        header, job = preview.activate(conn, kind, call.path["version"], by, token=asked.token)
    return started(job, header.model_dump() | {"reapply_job_id": job.id})


def _ask_for_second_permission(call: Call[BaseModel]) -> None:
    """What changes prices at once may need more than the right to edit rules."""
    if settings().rules.activation_needs_permission:
        call.demand(Scope.RULES_ACTIVATE)


def lint_set(call: Call[Nothing], kind: Kind) -> Data:
    with request_transaction() as conn:
        found = book.get(jobs.BOOKS[kind], conn, call.path["version"])
    now = clock.now()
    suspicions = lint.lint(candidates(found.content.rules, now))
    told: dict[str, Any] = {"suspicions": [vars(one) for one in suspicions]}
    if kind == "pricing":
        told["steps_down"] = list(price_lint.steps_down(found.content, now))
    return Data(data=told)


def started(job: Job, answer: dict[str, Any]) -> Start[Data]:
    return Start(
        orchestrator=REAPPLY_JOB,
        instance_id=job.instance_id,
        request=ReapplyJob(job_id=job.id, attempt=job.attempt),
        answer=Data(data=answer),
    )


def shown(found: RuleSet[Any]) -> dict[str, Any]:
    """A set as people read it."""
    content = found.content.model_dump(exclude={"rules"})
    rules = [wire.said(rule) for rule in found.content.rules]
    return {"rule_set": found.header.model_dump() | content, "rules": rules}


def _content(kind: Kind, asked: NewDraft) -> Any:
    if asked.seed is not None:
        if asked.seed not in SEEDS[kind]:
            raise Invalid("There is no such seed.", fields={"seed": ", ".join(SEEDS[kind])})
        return SEEDS[kind][asked.seed]()
    model = MODELS[kind]
    if asked.csv is not None:
        rules = wire.from_csv(model, asked.csv)
    else:
        rules = [wire.understood(model, given) for given in asked.rules or ()]
    return _checked(CONTENTS[kind], {"rules": [rule.model_dump() for rule in rules]})


def _with_settings(content: Any, asked: NewDraft) -> Any:
    given = asked.model_dump(include={"base_margins", "rounding", "movement_limit"})
    given = {name: value for name, value in given.items() if value is not None}
    return _checked(type(content), content.model_dump() | given) if given else content


def _checked(model: Any, said: dict[str, Any]) -> Any:
    """The whole set once more, because parts that are right may contradict each other."""
    try:
        return model.model_validate(said)
    except ValueError as error:
        raise Invalid(f"The rule set is not valid: {error}") from error


def _draft(conn: Any, kind: Kind, asked: SavedRule, by: Author) -> RuleSet[Any]:
    """The named draft; else the open one, or with recalculation a copy of the active set."""
    source = jobs.BOOKS[kind]
    if asked.version is not None:
        return book.editable(source, conn, asked.version)
    if asked.at_once:
        current = book.active(source, conn)
        return book.draft(source, conn, current.content, by, copied_from=current.version)
    return book.open_draft(source, conn, by)


def _settled(  # noqa: PLR0917 - reads as a sentence
    conn: Any,
    kind: Kind,
    drafted: int,
    by: Author,
    asked: SavedRule,
    said: dict[str, Any],
    trigger: Any,
    rule: Any,
) -> Start[Data] | Data:
    if not asked.at_once:
        return Data(data=said)
    _, job = preview.apply(
        conn,
        kind,
        drafted,
        by,
        trigger=trigger,
        rule_id=rule.id,
        rule_snapshot=rule.model_dump(mode="json"),
    )
    return started(job, said | {"reapply_job_id": job.id})
