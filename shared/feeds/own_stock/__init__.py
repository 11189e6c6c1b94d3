"""The retailer's own stones as a feed: what uploads put on the shelf, read like any supplier's."""

from collections.abc import Callable, Mapping

from shared.feeds.model import Feed, Trading
from shared.feeds.own_stock.feed import OwnStock
from shared.feeds.own_stock.trading import OwnStockTrading

FEEDS: Mapping[str, Callable[[], Feed]] = {OwnStock.name: OwnStock}
TRADING: Mapping[str, Callable[[], Trading]] = {OwnStockTrading.name: OwnStockTrading}
