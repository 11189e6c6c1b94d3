"""What a client may ask holds across instances, and is cheap to count."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.access import budgets
from shared.access.budgets import Budgets, TooManyRequests
from shared.access.model import ApiKey
from shared.platform import db
from tests.support.callers import a_key


@pytest.fixture
def key(app_database: str) -> ApiKey:
    assert app_database
    return a_key(reads_per_minute=240, writes_per_minute=12).key


def asked(instance: Budgets, key: ApiKey, times: int) -> int:
    """How many of them passed."""
    passed = 0
    for _ in range(times):
        try:
            instance.spend(key, "reads")
            passed += 1
        except TooManyRequests:
            continue
    return passed


def refilled(key: ApiKey, seconds: float) -> None:
    """As if so much time had passed."""
    with db.transaction() as conn:
        conn.execute(
            "UPDATE request_budgets SET filled_at = clock_timestamp() - make_interval(secs => %s) "
            "WHERE client_id = %s",
            [seconds, key.client_id],
        )


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases do not run out while a slow machine counts."""
    monkeypatch.setattr(budgets, "LEASE_SECONDS", 3_600.0)


def test_three_instances_together_let_no_more_pass_than_one(key: ApiKey, still: None) -> None:
    with db.transaction() as conn:  # no refill while we count
        conn.execute(
            "INSERT INTO request_budgets VALUES (%s, 'reads', 240, now() + interval '1 hour', 0)",
            [key.client_id],
        )
    instances = [Budgets() for _ in range(3)]

    with ThreadPoolExecutor(6) as pool:
        passed = sum(pool.map(lambda n: asked(instances[n % 3], key, 60), range(6)))

    assert passed == 240


def test_the_budget_flows_back_evenly_and_never_beyond_a_minutes_worth(
    key: ApiKey, still: None
) -> None:
    assert asked(Budgets(), key, 400) >= 240
    refilled(key, 1)
    assert 4 <= asked(Budgets(), key, 30) <= 30
    refilled(key, 3_600)
    with db.transaction() as conn:
        conn.execute("UPDATE request_budgets SET filled_at = now() - interval '1 hour'")
    first = Budgets().spend(key, "reads")
    assert first.remaining < 240


def test_a_refusal_says_when_to_come_again(key: ApiKey) -> None:
    instance = Budgets()
    with db.transaction() as conn:
        conn.execute(
            "INSERT INTO request_budgets VALUES (%s, 'writes', 0, now() + interval '1 hour', 0)",
            [key.client_id],
        )

    with pytest.raises(TooManyRequests) as refused:
        instance.spend(key, "writes")

    assert refused.value.retry_after == 5
    assert refused.value.allowance.headers() == {
        "RateLimit-Limit": "12",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "5",
    }


def test_reads_and_writes_have_budgets_of_their_own(key: ApiKey) -> None:
    instance = Budgets()
    while True:
        try:
            instance.spend(key, "writes")
        except TooManyRequests:
            break

    assert instance.spend(key, "reads").limit == 240


def test_most_requests_ask_no_database(key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
    instance, taken = Budgets(), 0
    take = Budgets._taken

    def counting(self: Budgets, *given: object) -> object:
        nonlocal taken
        taken += 1
        return take(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(budgets, "LEASE_SECONDS", 3_600.0)
    monkeypatch.setattr(Budgets, "_taken", counting)

    assert (asked(instance, key, 200), taken) == (200, 50)


def test_what_an_instance_does_not_spend_in_time_is_lost(
    key: ApiKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "LEASE_SECONDS", 0.0)
    instance = Budgets()

    assert instance.spend(key, "reads").remaining == 239
    assert instance.spend(key, "reads").remaining < 239


def test_many_at_once_share_one_lease(key: ApiKey, still: None) -> None:
    instance = Budgets()

    with ThreadPoolExecutor(16) as pool:
        passed = sum(pool.map(lambda _: asked(instance, key, 15), range(16)))

    assert passed == 240
