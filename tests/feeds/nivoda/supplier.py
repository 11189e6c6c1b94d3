"""Nivoda to be tried against: the stand-in, with an inventory small enough to walk often."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from shared.feeds import registry
from shared.feeds.model import Feed
from tests.conftest import AppSettings
from tests.support import nivoda


def at_nivoda(name: str) -> Callable[[AppSettings], AbstractContextManager[Feed]]:
    @contextmanager
    def supplied(app_settings: AppSettings) -> Iterator[Feed]:
        with nivoda.running() as partner:
            app_settings(**partner.environment)
            with nivoda.hanging_up():
                yield registry.feed(name)

    return supplied


SUPPLIERS = {name: at_nivoda(name) for name in ("nivoda-natural", "nivoda-labgrown")}
