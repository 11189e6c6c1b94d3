"""What Prometheus and Azure Monitor are told of runs, queues and quarantine."""

from prometheus_client.parser import text_string_to_metric_families

from http_api import metrics
from tests.ingestion.conftest import Shop
from tests.support.http import call


def samples() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """The endpoint's text, read by Prometheus' own parser."""
    answered = call(metrics.get_metrics)
    assert answered.status == 200
    families = text_string_to_metric_families(answered.raw.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def of(name: str, **labels: str) -> float | None:
    return samples().get((name, frozenset(labels.items())))


def test_before_the_first_run_there_is_nothing_to_tell_of_feeds(shop: Shop) -> None:
    assert of("opus_stones", feed=shop.feed.name) is None


def test_a_run_shows_how_far_it_is_and_what_waits(shop: Shop) -> None:
    run = shop.open()
    shop.fetch(run.run_id)

    feed = shop.feed.name
    assert of("opus_open_partitions", feed=feed, status="completed") == 6
    assert of("opus_run_fetched_stones", feed=feed) == 300
    assert of("opus_queued_stones", feed=feed) == 300
    assert of("opus_run_age_seconds", feed=feed) is None


def test_a_completed_run_shows_its_age_and_its_stones(shop: Shop) -> None:
    shop.run()

    feed = shop.feed.name
    age = of("opus_run_age_seconds", feed=feed)
    assert age is not None
    assert 0 <= age < 60
    assert of("opus_stones", feed=feed) == 300
    assert of("opus_run_status", feed=feed, status="completed") == 1
    assert of("opus_waiting_messages", queue="outbox-log") == 1


def test_requests_are_timed_by_operation_and_status(shop: Shop) -> None:
    shop.run()
    counted = [
        of("opus_request_seconds_count", operation="get_metrics", status="200") for _ in range(3)
    ]

    assert counted[2] - counted[1] == counted[1] - counted[0] == 1  # type: ignore[operator]
