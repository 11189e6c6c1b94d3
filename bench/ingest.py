"""The page path: `python -m bench.ingest [stones [writers]]` prints one JSON document.

Pages of Nivoda's listings, made beforehand, are written by the app's own activities and, in the
same run, the documented way, by one writer and by two, each a process; then plain COPY, which no
way can beat. First load, the same pages once more, and with every hundredth stone changed.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from multiprocessing.connection import Connection as Pipe
from typing import Any, Literal, NamedTuple, Self
from uuid import UUID, uuid4

import psycopg

from bench.catalogue import database, use
from bench.cost import Backends, cost_of, peak_rss_mb
from bench.prior_pages import TABLES, PriorWorker
from bench.processes import context
from bench.shelf import Shelf, ShelvedFeed, reprice
from shared.feeds import registry
from shared.ingestion import pages, queries
from shared.platform import clock, db, exact_json

Way = Literal["ours", "documented", "documented, one transaction a page"]
WAYS: tuple[Way, ...] = ("documented", "documented, one transaction a page", "ours")
PHASES = ("first load", "unchanged", "1 % changed")
CHANGED_EVERY = 100
EMPTY = """
    TRUNCATE raw_diamonds, staged_diamonds, consolidation_queue, run_sightings,
             run_metadata, prior_raw, prior_progress, prior_worker_runs CASCADE
"""
END_RUN = "UPDATE run_metadata SET status = 'cancelled', completed_at = now() WHERE run_id = %s"
LEDGER = """
    SELECT sum(fetched), sum(new), sum(changed), sum(unchanged), sum(duplicate), sum(quarantined)
      FROM partition_progress WHERE run_id = %s
"""
PLAIN = "CREATE UNLOGGED TABLE plain_{kind} (payload {kind})"


class Share(NamedTuple):
    """A writer's stretch of the shelf."""

    url: str
    number: int
    begins: int
    stones: int
    page_size: int


class Spent(NamedTuple):
    seconds: float
    cpu: float
    rss_above_mb: float
    """Of the most memory it took, what came on top of the listings."""


class Writer:
    """One worker of the app's and one of the documented kind, with the same listings."""

    def __init__(self, share: Share) -> None:
        use(share.url)
        self._share = share
        self._items = Shelf(share.begins + share.stones).listings(share.begins, share.stones)
        self._rss = peak_rss_mb()
        self._priors = {way: PriorWorker(share.url, together="," in way) for way in WAYS[:2]}

    def work(self, way: Way, run_id: UUID) -> Spent:
        cpu, began = time.process_time(), time.perf_counter()
        self._ours(run_id) if way == "ours" else self._prior(way)
        seconds = time.perf_counter() - began
        return Spent(seconds, time.process_time() - cpu, peak_rss_mb() - self._rss)

    def change(self) -> None:
        reprice(self._items, CHANGED_EVERY)

    def _ours(self, run_id: UUID) -> None:
        share = self._share
        feed = ShelvedFeed(self._items, begins=share.begins, page_size=share.page_size)
        with registry.registered(feed):
            while pages.ingest_pages(run_id, f"partition-{share.number}") == "more":
                pass

    def _prior(self, way: Way) -> None:
        share = self._share
        self._priors[way].ingest(f"partition-{share.number}", self._items, share.page_size)


def serve(share: Share, asked: Pipe) -> None:
    """The life of a writer's process."""
    writer = Writer(share)
    asked.send(None)
    while order := asked.recv():
        name, *given = order
        asked.send(getattr(writer, name)(*given))


class Crew:
    """Writers in processes of their own, told what to do all at once."""

    def __init__(self, url: str, stones: int, writers: int, page_size: int) -> None:
        each = stones // writers
        self.url, self.stones = url, each * writers
        self.shares = [Share(url, n, n * each, each, page_size) for n in range(writers)]
        self._processes: list[Any] = []
        self._pipes: list[Pipe] = []

    def __enter__(self) -> Self:
        for share in self.shares:
            ours, theirs = context().Pipe()
            process = context().Process(target=serve, args=(share, theirs), daemon=True)
            process.start()
            self._processes.append(process)
            self._pipes.append(ours)
        self._answers()
        return self

    def __exit__(self, *_: object) -> None:
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            pipe.send(None)
            process.join()

    def all(self, name: str, *given: Any) -> list[Any]:
        for pipe in self._pipes:
            pipe.send((name, *given))
        return self._answers()

    def _answers(self) -> list[Any]:
        return [pipe.recv() for pipe in self._pipes]


