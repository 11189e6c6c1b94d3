"""The demo supplier's counter, spoken to over HTTP; satisfies `Trading`."""

from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, cast

import httpx

from shared.diamonds.model import Availability
from shared.feeds.demo import client
from shared.feeds.model import (
    Declined,
    FeedRejected,
    FeedShapeChanged,
    FeedUnreachable,
    Held,
    Offer,
    Ordered,
    OutcomeUnknown,
    Purchase,
)
from shared.platform import exact_json, setting_groups

DONE = (HTTPStatus.OK, HTTPStatus.CREATED)


class DemoTrading:
    name = "demo"

    def __init__(self, config: setting_groups.DemoFeed) -> None:
        self._config = config

    def check(self, supplier_stone_id: str) -> Offer | None:
        try:
            said = client.get(self._config, f"offers/{supplier_stone_id}", {})
        except client.Missing:
            return None
        try:
            return Offer(
                supplier_stone_id=str(said["stone_id"]),
                offer_id=str(said["offer_id"]),
                availability=cast("Availability", said["availability_status"]),
                price=Decimal(said["asking_price_usd"]),
                hold_id=said["hold_id"],
            )
        except (KeyError, ArithmeticError, TypeError) as fault:
            raise FeedShapeChanged(f"{client.PARTNER}'s offer cannot be read") from fault

    def hold(self, supplier_stone_id: str) -> Held | Declined:
        said = self._tell("POST", "holds", {"stone_id": supplier_stone_id})
        if isinstance(said, Declined):
            return said
        return Held(str(said["id"]), datetime.fromisoformat(said["hold_until"]))

    def release(self, hold_id: str) -> None:
        self._tell("DELETE", f"holds/{hold_id}", None)

    def order(self, purchase: Purchase) -> Ordered | Declined:
        said = self._tell(
            "POST",
            "orders",
            {
                "offer_id": purchase.offer_id,
                "reference": purchase.reference,
                "comments": purchase.comment,
                "destination_id": purchase.destination_id,
            },
        )
        return said if isinstance(said, Declined) else Ordered(str(said["id"]))

    def _tell(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> dict[str, Any] | Declined:
        """Sent once: a reply that is lost leaves open what was done."""
        try:
            response = client.send(self._config, method, path, body)
        except httpx.ConnectError as error:
            raise FeedUnreachable(f"{client.PARTNER} is not reachable: {error}") from error
        except httpx.HTTPError as error:
            raise OutcomeUnknown(f"{client.PARTNER} did not answer {path}: {error}") from error
        return _read(response, path)


def _read(response: httpx.Response, path: str) -> dict[str, Any] | Declined:
    if response.status_code in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
        return Declined(response.text[:200])
    if response.status_code in DONE:
        said = exact_json.loads(response.content)
        if isinstance(said, dict):
            return said
    if response.is_client_error:
        raise FeedRejected(f"{client.PARTNER} answered {path} with {response.text[:200]}")
    raise OutcomeUnknown(f"{client.PARTNER} answered {path} with {response.status_code}")
