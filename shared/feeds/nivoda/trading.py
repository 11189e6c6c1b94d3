"""Nivoda's trading calls. A hold is on the diamond, an order takes the offer: two different ids."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from shared.feeds.model import (
    Declined,
    FeedShapeChanged,
    Held,
    Item,
    Offer,
    Ordered,
    OutcomeUnknown,
    Purchase,
    Unmappable,
)
from shared.feeds.nivoda import listings, mapping
from shared.feeds.nivoda.answers import PARTNER, Answer, RequestDeclined
from shared.feeds.nivoda.client import client
from shared.platform import setting_groups

MILLISECONDS_ABOVE = 10**11
"""A time beyond this counts milliseconds; in seconds it would be the year 5138."""


class NivodaTrading:
    """Satisfies `Trading`; holds and orders need the account's trading permission."""

    def __init__(self, config: setting_groups.Nivoda, *, name: str) -> None:
        self.name = name
        self._client = client(config)

    def check(self, supplier_stone_id: str) -> Offer | None:
        try:
            answer = self._client.ask("stone", {"diamond_id": supplier_stone_id})
        except RequestDeclined:
            return None
        item = listings.of_stone(answer)
        return None if item is None else _offered(item)

    def hold(self, supplier_stone_id: str) -> Held | Declined:
        try:
            answer = self._client.tell("hold", {"diamond_id": supplier_stone_id})
        except RequestDeclined as error:
            return Declined(str(error))
        hold = _done(answer, "create_hold", dict)
        if hold.get("denied"):
            return Declined("The supplier denied the hold.")
        return Held(str(_certain(hold.get("id"), "hold")), _moment(hold.get("until")))

    def release(self, hold_id: str) -> None:
        try:
            self._client.tell("release", {"hold_id": hold_id})
        except RequestDeclined:
            return

    def order(self, purchase: Purchase) -> Ordered | Declined:
        try:
            answer = self._client.tell("order", {"items": [_order_item(purchase)]})
        except RequestDeclined as error:
            return Declined(str(error))
        return Ordered(_done(answer, "create_order", str))


def _offered(item: Item) -> Offer:
    try:
        return mapping.offer(item)
    except Unmappable as fault:
        raise FeedShapeChanged(f"{PARTNER}'s stone cannot be read: {fault}") from fault


def _order_item(purchase: Purchase) -> dict[str, Any]:
    item = {
        "offerId": purchase.offer_id,
        "customer_order_number": purchase.reference,
        "customer_comment": purchase.comment,
        "destinationId": purchase.destination_id,
        "return_option": purchase.returnable,
    }
    return {name: value for name, value in item.items() if value is not None}


def _done(answer: Answer, what: str, kind: type[Any]) -> Any:
    """The result; anything else than one leaves open what was done."""
    inner = answer.data.get("as")
    result = inner.get(what) if isinstance(inner, dict) else None
    return _certain(result if isinstance(result, kind) else None, what)


def _certain(result: Any, what: str) -> Any:
    if not result:
        raise OutcomeUnknown(f"{PARTNER} answered {what} without a result")
    return result


def _moment(until: Any) -> datetime | None:
    """Seconds or milliseconds since 1970; the documentation does not say which."""
    if not isinstance(until, int | Decimal):
        return None
    seconds = float(until) / 1000 if until > MILLISECONDS_ABOVE else float(until)
    return datetime.fromtimestamp(seconds, UTC)
