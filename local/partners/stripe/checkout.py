"""What a customer does on the payment page."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from local.partners.stripe import cards, intents, tax
from local.partners.stripe.cards import NOT_AUTHENTICATED, Decline
from local.partners.stripe.desk import Desk, Json, new


class Typed(BaseModel):
    """The page's fields under Stripe's names for them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    email: str = ""
    card_number: str = ""
    card_expiry: str = ""
    card_cvc: str = ""
    billing_name: str = ""
    billing_country: str = "CA"
    billing_postal_code: str = ""
    phone_number: str | None = None
    shipping_name: str = ""
    shipping_address_line1: str = ""
    shipping_locality: str = ""
    shipping_administrative_area: str = ""
    shipping_postal_code: str = ""
    shipping_country: str = ""

    @property
    def number(self) -> str:
        return self.card_number.replace(" ", "")


def pay(desk: Desk, session: Json, typed: Typed, authenticate_url: str) -> Decline | None:
    """Complete the session, or ask for authentication; a decline leaves it open."""
    fault = cards.fault(typed.number, typed.card_expiry, typed.card_cvc)
    if fault:
        return fault
    desk.put(session, **_collected(session, typed))
    tax.add(desk, session, typed.shipping_country or typed.billing_country)
    card, method = cards.card(typed.number), _method(session, typed)
    intent = intents.begin(desk, session)
    if card.authenticates:
        intents.require_action(desk, intent, method, authenticate_url)
        return None
    return _charge(desk, session, intent, method)


def authenticate(desk: Desk, session: Json, *, succeeded: bool) -> Decline | None:
    """The bank's own page told the outcome."""
    intent = desk.get("pi", session["payment_intent"] or "")
    if intent["status"] != "requires_action":
        return NOT_AUTHENTICATED
    method = intent["_method"]
    if succeeded:
        return _charge(desk, session, intent, method)
    intents.fail(desk, intent, method, NOT_AUTHENTICATED)
    return NOT_AUTHENTICATED


def _charge(desk: Desk, session: Json, intent: Json, method: Json) -> Decline | None:
    card = cards.card(method["_number"])
    if card.decline:
        intents.fail(desk, intent, method, card.decline)
    else:
        intents.authorise(desk, session, intent, method, card)
    return card.decline


def _collected(session: Json, typed: Typed) -> Json:
    details = _billing(session, typed) | {"tax_exempt": "none", "tax_ids": []}
    wants_address = session["shipping_address_collection"] is not None
    shipping = _shipping(typed) if wants_address else None
    return {
        "customer_details": details,
        "collected_information": {"shipping_details": shipping} if shipping else None,
    }


def _billing(session: Json, typed: Typed) -> Json:
    return {
        "address": _address(country=typed.billing_country, postal_code=typed.billing_postal_code),
        "email": session["customer_email"] or typed.email,
        "name": typed.billing_name,
        "phone": typed.phone_number,
    }


def _shipping(typed: Typed) -> Json:
    address = _address(
        country=typed.shipping_country or typed.billing_country,
        postal_code=typed.shipping_postal_code,
        line1=typed.shipping_address_line1,
        city=typed.shipping_locality,
        state=typed.shipping_administrative_area,
    )
    return {"name": typed.shipping_name or typed.billing_name, "address": address}


def _address(**known: str) -> Json:
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    return {name: known.get(name) or None for name in names}


def _method(session: Json, typed: Typed) -> Json:
    """What the charge shows of the card; its number stays inside."""
    month, _, year = typed.card_expiry.replace(" ", "").partition("/")
    card: dict[str, Any] = {
        "brand": cards.card(typed.number).brand,
        "country": "US",
        "exp_month": int(month),
        "exp_year": 2000 + int(year) % 100,
        "funding": "credit",
        "last4": typed.number[-4:],
        "network": cards.card(typed.number).brand,
    }
    billing = _billing(session, typed)
    return {"id": new("pm"), "card": card, "billing_details": billing, "_number": typed.number}
