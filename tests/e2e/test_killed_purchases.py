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
CANCELLED, GIVEN_BACK = ("cancelled", "none"), ("completed", "refunded")


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Premises]:
    folder = tmp_path_factory.mktemp("killed")
    with postgres.database() as url, premises(folder, url, stones=40) as made:
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
        (
            Case(
                "checkout",
                "loses the reply to the hold's end",
                customer="hesitates",
                then="the client cancels",
                kill_at="call stripe POST checkout/sessions/expire: done",
            ),
            CANCELLED,
        ),
        (
            Case(
                "checkout",
                then="a part and the rest go back",
                kill_at="call stripe POST refunds: done",
            ),
            GIVEN_BACK,
        ),
        (
            Case(
                "checkout",
                stripe="loses the refund's reply",
                then="all goes back",
                kill_at="call stripe POST refunds: sent",
            ),
            GIVEN_BACK,
        ),
        (
            Case(
                "checkout",
                "loses the order's reply",
                then="an operator finds the order",
                kill_at="commit incidents: action",
            ),
            COMPLETED,
        ),
        (
            Case(
                "checkout",
                "is silent at the order",
                "loses the release's reply",
                then="an operator finds no order",
                kill_at="call stripe POST payment_intents/cancel: done",
            ),
            FAILED,
        ),
    ],
)
def test_a_purchase_killed_at_a_step_ends_once(
    there: Premises, case: Case, ending: tuple[str, str]
) -> None:
    told = go_through(there, case)

    assert told.killed_at is not None
    assert told.answer in (200, 201, 202)
    assert standing(there, told) == ending
    assert audit(there).faults == []
