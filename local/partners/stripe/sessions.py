"""Checkout sessions: made, looked at, left to expire, paid."""

from typing import Any

from local.partners.stripe.desk import Desk, Json, new, public
from local.partners.stripe.params import Call, CreateSession, LineItem
from local.partners.stripe.refused import Refused

SHORTEST, LONGEST = 30 * 60, 24 * 3600
"""Seconds a session may live."""
LEAST = 50
"""Minor units: the least Stripe charges in most currencies."""
FROM_FUTURE = "The `expires_at` timestamp must be "


def create(desk: Desk, asked: CreateSession) -> Json:
    currencies = {item.price_data.currency for item in asked.line_items}
    if len(currencies) > 1:
        raise Refused(400, "All line items must have the same currency.", param="line_items")
    session = _session(desk, asked, new("cs_test", 58))
    if session["amount_total"] < LEAST:
        raise Refused(
            400,
            "The Checkout Session's total amount due must add up to at least"
            f" {LEAST / 100:.2f} {session['currency']}",
            code="amount_too_small",
        )
    desk.put(session)
    desk.store.plan(session["id"], "expire", session["expires_at"])
    return session


def expire(desk: Desk, asked: Call, which: str) -> Json:  # noqa: ARG001 - as every operation
    session = desk.get("cs_test", which)
    if session["status"] != "open":
        raise Refused(
            400,
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session'
            f" has a status of {session['status']}.",
            executed=True,
        )
    return expired(desk, session)


def expired(desk: Desk, session: Json) -> Json:
    """What was begun and not finished ends with it."""
    if session["payment_intent"]:
        intent = desk.get("pi", session["payment_intent"])
        desk.put(
            intent,
            status="canceled",
            canceled_at=desk.now,
            cancellation_reason="automatic",
            next_action=None,
        )
        desk.emit("payment_intent.canceled", intent)
    desk.put(session, status="expired", url=None)
    desk.emit("checkout.session.expired", session)
    return session


def complete(desk: Desk, session: Json, paid: bool) -> None:  # noqa: FBT001 - a status
    desk.put(session, status="complete", payment_status="paid" if paid else "unpaid", url=None)
    desk.emit("checkout.session.completed", session)


def line_items(session: Json) -> Json:
    items: Json = public(session["_line_items"])
    return items


def _session(desk: Desk, asked: CreateSession, which: str) -> Json:
    total = sum(item.quantity * item.price_data.unit_amount for item in asked.line_items)
    currency = asked.line_items[0].price_data.currency
    return {
        "id": which,
        "object": "checkout.session",
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": _tax(asked),
        "billing_address_collection": asked.billing_address_collection,
        "cancel_url": asked.cancel_url,
        "client_reference_id": asked.client_reference_id,
        "client_secret": None,
        "collected_information": None,
        "created": desk.now,
        "currency": currency,
        "custom_fields": [],
        "custom_text": asked.custom_text.model_dump(),
        "customer": None,
        "customer_creation": asked.customer_creation,
        "customer_details": None,
        "customer_email": asked.customer_email,
        "expires_at": _expiry(desk, asked.expires_at),
        "invoice": None,
        "livemode": False,
        "locale": asked.locale,
        "metadata": asked.metadata,
        "mode": asked.mode,
        "payment_intent": None,
        "payment_method_collection": "if_required",
        "payment_method_options": _method_options(asked),
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": asked.phone_number_collection.model_dump(),
        "recovered_from": None,
        "shipping_address_collection": _shipping_countries(asked),
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": asked.submit_type,
        "success_url": asked.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": asked.ui_mode,
        "url": f"{desk.base}/c/pay/{which}",
        "_intent_data": asked.payment_intent_data.model_dump()
        | {"capture_method": _capture(asked)},
        "_line_items": _items(asked.line_items, f"/v1/checkout/sessions/{which}/line_items"),
    }


def _expiry(desk: Desk, asked: int | None) -> int:
    expires_at = desk.now + LONGEST if asked is None else asked
    if expires_at < desk.now + SHORTEST:
        message = "at least 30 minutes from Checkout Session creation."
        raise Refused(400, FROM_FUTURE + message, param="expires_at")
    if expires_at > desk.now + LONGEST:
        message = "less than 24 hours from Checkout Session creation."
        raise Refused(400, FROM_FUTURE + message, param="expires_at")
    return expires_at


def _capture(asked: CreateSession) -> str:
    options = asked.payment_method_options
    return (options and options.card.capture_method) or asked.payment_intent_data.capture_method


def _tax(asked: CreateSession) -> Json:
    """How much is known with the customer's address."""
    wanted = asked.automatic_tax.enabled
    kinds = {item.price_data.tax_behavior for item in asked.line_items}
    if wanted and kinds != {"exclusive"}:
        raise Refused(
            400,
            "This Stripe adds tax on top only: set `tax_behavior` to `exclusive` on every price.",
            param="line_items[0][price_data][tax_behavior]",
        )
    status = "requires_location_inputs" if wanted else None
    return {
        **asked.automatic_tax.model_dump(),
        "liability": None,
        "provider": None,
        "status": status,
    }


def _method_options(asked: CreateSession) -> Json:
    return {} if asked.payment_method_options is None else asked.payment_method_options.model_dump()


def _shipping_countries(asked: CreateSession) -> Any:
    wanted = asked.shipping_address_collection
    return None if wanted is None else wanted.model_dump()


def _items(asked: list[LineItem], url: str) -> Json:
    items = [_item(one) for one in asked]
    return {"object": "list", "data": items, "has_more": False, "url": url}


def _item(asked: LineItem) -> Json:
    data = asked.price_data
    amount = asked.quantity * data.unit_amount
    price = {
        "id": new("price"),
        "object": "price",
        "active": False,
        "currency": data.currency,
        "product": new("prod", 14),
        "tax_behavior": data.tax_behavior,
        "type": "one_time",
        "unit_amount": data.unit_amount,
        "unit_amount_decimal": str(data.unit_amount),
    }
    return {
        "id": new("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": data.currency,
        "description": data.product_data.name,
        "price": price,
        "quantity": asked.quantity,
    }
