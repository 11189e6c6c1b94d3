"""Nivoda's natural and laboratory-grown diamonds: one account, one pace, two feeds."""

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from shared.feeds.model import Feed, Trading
from shared.feeds.nivoda.feed import NivodaFeed
from shared.feeds.nivoda.trading import NivodaTrading
from shared.platform.settings import settings

NATURAL = "nivoda-natural"
LAB_GROWN = "nivoda-labgrown"

FEEDS: Mapping[str, Callable[[], Feed]] = {
    NATURAL: lambda: NivodaFeed(settings().nivoda, name=NATURAL, lab_grown=False),
    LAB_GROWN: lambda: NivodaFeed(settings().nivoda, name=LAB_GROWN, lab_grown=True),
}
TRADING: Mapping[str, Callable[[], Trading]] = {
    NATURAL: lambda: NivodaTrading(settings().nivoda, name=NATURAL),
    LAB_GROWN: lambda: NivodaTrading(settings().nivoda, name=LAB_GROWN),
}
WEBHOOK_SECRETS: Mapping[str, Callable[[], SecretStr | None]] = {
    NATURAL: lambda: settings().nivoda.webhook_secret,
    LAB_GROWN: lambda: settings().nivoda.webhook_secret,
}
