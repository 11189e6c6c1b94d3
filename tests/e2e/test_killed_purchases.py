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


def standing(there: Premises, told: Told) -> tuple[str, str]:
    (row,) = there.rows("SELECT * FROM purchases WHERE client_key = %s", told.key)
    return row["order_status"], row["payment_status"]


@pytest.mark.parametrize(
    ("case", "ending"),
    [
        (Case("partner", kill_at="call supplier Order: done"), ON_ACCOUNT),
        (Case("checkout", kill_at="call supplier Hold: done"), COMPLETED),
        (Case("checkout", kill_at="call stripe POST checkout/sessions: done"), COMPLETED),
        (Case("checkout", kill_at="call supplier Order: sent"), DOUBTFUL),
        (Case("checkout", kill_at="commit purchases: order_status=confirmed"), COMPLETED),
        (Case("checkout", kill_at="call stripe POST payment_intents/capture: done"), COMPLETED),
        (
            Case(
                "checkout",
                "refuses the order",
                "loses the release's reply",
                kill_at="call stripe POST payment_intents/cancel: done",
            ),
            FAILED,
        ),
        (
            Case(
                "checkout",
                stripe="breaks after the capture",
                kill_at="call stripe POST payment_intents/capture: sent",
            ),
            COMPLETED,
        ),
    ],
)
def test_a_purchase_killed_at_a_step_ends_once(
    there: Premises, case: Case, ending: tuple[str, str]
) -> None:
    told = go_through(there, case)

    assert told.killed_at is not None
    assert told.answer == 201
    assert standing(there, told) == ending
    assert audit(there).faults == []
