"""One trace from the request that starts a run to the last statement it sends to the database."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.installation import Installation
from tests.support.partners import serving

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Collector:
    """An OpenTelemetry collector that keeps what it is sent."""

    spans: list[Span] = field(default_factory=list)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    async def take(self, request: Request) -> Response:
        sent = ExportTraceServiceRequest.FromString(await request.body())
        with self._writing:
            self.spans += [
                span
                for resource in sent.resource_spans
                for scope in resource.scope_spans
                for span in scope.spans
            ]
        answer = ExportTraceServiceResponse().SerializeToString()
        return Response(answer, media_type="application/x-protobuf")

    @contextmanager
    def serving(self) -> Iterator[str]:
        with serving(Starlette(routes=[Route("/v1/traces", self.take, methods=["POST"])])) as url:
            yield url


@dataclass
class Tree:
    spans: list[Span]

    def __post_init__(self) -> None:
        self.by_id = {span.span_id: span for span in self.spans}

    def path(self, span: Span) -> list[str]:
        """The names from the root down to this span."""
        above = self.by_id.get(span.parent_span_id)
        return [*(self.path(above) if above else []), span.name]

    def paths(self) -> Counter[tuple[str, ...]]:
        return Counter(tuple(self.path(span)) for span in self.spans)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    collector = Collector()
    with collector.serving() as url:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        yield collector


def test_one_trace_spans_request_orchestration_activities_supplier_and_sql(
    collector: Collector, installation: Installation
) -> None:
    installation.client.headers["traceparent"] = CALLER
    run_id = installation.begin()
    del installation.client.headers["traceparent"]
    run = installation.follow(run_id)
    installation.app.stop()

    ours = [span for span in collector.spans if span.trace_id.hex() == CALLER.split("-")[1]]
    paths = Tree(ours).paths()
    fetching = ("start_run", "ingest_run", "ingest_partition", "ingest_pages")
    assert [path for path in paths if len(path) == 1] == [("start_run",)]
    assert paths[("start_run",)] == 1
    assert paths[("start_run", "ingest_run")] == 1
    assert paths[("start_run", "ingest_run", "plan_run")] == 1
    assert paths[fetching[:3]] >= len(run["partitions"])
    pages = sum(partition["pages"] for partition in run["partitions"])
    assert paths[(*fetching, "the demo supplier")] > pages
    assert paths[(*fetching, "advance_partition")] > 0
    assert paths[("start_run", "ingest_run", "consolidate_feed", "consolidate")] > 0
    assert paths[("start_run", "ingest_run", "close_run")] == 1
