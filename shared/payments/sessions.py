"""Stripe's JSON from and into our words; pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from shared.payments.model import (
    Checkout,
    DisputeSeen,
    DisputeState,
    PaymentSeen,
    RefundSeen,
    RefundState,
    VerifiedEvent,
)
from shared.platform.selling_settings import Checkout as Config

Json = Mapping[str, Any]

REFUNDS: Mapping[str, RefundState] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
DISPUTES: Mapping[str, DisputeState] = {
    "needs_response": "needs_response",
    "warning_needs_response": "needs_response",
    "won": "won",
    "lost": "lost",
    "warning_closed": "withdrawn",
    "prevented": "withdrawn",
}
"""What is not here is looked at by somebody else at present."""


def params(checkout: Checkout, config: Config) -> dict[str, Any]:
    """What is asked for; the same checkout gives the same request."""
    ours = {"purchase_id": checkout.purchase_id, "order_number": checkout.order_number}
    asked: dict[str, Any] = {
        "mode": "payment",
        "line_items": [_line_item(checkout, taxed=config.automatic_tax)],
        "allowed_payment_method_types": ["card"],
        "success_url": checkout.success_url,
        "cancel_url": checkout.cancel_url,
        "client_reference_id": checkout.order_number,
        "metadata": ours,
        "payment_intent_data": {"capture_method": "manual", "metadata": ours},
        "expires_at": int(checkout.expires_at.timestamp()),
        "billing_address_collection": "required",
    }
    if checkout.email:
        asked["customer_email"] = checkout.email
    if config.countries:
        asked["shipping_address_collection"] = {"allowed_countries": config.countries}
    if config.automatic_tax:
        asked["automatic_tax"] = {"enabled": True}
    return asked


def _line_item(checkout: Checkout, *, taxed: bool) -> dict[str, Any]:
    """Tax comes on top of our prices, whatever the account's default is."""
    price = {
        "currency": checkout.currency,
        "unit_amount": checkout.amount,
        "product_data": {"name": checkout.title},
    } | ({"tax_behavior": "exclusive"} if taxed else {})
    return {"quantity": 1, "price_data": price}


def seen(
    session: Json,
    intent: Json | None,
    refunds: tuple[RefundSeen, ...] = (),
    disputes: tuple[DisputeSeen, ...] = (),
) -> PaymentSeen:
    known = PaymentSeen(
        session=session["status"],
        subtotal=session["amount_subtotal"],
        currency=session["currency"],
        tax=(session.get("total_details") or {}).get("amount_tax") or 0,
        customer=_customer(session),
    )
    if intent is None:
        return known
    return replace(
        known,
        intent_id=intent["id"],
        intent_status=intent["status"],
        amount=intent["amount"],
        received=intent["amount_received"],
        cancellation_reason=intent.get("cancellation_reason"),
        capture_before=_moment(_card(charge_of(intent)).get("capture_before")),
        refunds=refunds,
        disputes=disputes,
    )


def charge_of(intent: Json) -> Json:
    """The latest, if it was asked for; nothing of one that is only named."""
    charge = intent.get("latest_charge")
    return charge if isinstance(charge, dict) else {}


def dispute_seen(dispute: Json) -> DisputeSeen:
    return DisputeSeen(
        id=dispute["id"],
        amount=dispute["amount"],
        reason=dispute["reason"],
        state=DISPUTES.get(dispute["status"], "under_review"),
        opened_at=datetime.fromtimestamp(dispute["created"], UTC),
        respond_by=_moment((dispute.get("evidence_details") or {}).get("due_by")),
    )


def refund_seen(refund: Json) -> RefundSeen:
    ours = refund.get("metadata") or {}
    return RefundSeen(
        id=refund["id"],
        amount=refund["amount"],
        state=REFUNDS.get(refund["status"], "pending"),
        our_id=ours.get("refund_id"),
        attempt=int(ours.get("attempt", 1)),
        failure=refund.get("failure_reason"),
    )


def event(payload: Json) -> VerifiedEvent:
    about = payload["data"]["object"]
    is_intent = about.get("object") == "payment_intent"
    intent = about["id"] if is_intent else about.get("payment_intent")
    return VerifiedEvent(
        id=str(payload["id"]),
        type=str(payload["type"]),
        purchase_id=(about.get("metadata") or {}).get("purchase_id"),
        intent_id=intent if isinstance(intent, str) else None,
        payload=payload,
    )


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _card(charge: Json) -> Json:
    details = charge.get("payment_method_details") or {}
    return cast("Json", details.get("card") or {})


def _customer(session: Json) -> dict[str, Any]:
    collected = session.get("collected_information") or {}
    found = {
        "customer": session.get("customer_details"),
        "shipping": collected.get("shipping_details"),
    }
    return {name: value for name, value in found.items() if value}
