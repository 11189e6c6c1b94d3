from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from local import environment
from shared.feeds import registry
from shared.ingestion import assessment, closing, consolidation, pages, planning, queries
from shared.ingestion.model import Run, RunStatus, RunType
from shared.ingestion.summary import Summary, summarise
from shared.platform import clock, db
from tests.conftest import AppSettings
from tests.support import host
from tests.support.feeds import ShelfFeed

STATUS: dict[str, RunStatus] = {
    "complete": "completed",
    "partial": "partial",
    "failed": "failed",
    "cancelled": "cancelled",
}


class Shop:
    """The app on a database of its own, with one invented supplier, driven step by step."""

    def __init__(self, feed: ShelfFeed) -> None:
        self.feed = feed

    def open(self, run_type: RunType = "full", *, since: datetime | None = None) -> Run:
        with db.transaction() as conn:
            return queries.insert_run(
                conn,
                run_id=uuid4(),
                feed=self.feed.name,
                provider=self.feed.provider,
                run_type=run_type,
                requested_by="a test",
                watermark_before=None,
                read_from=since,
                captured_at=clock.now(),
            )

    def fetch(self, run_id: UUID) -> None:
        for number in planning.plan_run(run_id):
            self.fetch_partition(run_id, f"partition-{number}")

    def fetch_partition(self, run_id: UUID, partition_id: str) -> str:
        while (state := pages.ingest_pages(run_id, partition_id)) == "more":
            pass
        return state

    def settle(self, run_id: UUID) -> Summary:
        decision = self.settle_up_to_closing(run_id)
        closing.close_run(run_id, STATUS[decision], None)
        return self.summary(run_id)

    def settle_up_to_closing(self, run_id: UUID) -> str:
        verdict, still_open = assessment.assess_run(run_id)
        while verdict.decision == "wait" and still_open:
            self.fetch(run_id)
            verdict, still_open = assessment.assess_run(run_id)
        if verdict.decision in ("complete", "partial"):
            while consolidation.consolidate(run_id):
                pass
        return verdict.decision

    def run(self, run_type: RunType = "full", *, since: datetime | None = None) -> Summary:
        run = self.open(run_type, since=since)
        self.fetch(run.run_id)
        return self.settle(run.run_id)

    def summary(self, run_id: UUID) -> Summary:
        with db.transaction() as conn:
            run = queries.find_run(conn, run_id=run_id)
            assert run is not None
            return summarise(conn, run)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with db.transaction() as conn:
            return conn.execute(statement.encode()).fetchall()


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A blob service of the tests' own."""
    state = tmp_path_factory.mktemp("blobs")
    with host.running(host.APPS / "samples", state, {}, "--blobs", str(state / "files")) as served:
        yield environment.storage(f"{served.url}/{environment.DEVELOPMENT_ACCOUNT}")


@pytest.fixture
def shop(database_url: str, storage: str, app_settings: AppSettings) -> Iterator[Shop]:
    app_settings(
        DATABASE_URL=database_url,
        AzureWebJobsStorage=storage,
        INGEST_STONES_PER_PARTITION="50",
        INGEST_GRACE_SECONDS="0",
        INGEST_CONSOLIDATION_BATCH="100",
        INGEST_STONES_PER_WRITE="1",
        INGEST_RECOUNT_TOLERANCE="0.02",
    )
    feed = ShelfFeed(stones=300)
    with registry.registered(feed):
        yield Shop(feed)
