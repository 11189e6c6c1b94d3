"""Trading in stones that are ours: there is nobody to ask, so the shelf answers.

Holds and sales are in our own books already, which no feed overwrites; nothing is told to anybody.
"""

from uuid import uuid4

from shared.feeds.model import Declined, Held, Offer, Ordered, Purchase, Unmappable
from shared.feeds.own_stock import mapping, shelf
from shared.feeds.own_stock.feed import OwnStock
from shared.platform import db


class OwnStockTrading:
    name = OwnStock.name

    def check(self, supplier_stone_id: str) -> Offer | None:
        """A line that cannot be read any more promises nothing."""
        with db.transaction() as conn:
            item = shelf.find(conn, supplier_stone_id)
        if item is None:
            return None
        try:
            stone = mapping.stone(item, feed=self.name)
        except Unmappable:
            return None
        return Offer(
            supplier_stone_id=stone.supplier_stone_id,
            offer_id=stone.offer_id,
            availability=stone.feed_availability,
            price=stone.feed_price,
            hold_id=None,
        )

    def hold(self, supplier_stone_id: str) -> Held | Declined:
        if self.check(supplier_stone_id) is None:
            return Declined("it is not in our stock any more")
        return Held(f"own-{uuid4()}", None)

    def release(self, hold_id: str) -> None:
        """Our own books are all there is."""

    def order(self, purchase: Purchase) -> Ordered | Declined:
        """The stone lies in our own safe; its order is the purchase itself."""
        if self.check(purchase.offer_id) is None:
            return Declined("it is not in our stock any more")
        return Ordered(purchase.reference)
