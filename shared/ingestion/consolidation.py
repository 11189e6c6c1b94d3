"""From the queue to the catalogue, batch by batch; each batch is one transaction."""

from time import monotonic
from uuid import UUID

from shared.ingestion import queries, runs
from shared.platform import db
from shared.platform.log import Log
from shared.platform.settings import settings

log = Log("ingestion.consolidation")


def consolidate(run_id: UUID) -> int:
    """Consolidate batches of the run's feed until its queue is empty or the time is up.

    Returns how many stones still wait. Safe beside itself: a batch takes what nobody else took.
    """
    ingest = settings().ingest
    deadline = monotonic() + ingest.seconds_per_activity
    with db.transaction() as conn:
        feed = runs.get_run(conn, run_id).feed
    while monotonic() < deadline:
        if not _batch(run_id, feed, ingest.consolidation_batch):
            break
    with db.transaction() as conn:
        return queries.count_queued(conn, feed=feed)


def _batch(run_id: UUID, feed: str, limit: int) -> int:
    with db.transaction() as conn:
        batch = queries.consolidate_batch(conn, feed=feed, limit=limit, run_id=run_id)
        if batch.taken:
            queries.add_consolidated(conn, run_id=run_id, batch=batch)
        if batch.wrote:
            queries.bump_dataset_version(conn, feed=feed)
    if batch.unpriced:
        log.error("stones quarantined: no price", run_id=run_id, stones=batch.unpriced)
    return batch.taken
