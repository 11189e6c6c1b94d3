"""What queue messages ask for: done, or kept with the reason it cannot be done."""

import json
from dataclasses import dataclass

from pydantic import ValidationError

from shared.ingestion import queries, runs
from shared.ingestion.messages import (
    CONSOLIDATE,
    WORK_DONE,
    WORK_ITEMS,
    Body,
    RedrivePartition,
    StartConsolidation,
)
from shared.ingestion.model import Run
from shared.notifications import dead_letters, outbox
from shared.notifications.model import Posted
from shared.platform import db
from shared.platform.errors import Conflict, Refusal, Unavailable
from shared.platform.log import Log

log = Log("ingestion.work")

FIRST_WAIT_SECONDS = 60
LONGEST_WAIT_SECONDS = 3_600
PUT_OFF_AT_MOST = 24
KEY_LENGTH = 200


@dataclass(frozen=True)
class Delivered:
    """A message as it came, from Service Bus or from our own outbox."""

    queue: str
    message_id: str
    body: str
    deliveries: int = 1
    trace_id: str | None = None


class MessageUnusable(Refusal):
    """Its body says nothing that this version understands."""


class NeedsForce(Conflict):
    """The run ended short, and the message does not say to go on."""


def consume(message: Delivered) -> Run | None:
    """Do what the message asks for; returns a run that now needs an orchestration.

    A busy supplier is met again later. Raises only what another delivery can cure. Safe to repeat.
    """
    try:
        return _done(message)
    except Unavailable:
        raise
    except runs.RunInProgress as busy:
        _put_off(message, busy)
        return None
    except Refusal as refusal:
        bury(message, f"{type(refusal).__name__}: {refusal.message}")
        return None


def _put_off(message: Delivered, busy: runs.RunInProgress) -> None:
    """Send it once more, ever later, until the supplier has been busy for most of a day."""
    times = Body.model_validate_json(message.body).put_off
    if times >= PUT_OFF_AT_MOST:
        bury(message, f"{type(busy).__name__}: put off {times} times. {busy.message}")
        return
    later = json.loads(message.body) | {"putOff": times + 1}
    wait = min(FIRST_WAIT_SECONDS * 2**times, LONGEST_WAIT_SECONDS)
    key = f"later:{message.queue}:{message.message_id}"[:KEY_LENGTH]
    posted = Posted(queue=message.queue, body=json.dumps(later))
    with db.transaction() as conn:
        outbox.post(conn, posted, category="put_off", key=f"{key}:{times + 1}", wait_seconds=wait)
    log.info("message put off", queue=message.queue, id=message.message_id, seconds=wait)


def bury(message: Delivered, reason: str) -> None:
    with db.transaction() as conn:
        dead_letters.bury(
            conn,
            queue=message.queue,
            message_id=message.message_id,
            body=message.body,
            reason=reason,
            deliveries=message.deliveries,
        )
    log.warning("message buried", queue=message.queue, id=message.message_id, reason=reason)


def _done(message: Delivered) -> Run | None:
    try:
        if message.queue == WORK_ITEMS:
            return _redriven(RedrivePartition.model_validate_json(message.body))
        if message.queue == CONSOLIDATE:
            return _consolidating(StartConsolidation.model_validate_json(message.body))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors()]
        raise MessageUnusable("; ".join(faults)[:500]) from error
    if message.queue != WORK_DONE:
        raise MessageUnusable(f"nobody consumes {message.queue}")
    log.info("work done", body=message.body)
    return None


def _redriven(asked: RedrivePartition) -> Run | None:
    try:
        run, reopened = runs.retry_run(asked.run_id, asked.partition_id)
    except runs.NothingToRetry:
        if not _exists(asked):
            raise
        return None  # it is under way or done: an earlier delivery had arrived
    log.info("partition redriven", run_id=asked.run_id, partition=asked.partition_id)
    return run if reopened else None


def _exists(asked: RedrivePartition) -> bool:
    with db.transaction() as conn:
        found = queries.find_partition(conn, run_id=asked.run_id, partition_id=asked.partition_id)
    return found is not None


def _consolidating(asked: StartConsolidation) -> Run | None:
    """A run consolidates by itself; one that ended short does when told to."""
    with db.transaction() as conn:
        run = runs.get_run(conn, asked.run_id)
    short = run.status in ("failed", "cancelled")
    if short and not asked.force:
        raise NeedsForce(f"Run {run.run_id} is {run.status}: only force consolidates it.")
    if run.status in ("running", "completed") or not asked.force:
        log.info("nothing to consolidate", run_id=run.run_id, status=run.status)
        return None
    return runs.force_run(run.run_id, forced_by=CONSOLIDATE)
