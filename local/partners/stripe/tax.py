"""Automatic tax, as simply as can be: one rate for a country, on top of what is sold."""

from local.partners.stripe.desk import Desk, Json

PERCENT = {"CA": 13, "US": 8, "GB": 20, "DE": 19}
"""By where the customer is; nothing elsewhere. In earnest: the account's registrations."""


def add(desk: Desk, session: Json, country: str) -> None:
    """Once the address is known, and anew with another one."""
    if not session["automatic_tax"]["enabled"]:
        return
    items = session["_line_items"]
    for item in items["data"]:
        tax = (item["amount_subtotal"] * PERCENT.get(country.upper(), 0) + 50) // 100
        item |= {"amount_tax": tax, "amount_total": item["amount_subtotal"] + tax}
    tax = sum(item["amount_tax"] for item in items["data"])
    desk.put(
        session,
        amount_total=session["amount_subtotal"] + tax,
        automatic_tax=session["automatic_tax"] | {"status": "complete"},
        total_details=session["total_details"] | {"amount_tax": tax},
        _line_items=items,
    )
