"""The work of a job: batch after batch, each one transaction that holds the job and the pricing.

A batch finds the job cancelled, failed or claimed by a later attempt before it does anything, so a
cancellation waits for one batch at most and two runners never write the same stones.
"""

from time import monotonic
from typing import Literal
from uuid import UUID

from psycopg import Connection

from shared.platform import clock, db
from shared.platform.log import Log
from shared.reapply import queries, standing
from shared.reapply.model import Job, Progress, Span
from shared.reapply.standing import Standing

log = Log("reapply")

BATCH = 10_000
"""A third of a second's work: progress moves and a cancellation is heard in well under a second."""
SECONDS = 60
"""How long one activity works; an orchestration's history grows by one step a minute."""

State = Literal["more", "completed", "stopped"]


class RulesMoved(Exception):
    """The job's rule set is no longer the active one."""


def work(job_id: UUID, attempt: int, *, batch: int = BATCH, seconds: float = SECONDS) -> State:
    """Go on where the job stopped, until it is done, stopped, or the time is up."""
    deadline = monotonic() + seconds
    while (state := _batch(job_id, attempt, batch)) == "more":
        if monotonic() > deadline:
            break
    return state


def _batch(job_id: UUID, attempt: int, limit: int) -> State:
    with db.transaction() as conn:
        job = queries.hold_job(conn, job_id=job_id, attempt=attempt)
        if job is None:
            return "stopped"
        standing.own(conn)
        span = _next(conn, job, limit)
        if span is not None:
            progress = _progress(conn, job, span)
            queries.advance_job(conn, job_id=job.id, progress=progress)
            queries.bump_datasets(conn, feeds=progress.feeds)
            return "more"
        queries.complete_job(conn, job_id=job.id, attempt=attempt)
    log.info(
        "rules applied",
        job_id=job.id,
        kind=job.kind,
        direction=job.direction,
        updated=job.updated_diamonds,
        reverted=job.reverted_diamonds,
    )
    return "completed"


def _next(conn: Connection, job: Job, limit: int) -> Span | None:
    if job.direction == "revert":
        return queries.next_changes(conn, job_id=job.id, after=job.done_to, limit=limit)
    return queries.next_stones(conn, after=job.done_to, limit=limit)


def _progress(conn: Connection, job: Job, span: Span) -> Progress:
    if job.direction == "revert":
        return _back(conn, job, span)
    rules = standing.standing(conn)
    if _version(job, rules) != job.rule_set_version:
        raise RulesMoved(f"rule set {job.rule_set_version} is no longer active")
    if job.kind == "rating":
        return queries.rerate_batch(conn, rules, job_id=job.id, span=span)
    return queries.reprice_batch(conn, rules, origin="reapply", origin_id=job.id, span=span)


def _back(conn: Connection, job: Job, span: Span) -> Progress:
    if job.kind == "rating":
        version = job.rule_set_version
        return queries.unrate_batch(conn, job_id=job.id, version=version, span=span)
    return queries.unprice_batch(conn, job_id=job.id, span=span, at=clock.now())


def _version(job: Job, rules: Standing) -> int:
    return rules.pricing_version if job.kind == "pricing" else rules.rating_version
