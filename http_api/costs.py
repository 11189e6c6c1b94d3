"""What those who may see costs see of a stone besides."""

from decimal import Decimal
from typing import ClassVar

from http_api.endpoint import Answer
from shared.access.model import Scope


class Costs(Answer):
    """The supplier's ask, our markup, and whose stone it is; money in USD."""

    NEEDS: ClassVar[Scope | None] = Scope.COSTS_READ

    feed: str
    supplier_stone_id: str
    offer_id: str
    supplier_name: str | None
    supplier_legal_name: str | None
    feed_price: Decimal
    markup_ratio: Decimal