def open_run(shares: Sequence[Share]) -> UUID:
    """A run whose partitions are the writers' stretches of the shelf."""
    with db.transaction() as conn:
        run = queries.insert_run(
            conn,
            run_id=uuid4(),
            feed="nivoda-natural",
            provider="nivoda",
            run_type="full",
            requested_by="bench",
            watermark_before=None,
            read_from=None,
            captured_at=clock.now(),
        )
        queries.plan_run(conn, run_id=run.run_id, expected=0, count_calls=0)
        queries.insert_partitions(
            conn,
            run_id=run.run_id,
            lows=[Decimal(share.begins) for share in shares],
            highs=[Decimal(share.begins + share.stones) for share in shares],
            expected=[share.stones for share in shares],
        )
    return run.run_id


@contextmanager
def a_run(crew: Crew) -> Iterator[UUID]:
    """Open while the work lasts; afterwards its books must balance to the stone."""
    run_id = open_run(crew.shares)
    yield run_id
    with db.transaction() as conn:
        fetched, *sorted_as = conn.execute(LEDGER, [run_id]).fetchone() or (0,)
        if not fetched == sum(sorted_as) == crew.stones:
            raise ValueError(f"{crew.stones} stones became {fetched}: {sorted_as}")
        conn.execute(END_RUN, [run_id])


def measured(crew: Crew, backends: Backends, way: Way) -> dict[str, Any]:
    spent: list[Spent] = []
    with a_run(crew) if way == "ours" else _no_run() as run_id:
        cost = cost_of(lambda: spent.extend(crew.all("work", way, run_id)), backends)
    seconds, app = max(one.seconds for one in spent), sum(one.cpu for one in spent)
    return {
        "rows_per_second": round(crew.stones / seconds),
        "cpu_seconds": round(app + cost.database_cpu, 3),
        "app_us_a_row": round(app * 1e6 / crew.stones, 1),
        "database_us_a_row": round(cost.database_cpu * 1e6 / crew.stones, 1),
        "rss_above_listings_mb": round(max(one.rss_above_mb for one in spent), 1),
    }


@contextmanager
def _no_run() -> Iterator[None]:
    yield None


def by_writers(url: str, stones: int, writers: int, page_size: int) -> dict[str, Any]:
    """Every phase and way; the ways take turns, so that all meet the same noise."""
    backends = Backends(url)
    figures: dict[str, Any] = {}
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(EMPTY)
    with Crew(url, stones, writers, page_size) as crew:
        for phase in PHASES:
            if phase == "1 % changed":
                crew.all("change")
            figures[phase] = {}
            for way in WAYS:
                figures[phase][way] = measured(crew, backends, way)
    return {phase: found | {"ratio": _ratios(found)} for phase, found in figures.items()}


def _ratios(found: dict[Way, dict[str, Any]]) -> dict[str, Any]:
    ours = found["ours"]
    return {
        way: {
            "rows_per_second": _times(ours["rows_per_second"], found[way]["rows_per_second"]),
            "cpu": _times(found[way]["cpu_seconds"], ours["cpu_seconds"]),
        }
        for way in WAYS[:2]
    }


def _times(one: float, other: float) -> float:
    return round(one / other, 1) if other else 0.0


def physical_limit(url: str, stones: int) -> dict[str, Any]:
    """COPY of the payloads alone into an unlogged table without an index, as each type."""
    payloads = [exact_json.canonical(item) for item in Shelf(stones).listings(0, stones)]
    backends, figures = Backends(url), {}
    with psycopg.connect(url, autocommit=True) as conn:
        for kind in ("jsonb", "json"):
            conn.execute(PLAIN.format(kind=kind).encode())
            cost = cost_of(partial(_copy, conn, kind, payloads), backends)
            figures[kind] = {
                "rows_per_second": round(stones / cost.seconds),
                "us_a_row": round(cost.cpu * 1e6 / stones, 1),
            }
    return figures


def _copy(conn: psycopg.Connection, kind: str, payloads: Sequence[bytes]) -> None:
    with conn.cursor() as cursor, cursor.copy(f"COPY plain_{kind} FROM STDIN".encode()) as rows:
        for payload in payloads:
            rows.write_row([payload.decode()])


def measure(stones: int, setups: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """By so many writers, with pages of this size, each."""
    with database() as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(TABLES)
        figures = {
            f"{writers} writers, pages of {page_size}": by_writers(url, stones, writers, page_size)
            for writers, page_size in setups
        }
        limit = physical_limit(url, min(stones, 20_000))
    return {"stones": stones, "plain_copy": limit, **figures}


def main() -> None:
    given = [int(argument) for argument in sys.argv[1:]]
    stones, *writers = given or [40_000]
    setups = [(count, 40) for count in writers] or [(1, 40), (2, 40), (2, 50)]
    print(json.dumps(measure(stones, setups), indent=2))


if __name__ == "__main__":
    main()
