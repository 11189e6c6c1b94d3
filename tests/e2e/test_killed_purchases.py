"""Purchases on the real app, killed at their worst moments; `./opus bench purchases` kills 200."""

from collections.abc import Iterator

import pytest

from tests.support.killing.audit import audit
from tests.support.killing.cases import Case, Told, go_through
from tests.support.killing.premises import Premises, premises
from tests.support.postgres import Server

pytestmark = pytest.mark.timeout(600)  # each kill is a start of the whole app

COMPLETED, DOUBTFUL, FAILED = (
    ("completed", "captured"),
    ("pending", "authorised"),
    ("failed", "voided"),
)
ON_ACCOUNT = ("pending", "none")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Premises]:
    folder = tmp_path_factory.mktemp("killed")
    with postgres.database() as url, premises(folder, url, stones=30) as made:
        yield made


@pytest.fixture(scope="module")
def steps(there: Premises) -> dict[Case, list[str]]:
    """What an undisturbed purchase of each kind goes through, in order."""
    cases = (Case("partner"), Case("checkout"))
    return {case: go_through(there, case).steps for case in cases}


def standing(there: Premises, told: Told) -> tuple[str, str]:
    (row,) = there.rows("SELECT * FROM purchases WHERE client_key = %s", told.key)
    return row["order_status"], row["payment_status"]


@pytest.mark.parametrize(
    ("case", "step", "ending"),
    [
        (Case("partner"), "call supplier Order: done", ON_ACCOUNT),
        (Case("checkout"), "call supplier Hold: done", COMPLETED),
        (Case("checkout"), "call stripe POST checkout/sessions: done", COMPLETED),
        (Case("checkout"), "call supplier Order: sent", DOUBTFUL),
        (Case("checkout"), "commit purchases: order_status=confirmed", COMPLETED),
        (Case("checkout"), "call stripe POST payment_intents/capture: done", COMPLETED),
    ],
)
def test_a_purchase_killed_at_a_step_ends_once(
    there: Premises,
    steps: dict[Case, list[str]],
    case: Case,
    step: str,
    ending: tuple[str, str],
) -> None:
    kill_at = next(at for at, one in enumerate(steps[case]) if one.startswith(step))

    told = go_through(there, Case(case.kind, kill_at=kill_at))

    assert told.killed_at is not None
    assert told.answer == 201
    assert standing(there, told) == ending
    assert audit(there).faults == []


@pytest.mark.parametrize(
    ("trouble", "ending"),
    [
        (Case("checkout", "refuses the order", "loses the release's reply", kill_at=22), FAILED),
        (Case("checkout", stripe="breaks after the capture", kill_at=26), COMPLETED),
    ],
)
def test_a_killed_purchase_whose_partners_fail_ends_once(
    there: Premises, trouble: Case, ending: tuple[str, str]
) -> None:
    told = go_through(there, trouble)

    assert told.killed_at is not None
    assert standing(there, told) == ending
    assert audit(there).faults == []
