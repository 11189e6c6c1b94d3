"""Purchases on the real app, killed at their worst moments; `./opus bench purchases` kills 200."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.support.killing.audit import audit
from tests.support.killing.cases import Case, Told, go_through
from tests.support.killing.premises import Premises, premises
from tests.support.postgres import Server

pytestmark = pytest.mark.timeout(600)  # each kill is a start of the whole app


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Premises]:
    folder = tmp_path_factory.mktemp("killed")
    with postgres.database() as url, premises(folder, url, stones=30) as made:
        yield made


@pytest.fixture(scope="module")
def stones(there: Premises) -> Iterator[UUID]:
    return (row["id"] for row in there.rows("SELECT id FROM diamonds ORDER BY id"))


def order_status(there: Premises, told: Told) -> str:
    (row,) = there.rows("SELECT order_status FROM purchases WHERE client_key = %s", told.key)
    return str(row["order_status"])


def balanced(there: Premises) -> None:
    assert audit(there).faults == []


@pytest.fixture(scope="module")
def undisturbed(there: Premises, stones: Iterator[UUID]) -> Told:
    return go_through(there, Case(), next(stones))


def at(told: Told, step: str) -> int:
    """The number of the step that begins so."""
    return next(number for number, one in enumerate(told.steps) if one.startswith(step))


@pytest.mark.parametrize(
    ("step", "ending"),
    [
        ("call supplier Hold: done", "completed"),
        ("call supplier Order: sent", "pending"),
        ("call supplier Order: done", "pending"),
        ("commit purchases: order_status=confirmed", "completed"),
    ],
)
def test_a_purchase_killed_at_a_step_ends_once(
    there: Premises, stones: Iterator[UUID], undisturbed: Told, step: str, ending: str
) -> None:
    case = Case(kill_at=at(undisturbed, step))

    told = go_through(there, case, next(stones))

    assert told.killed_at is not None
    assert told.answer == 201
    assert order_status(there, told) == ending
    balanced(there)


@pytest.mark.parametrize("supplier", ["refuses the order", "loses the order's reply"])
def test_a_killed_purchase_that_fails_at_the_supplier_ends_once(
    there: Premises, stones: Iterator[UUID], undisturbed: Told, supplier: str
) -> None:
    case = Case(supplier=supplier, kill_at=at(undisturbed, "commit holds: status=active"))

    told = go_through(there, case, next(stones))

    assert told.killed_at is not None
    balanced(there)
