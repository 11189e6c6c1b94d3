"""The test cards Stripe documents, and what becomes of a payment with them."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple


class Decline(NamedTuple):
    code: str
    decline_code: str | None
    message: str


class Card(NamedTuple):
    brand: str = "visa"
    decline: Decline | None = None
    authenticates: bool = False
    """The bank asks its holder first (3D Secure)."""
    refund: Literal["succeeded", "pending", "fails_later"] = "succeeded"
    disputes: bool = False
    """Its owner denies the charge as soon as it is captured."""


def _declines(why: str) -> Card:
    return Card(decline=Decline("card_declined", why, "Your card was declined."))


NO_FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)
NOT_AUTHENTICATED = Decline(
    "payment_intent_authentication_failure",
    None,
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or"
    " a new PaymentMethod to attempt to fulfill this PaymentIntent again.",
)
WRONG_NUMBER = Decline("incorrect_number", None, "Your card number is incorrect.")
WRONG_CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.")
CARDS = {
    "4242424242424242": Card(),
    "5555555555554444": Card("mastercard"),
    "378282246310005": Card("amex"),
    "4000000000000002": _declines("generic_decline"),
    "4000000000009995": Card(decline=NO_FUNDS),
    "4000000000009987": _declines("lost_card"),
    "4000000000009979": _declines("stolen_card"),
    "4000000000000069": Card(decline=EXPIRED),
    "4000000000000127": Card(decline=WRONG_CVC),
    "4000000000000119": Card(
        decline=Decline(
            "processing_error",
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
        )
    ),
    "4000002500003155": Card(authenticates=True),
    "4000002760003184": Card(authenticates=True),
    "4000000000003220": Card(authenticates=True),
    "4000008260003178": Card(authenticates=True, decline=NO_FUNDS),
    "4000000000007726": Card(refund="pending"),
    "4000000000005126": Card(refund="fails_later"),
    "4000000000000259": Card(disputes=True),
}


def card(number: str) -> Card:
    return CARDS.get(number) or Card(decline=NOT_A_TEST_CARD)


def fault(number: str, expiry: str, cvc: str) -> Decline | None:
    """What is wrong with what was typed, before any bank is asked."""
    if not number.isdigit() or not _adds_up(number):
        return WRONG_NUMBER
    month, _, year = expiry.replace(" ", "").partition("/")
    if not (month.isdigit() and year.isdigit() and 1 <= int(month) <= 12):  # noqa: PLR2004
        return EXPIRED._replace(code="invalid_expiry_month", decline_code=None)
    today = datetime.now(UTC)
    if (2000 + int(year) % 100, int(month)) < (today.year, today.month):
        return EXPIRED._replace(code="invalid_expiry_year", decline_code=None)
    return None if cvc.isdigit() and len(cvc) in (3, 4) else WRONG_CVC


def _adds_up(number: str) -> bool:
    """Luhn's check."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
