"""What is measured, once for two outlets: Azure Monitor by OpenTelemetry, and /api/metrics."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from opentelemetry import metrics
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector

METER = metrics.get_meter("diamond-opus")
REGISTRY = CollectorRegistry()
"""This process only; its own CPU, memory and file descriptors included."""
ProcessCollector(registry=REGISTRY)


class Timing:
    """How often something happened and how many seconds it took, by labels with few values."""

    def __init__(self, name: str, about: str, *labels: str) -> None:
        self._prometheus = Histogram(name, about, labels, registry=REGISTRY)
        self._azure = METER.create_histogram(name, unit="s", description=about)

    def observe(self, seconds: float, **labels: str) -> None:
        self._prometheus.labels(**labels).observe(seconds)
        self._azure.record(seconds, labels)

    @contextmanager
    def during(self, **labels: str) -> Iterator[None]:
        """Time the block; `outcome` says whether it raised."""
        began, outcome = perf_counter(), "failed"
        try:
            yield
            outcome = "done"
        finally:
            self.observe(perf_counter() - began, outcome=outcome, **labels)


REQUESTS = Timing("opus_request_seconds", "Requests answered.", "operation", "status")
ACTIVITIES = Timing("opus_activity_seconds", "Durable activities.", "activity", "outcome")
PARTNERS = Timing("opus_partner_call_seconds", "Calls to partners.", "partner", "outcome")
