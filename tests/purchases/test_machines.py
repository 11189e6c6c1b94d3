"""The machines as the database keeps them: whatever anybody writes, only allowed steps happen."""

import random

import psycopg
import pytest
from psycopg import sql

from shared.platform import db
from shared.purchases import service
from tests.support.shop import Shop

ATTEMPTS = 400
COLUMNS = {
    "order_status": ("order", ("pending", "confirmed", "completed", "failed", "cancelled")),
    "payment_status": (
        "payment",
        ("none", "authorised", "captured", "voided", "refunded", "failed"),
    ),
    "supplier_order": (
        "supplier order",
        ("not_asked", "asked", "placed", "declined", "unknown"),
    ),
    "session_status": ("checkout session", ("none", "asked", "open", "complete", "expired")),
}


@pytest.mark.parametrize("seed", range(5))
def test_random_writes_never_lead_to_an_illegal_state(shop: Shop, seed: int) -> None:
    dice = random.Random(seed)
    wanted = service.Wanted(client_name="a shop", client_key="k", diamond_id=shop.stone())
    purchase = service.begun(wanted)
    shop.run("UPDATE purchases SET kind = 'checkout', amount_cents = 100, authorised_cents = 100")
    allowed = {tuple(row.values()) for row in shop.rows("SELECT * FROM allowed_transitions")}

    for _ in range(ATTEMPTS):
        column = dice.choice(sorted(COLUMNS))
        machine, states = COLUMNS[column]
        (before,) = shop.rows("SELECT * FROM purchases")
        after = dice.choice(states)
        written = _write(shop, column, after, dice)
        assert not written or before[column] == after or (machine, before[column], after) in allowed
        _legal(shop)
    assert shop.rows("SELECT * FROM purchases")[0]["id"] == purchase.id


def _write(shop: Shop, column: str, state: str, dice: random.Random) -> bool:
    """Whether the database let it happen, with whatever else somebody may think belongs to it."""
    besides = dice.choice(
        [
            "",
            ", supplier_order_id = 'N-1'",
            ", ended_at = now()",
            ", ended_at = NULL",
            ", captured_cents = 100",
            ", ended_at = now(), supplier_order = 'placed', supplier_order_id = 'N-1'",
        ]
    )
    statement = sql.SQL("UPDATE purchases SET {} = %s").format(sql.Identifier(column))
    try:
        with db.transaction() as conn:
            conn.execute(statement + sql.SQL(besides), [state])
    except (psycopg.errors.CheckViolation, psycopg.errors.SyntaxError):
        return False
    return True


def _legal(shop: Shop) -> None:
    (now,) = shop.rows("SELECT * FROM purchases")
    if now["payment_status"] in ("captured", "refunded"):
        assert now["supplier_order_id"], "captured without an order"
    if now["order_status"] in ("failed", "cancelled"):
        assert now["payment_status"] not in ("authorised", "captured"), "money kept"
    if now["order_status"] in ("confirmed", "completed"):
        assert now["supplier_order"] == "placed"
    if now["order_status"] == "completed":
        assert now["payment_status"] in ("captured", "refunded")
