"""Where a supplier's stones are on its price axis: scans, their history, a dry run."""

from datetime import datetime
from decimal import Decimal
from math import ceil
from uuid import UUID, uuid4

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Nothing, Start, endpoint, starter
from shared.access.model import Scope
from shared.feeds import registry
from shared.feeds.model import PriceRange
from shared.ingestion import density, heatmap, planning, runs
from shared.ingestion.heatmap import Cell, Heatmap
from shared.ingestion.payloads import ScanFeed
from shared.platform.db import request_transaction
from shared.platform.errors import NotFound
from shared.platform.settings import settings

bp = df.Blueprint()

SCAN_FEED = "scan_feed"


class ScanNotFound(NotFound):
    code = "SCAN_NOT_FOUND"
    hint = "A scan appears here once it has counted everything; ask again in a few seconds."


class StartScan(Asked):
    feed: str = "demo"


class ScanList(Asked):
    feed: str = "demo"
    limit: int = Field(default=20, ge=1, le=100)


class Started(Answer):
    scan_id: UUID
    feed: str


class StartedScan(Answer):
    data: Started


class ScanView(Answer):
    scan_id: UUID
    scan_type: str
    scanned_at: datetime
    cells: int
    stones: int


class Scans(Answer):
    data: list[ScanView]


class CellView(Answer):
    low: Decimal
    high: Decimal | None
    stones: int


class Plan(Answer):
    """What a full run would do now."""

    partitions: list[CellView]
    page_calls: int
    seconds: float | None
    """At the pace of the last completed full run; none before the first."""


class ScanDetail(Answer):
    scan_id: UUID
    stones: int
    cells: list[CellView]
    plan: Plan


class OneScan(Answer):
    data: ScanDetail


@bp.route("v2/heatmap/scans", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.RUNS_WRITE, body=StartScan, status=202)
def start_scan(call: Call[StartScan]) -> Start[StartedScan]:
    """Count a supplier's axis without starting a run; 409 while another feed of its is read."""
    feed = registry.feed(call.asked.feed)
    with request_transaction() as conn:
        runs.refuse_beside_another(conn, feed)
    scan_id, ingest = uuid4(), settings().ingest
    request = ScanFeed(
        scan_id=scan_id,
        feed=feed.name,
        retry_seconds=ingest.retry_seconds,
        attempts=ingest.attempts,
    )
    answer = StartedScan(data=Started(scan_id=scan_id, feed=feed.name))
    return Start(SCAN_FEED, f"scan-{scan_id}", request, answer)


@bp.route("v2/heatmap/scans", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ, query=ScanList)
def list_scans(call: Call[ScanList]) -> Scans:
    """A feed's scans, newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = density.list_scans(conn, feed=registry.feed(asked.feed).name, limit=asked.limit)
    return Scans(data=[ScanView.model_validate(scan) for scan in found])


@bp.route("v2/heatmap/scans/{scan_id}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ)
def get_scan(call: Call[Nothing]) -> OneScan:
    """A scan's cells, and the partitions and calls a full run would come to: its dry run."""
    scan_id = call.id("scan_id")
    with request_transaction() as conn:
        found = density.list_density(conn, scan_id=scan_id)
        if not found:
            raise ScanNotFound(f"There is no scan {scan_id}.")
        a_page = density.seconds_a_page(conn, feed=found[0].feed)
    cells = [Cell(PriceRange(cell.range_low, cell.range_high), cell.stones) for cell in found]
    scanned = Heatmap(cells, 0)
    planned = heatmap.plan(scanned, planning.wanted(scanned.stones))
    calls = _page_calls(planned, found[0].feed)
    seconds = None if a_page is None else round(a_page * calls, 1)
    plan = Plan(partitions=_views(planned), page_calls=calls, seconds=seconds)
    return OneScan(
        data=ScanDetail(scan_id=scan_id, stones=scanned.stones, cells=_views(cells), plan=plan)
    )


def _views(cells: list[Cell]) -> list[CellView]:
    return [
        CellView(low=cell.range.low, high=cell.range.high, stones=cell.stones) for cell in cells
    ]


def _page_calls(partitions: list[Cell], feed: str) -> int:
    """Every page but a partition's first repeats one stone, and every end is an empty page."""
    size = registry.feed(feed).page_size
    return sum(ceil(part.stones / max(size - 1, 1)) + 2 for part in partitions)
