"""Tax that the payment partner adds: charged, shown, given back, and in everybody's books alike."""

from collections.abc import Iterator

import pytest

from http_api.orders import get_order
from http_api.purchases import get_purchase, refund_purchase
from shared.purchases import reconciliation
from tests.conftest import AppSettings
from tests.support import nivoda
from tests.support.http import call
from tests.support.till import Till
from tests.support.till import till as opened_till

pytestmark = pytest.mark.timeout(300)  # waits for what a busy machine does late

COMPLETED = ("completed", "captured")
MASTER = "a key that other secrets are made from"


@pytest.fixture
def till(premises: nivoda.Running, app_database: str, app_settings: AppSettings) -> Iterator[Till]:
    """A shop whose account adds tax."""
    assert app_database
    taxing = {"CHECKOUT_AUTOMATIC_TAX": "true", "ACCESS_SIGNING_KEY": MASTER}
    with opened_till(premises, app_settings, **taxing) as taking:
        yield taking


def sold(till: Till, country: str = "CA") -> str:
    begun = till.begin().body["data"]
    till.stripe.pay(begun["checkoutUrl"], billingCountry=country)
    till.settles(COMPLETED)
    return str(begun["orderPage"]).partition("#")[2]


def test_tax_is_charged_on_top_and_shown(till: Till) -> None:
    link = sold(till)
    purchase = till.purchase()

    (charge,) = till.charges()
    assert purchase["tax_cents"] == (purchase["amount_cents"] * 13 + 50) // 100
    assert charge["amount_captured"] == purchase["amount_cents"] + purchase["tax_cents"]
    assert purchase["captured_cents"] == charge["amount_captured"]
    assert till.shop.rows("SELECT FROM incidents") == []

    seen = till.shop.ask(get_purchase, "GET", purchase_id=purchase["id"]).body["data"]["payment"]
    order = call(get_order, headers={"X-Order-Token": link}).body["data"]
    assert round(seen["amount"] + seen["tax"], 2) == seen["captured"]
    assert (order["price"], order["tax"], order["paid"]) == (
        seen["amount"],
        seen["tax"],
        seen["captured"],
    )


def test_where_there_is_none_none_is_added(till: Till) -> None:
    sold(till, country="HK")

    purchase = till.purchase()
    assert purchase["tax_cents"] == 0
    assert purchase["captured_cents"] == purchase["amount_cents"]


def test_tax_goes_back_with_the_rest(till: Till) -> None:
    sold(till)
    body = {"reason": "sent back"}
    till.shop.ask(refund_purchase, body=body, purchase_id=till.purchase()["id"])

    till.settles(("completed", "refunded"))
    assert till.purchase()["refunded_cents"] == till.charges()[0]["amount_captured"]


def test_the_books_agree_about_it_and_show_when_they_do_not(till: Till) -> None:
    sold(till)
    till.rests()
    till.shop.run("UPDATE purchases SET updated_at = now() - interval '1 hour'")
    agreed = reconciliation.reconcile()

    till.shop.run("UPDATE purchases SET tax_cents = 1")
    differing = reconciliation.reconcile()

    assert agreed.mismatches == []
    assert differing.mismatches[0]["faults"][0].startswith("tax is 1 here and ")
