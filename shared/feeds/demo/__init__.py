"""The demo supplier's feed, spoken to over HTTP like any supplier's."""

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from shared.feeds.demo.feed import DemoFeed
from shared.feeds.demo.trading import DemoTrading
from shared.feeds.model import Feed, Trading
from shared.platform.settings import settings

FEEDS: Mapping[str, Callable[[], Feed]] = {
    DemoFeed.name: lambda: DemoFeed(settings().demo_feed),
}
TRADING: Mapping[str, Callable[[], Trading]] = {
    DemoTrading.name: lambda: DemoTrading(settings().demo_feed),
}
WEBHOOK_SECRETS: Mapping[str, Callable[[], SecretStr | None]] = {
    DemoFeed.name: lambda: settings().demo_feed.webhook_secret,
}
