"""Every feed by its name; a folder beside this file that declares FEEDS is all a new one takes."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType

from pydantic import SecretStr

from shared import feeds
from shared.feeds.model import Feed, Trading
from shared.platform.errors import NotFound
from shared.platform.setting_groups import is_a_secret

Factory = Callable[[], Feed]
TradingFactory = Callable[[], Trading]
Secret = Callable[[], SecretStr | None]

_invented: dict[str, Factory] = {}


class FeedUnknown(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no feed {name!r}.", hint=f"Known feeds: {', '.join(names())}.")


class FeedDoesNotTrade(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"Nothing can be held or ordered at {name!r}.")


def feed(name: str) -> Feed:
    """The feed of this name, with its current settings; it connects when first asked something."""
    factory = _factories().get(name)
    if factory is None:
        raise FeedUnknown(name)
    return factory()


def trading(name: str) -> Trading:
    """The trading side of this feed, if its supplier has one."""
    if name not in _factories():
        raise FeedUnknown(name)
    factory = _trading().get(name)
    if factory is None:
        raise FeedDoesNotTrade(name)
    return factory()


def webhook_secret(name: str) -> str | None:
    """What this feed's supplier signs with; None where nobody filled it in, and of no feed."""
    secret = _secrets().get(name, lambda: None)()
    usable = secret is not None and all(
        is_a_secret(SecretStr(one), ("whsec_",)) for one in secret.get_secret_value().split()
    )
    return secret.get_secret_value() if secret and usable else None


def names() -> list[str]:
    return sorted(_factories())


@contextmanager
def registered(invented: Feed) -> Iterator[None]:
    """Let an invented feed stand among the real ones, or in the place of one, for a while."""
    _invented[invented.name] = lambda: invented
    try:
        yield
    finally:
        del _invented[invented.name]


def _factories() -> Mapping[str, Factory]:
    return {**_declared(), **_invented}


@cache
def _declared() -> Mapping[str, Factory]:
    """What the adapters' packages declare, as `FEEDS: Mapping[str, Factory]`."""
    return {name: factory for adapter in _adapters() for name, factory in adapter.FEEDS.items()}


@cache
def _trading() -> Mapping[str, TradingFactory]:
    """What some of them declare besides, as `TRADING: Mapping[str, TradingFactory]`."""
    declared = [getattr(adapter, "TRADING", {}) for adapter in _adapters()]
    return {name: factory for trading in declared for name, factory in trading.items()}


@cache
def _secrets() -> Mapping[str, Secret]:
    """Of those who tell us things, as `WEBHOOK_SECRETS: Mapping[str, Secret]`."""
    declared = [getattr(adapter, "WEBHOOK_SECRETS", {}) for adapter in _adapters()]
    return {name: secret for secrets in declared for name, secret in secrets.items()}


def _adapters() -> list[ModuleType]:
    packages = [module.name for module in pkgutil.iter_modules(feeds.__path__) if module.ispkg]
    return [importlib.import_module(f"{feeds.__name__}.{name}") for name in packages]
