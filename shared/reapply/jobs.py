"""Starting, following, cancelling, resuming and reverting jobs; the database decides every race."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection

from shared.platform import clock, db
from shared.platform.errors import Conflict, NotFound
from shared.platform.log import Log
from shared.pricing import sets as pricing
from shared.rating import sets as rating
from shared.reapply import queries, standing
from shared.reapply.model import Job, Trigger
from shared.rules import book
from shared.rules.book import Author, Book, Kind

log = Log("reapply.jobs")

BOOKS: dict[Kind, Book[Any]] = {"pricing": pricing.BOOK, "rating": rating.BOOK}
ONE_OPEN_JOB = "reapply_jobs_one_open_per_kind"
QUIET_SECONDS = 90
"""A live job moves every second; a batch may take a minute at worst."""


class JobInProgress(Conflict):
    code = "REAPPLY_IN_PROGRESS"
    hint = "Wait for it, or cancel it; nothing of this request was saved."


class JobNotFound(NotFound):
    code = "REAPPLY_JOB_NOT_FOUND"


class JobNotReady(Conflict):
    code = "REAPPLY_JOB_NOT_READY"


class JobSuperseded(Conflict):
    code = "REAPPLY_JOB_SUPERSEDED"
    hint = "Other rules are active now; start a new job instead."


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Around the transaction that opens a job: a busy kind refuses all of it."""
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        if db.violated(error, ONE_OPEN_JOB):
            raise JobInProgress("A job of the same kind is still running.") from error
        raise


def open_job(
    conn: Connection,
    kind: Kind,
    by: Author,
    *,
    trigger: Trigger = "manual",
    previous_version: int | None = None,
    rule_id: UUID | None = None,
    rule_snapshot: dict[str, Any] | None = None,
) -> Job:
    """Claim the right to apply the active rules; raises UniqueViolation while a job is open."""
    return queries.insert_job(
        conn,
        id=uuid4(),
        kind=kind,
        rule_set_version=book.active(BOOKS[kind], conn).version,
        previous_version=previous_version,
        trigger_type=trigger,
        rule_id=rule_id,
        rule_snapshot=rule_snapshot,
        requested_by=by.actor,
        reason=by.reason,
    )


def start(kind: Kind, by: Author, *, trigger: Trigger = "manual") -> Job:
    with one_at_a_time(), db.transaction() as conn:
        return open_job(conn, kind, by, trigger=trigger)


def get(conn: Connection, kind: Kind, job_id: UUID) -> Job:
    job = queries.find_job(conn, kind=kind, job_id=job_id)
    if job is None:
        raise JobNotFound(f"There is no {kind} job {job_id}.")
    return job


def cancel(conn: Connection, kind: Kind, job_id: UUID) -> Job:
    """Stop a job now; what it changed stays, and can be reverted or resumed."""
    job = queries.cancel_job(conn, kind=kind, job_id=job_id)
    return job or _not_ready(get(conn, kind, job_id), "cancelled")


def resume(kind: Kind, job_id: UUID) -> Job:
    """Claim another attempt at a failed or cancelled job; it goes on where it stopped."""
    with one_at_a_time(), db.transaction() as conn:
        job = get(conn, kind, job_id)
        active = book.active(BOOKS[kind], conn).version
        if job.direction == "apply" and active != job.rule_set_version:
            raise JobSuperseded(f"The job applied rule set {job.rule_set_version}.")
        resumed = queries.resume_job(conn, job_id=job.id, attempt=job.attempt)
        return resumed or _not_ready(job, "resumed")


def revert(kind: Kind, job_id: UUID, by: Author) -> Job:
    """Undo what a job did, and bring back the rules that were active before it."""
    with one_at_a_time(), db.transaction() as conn:
        turned = queries.turn_back_job(conn, kind=kind, job_id=job_id)
        job = turned or _not_ready(get(conn, kind, job_id), "reverted")
        standing.own(conn)  # after the job's row, as a batch does: never the other way round
        active = book.active(BOOKS[kind], conn).version
        if job.previous_version is not None and active == job.rule_set_version:
            book.activate(BOOKS[kind], conn, job.previous_version, by)
        return job


def fail(job_id: UUID, attempt: int, error: str) -> None:
    with db.transaction() as conn:
        job = queries.fail_job(conn, job_id=job_id, attempt=attempt, error=error)
    if job:
        log.error("job failed", job_id=job_id, error=error, next_retry_at=job.next_retry_at)


def list_watched() -> list[Job]:
    with db.transaction() as conn:
        return queries.list_jobs_to_watch(conn, quiet_seconds=QUIET_SECONDS)


def taken_over(job: Job) -> Job | None:
    """The next attempt at a failed job, or at one whose orchestration died; only one claims it."""
    try:
        if job.status == "failed":
            return resume(job.kind, job.id)
        with db.transaction() as conn:
            return queries.take_over_job(conn, job_id=job.id, attempt=job.attempt)
    except Conflict as refused:
        log.warning("job left alone", job_id=job.id, reason=refused.message)
        return None


def due(kind: Kind) -> Job | None:
    """A job for rules that began or ended by their dates since the last one."""
    with db.transaction() as conn:
        boundary = queries.scheduled_boundary(conn, kind=kind, at=clock.now())
    if boundary is None:
        return None
    try:
        return start(kind, Author("schedule", f"rules changed at {boundary}"), trigger="schedule")
    except JobInProgress:
        return None


def _not_ready(job: Job, wanted: str) -> NoReturn:
    raise JobNotReady(f"Job {job.id} is {job.status} ({job.direction}) and cannot be {wanted}.")
