"""One pace for a supplier, however many ask; measured where it counts: at the supplier."""

import random
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from subprocess import PIPE, Popen
from time import monotonic, sleep

import httpx
import psycopg
import pytest

from shared.feeds.model import FeedUnreachable
from shared.feeds.rate_limit import SharedPace
from shared.platform import db
from tests.support import nivoda
from tests.support.host import REPOSITORY

PER_SECOND = 25
INSTANCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
import httpx
from shared.feeds.rate_limit import SharedPace

url, threads, requests = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
pace, client = SharedPace("nivoda", 25), httpx.Client()
pace.share()
print("ready", flush=True)
sys.stdin.readline()

def ask(_):
    with pace.turn():
        client.post(url, json={"query": "query Nothing { __typename }"})

with ThreadPoolExecutor(threads) as pool:
    list(pool.map(ask, range(requests)))
"""


def ask(pace: SharedPace) -> None:
    with pace.turn():
        """An answer at once."""


@pytest.fixture
def partner(app_database: str) -> Iterator[nivoda.Running]:
    assert app_database
    db.pool()
    with nivoda.running() as running:
        yield running


def test_ten_threads_never_exceed_the_rate_in_any_second(partner: nivoda.Running) -> None:
    pace, client = SharedPace("nivoda", PER_SECOND), httpx.Client()

    def ask(_: int) -> None:
        with pace.turn():
            client.post(partner.endpoint, json={"query": "query Nothing { __typename }"})

    with client, ThreadPoolExecutor(10) as pool:
        list(pool.map(ask, range(80)))

    report = partner.supplier.counters.report()
    assert report["requests"] == 80
    assert report["busiest_second"] <= PER_SECOND
    assert report["seconds"] < 80 / PER_SECOND * 1.5


def test_requests_held_up_on_their_way_never_arrive_in_a_bunch(partner: nivoda.Running) -> None:
    """Whoever wakes up late, connects slowly or waits at a blocked door only slows himself down."""
    pace, client, dice = SharedPace("nivoda", PER_SECOND), httpx.Client(), random.Random(4)
    delays = [dice.choice((0, 0, 0, 0.9)) for _ in range(120)]

    def ask_late(delay: float) -> None:
        with pace.turn():
            sleep(delay)
            client.post(partner.endpoint, json={"query": "query Nothing { __typename }"})

    with client, ThreadPoolExecutor(40) as pool:
        list(pool.map(ask_late, delays))

    report = partner.supplier.counters.report()
    assert (report["requests"], report["busiest_second"] <= PER_SECOND) == (120, True), report


def test_a_place_whose_sender_died_is_free_again_after_a_while(app_database: str) -> None:
    pace = SharedPace("nivoda", 1, longest_wait=1.2)
    with pace.turn(), pytest.raises(FeedUnreachable, match="has not answered"), pace.turn():
        """The only place is taken."""

    with psycopg.connect(app_database) as conn:
        conn.execute("UPDATE rate_limit_places SET free_at = now() + interval '60 seconds'")
    with pytest.raises(FeedUnreachable), pace.turn():
        """Its sender is gone; nobody gave it back."""
    with psycopg.connect(app_database) as conn:
        conn.execute("UPDATE rate_limit_places SET free_at = free_at - interval '60 seconds'")
    ask(pace)


def test_several_instances_share_the_rate(partner: nivoda.Running, app_database: str) -> None:
    environment = {"DATABASE_URL": app_database, "AzureWebJobsStorage": "UseDevelopmentStorage"}
    arguments = [sys.executable, "-c", INSTANCE, partner.endpoint, "4", "25"]
    pipes = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE, "text": True}
    instances = [
        Popen(arguments, cwd=REPOSITORY, env=environment, **pipes)  # type: ignore[call-overload]
        for _ in range(3)
    ]
    assert [instance.stdout.readline() for instance in instances] == ["ready\n"] * 3
    said = [instance.communicate("go\n")[1] for instance in instances]

    assert [instance.returncode for instance in instances] == [0, 0, 0], said
    report = partner.supplier.counters.report()
    assert report["requests"] == 75
    assert report["busiest_second"] <= PER_SECOND


def test_a_complaint_halves_the_rate_at_once_and_the_next_ones_keep_it_there(
    app_database: str,
) -> None:
    pace = SharedPace("nivoda", PER_SECOND)
    ask(pace)

    for _ in range(10):
        pace.slow_down(retry_after=None)

    assert app_database
    assert pace.share() == pytest.approx(0.5, abs=0.05)


def test_nobody_asks_before_the_pause_is_over(app_database: str) -> None:
    pace, other = SharedPace("nivoda", PER_SECOND), SharedPace("nivoda", PER_SECOND)
    ask(pace)
    began = monotonic()

    pace.slow_down(retry_after=1)
    ask(other)

    assert app_database
    assert monotonic() - began >= 1


def test_a_pause_too_long_to_wait_for_is_left_to_the_caller(app_database: str) -> None:
    pace = SharedPace("nivoda", PER_SECOND)
    ask(pace)
    pace.slow_down(retry_after=300)

    with pytest.raises(FeedUnreachable) as failure:
        ask(pace)
    assert app_database
    assert failure.value.retry_after == pytest.approx(300, abs=5)


def test_a_supplier_that_was_never_asked_is_asked_at_the_full_rate(app_database: str) -> None:
    assert app_database
    assert SharedPace("nivoda", PER_SECOND).share() == 1


def test_two_suppliers_do_not_wait_for_each_other(app_database: str) -> None:
    ask(SharedPace("nivoda", PER_SECOND))
    SharedPace("nivoda", PER_SECOND).slow_down(retry_after=300)

    assert app_database
    ask(SharedPace("demo", PER_SECOND))


def test_the_rate_recovers_gradually(app_database: str) -> None:
    pace = SharedPace("nivoda", PER_SECOND)
    ask(pace)
    pace.slow_down(retry_after=0)

    with psycopg.connect(app_database) as conn:
        conn.execute("UPDATE rate_limit SET complained_at = complained_at - interval '10 seconds'")
    halfway = pace.share()
    with psycopg.connect(app_database) as conn:
        conn.execute("UPDATE rate_limit SET complained_at = complained_at - interval '10 seconds'")

    assert 0.6 < halfway < 0.9
    assert pace.share() == 1


def test_complaints_that_do_not_end_halve_it_again_down_to_one_a_second(app_database: str) -> None:
    pace = SharedPace("nivoda", PER_SECOND)
    ask(pace)
    shares = []
    for _ in range(7):
        pace.slow_down(retry_after=None)
        shares.append(round(pace.share(), 2))
        with psycopg.connect(app_database) as conn:
            conn.execute("UPDATE rate_limit SET halved_at = halved_at - interval '11 seconds'")

    assert shares[:3] == pytest.approx([0.5, 0.25, 0.125], abs=0.06)
    assert shares[-1] == pytest.approx(1 / PER_SECOND, abs=0.03)
