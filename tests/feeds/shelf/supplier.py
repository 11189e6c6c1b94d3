"""The invented supplier put through the suite as well: it passes by reading with care."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.diamonds.model import Stone
from shared.feeds import reading, registry
from shared.feeds.model import Feed, Identity, Item
from shared.feeds.reading import needed
from tests.conftest import AppSettings
from tests.support.feeds import ShelfFeed

STONES = 200


class CarefulShelf(ShelfFeed):
    """A shelf on which anything may lie; other tests only meet what they put there themselves."""

    def identify(self, item: Item) -> Identity:
        return super().identify(_identified(item))

    def stone(self, item: Item) -> Stone:
        return super().stone(_read(item))


@contextmanager
def shelf(app_settings: AppSettings) -> Iterator[Feed]:
    with registry.registered(CarefulShelf(STONES)):
        yield registry.feed("shelf")


def _identified(item: Item) -> Item:
    listing = reading.fields(item)
    changed_at = needed(listing, "updated", reading.moment(listing, "updated"))
    return {
        "id": needed(listing, "id", reading.text(listing, "id")),
        "offer": needed(listing, "offer", reading.text(listing, "offer")),
        "updated": changed_at.isoformat(),
    }


def _read(item: Item) -> Item:
    return _identified(item) | {
        "shape": needed(item, "shape", reading.text(item, "shape")),
        "carats": needed(item, "carats", reading.measure(item, "carats", below=100)),
        "price": needed(item, "price", reading.dollars(item, "price")),
        "lab": reading.flag(item, "lab"),
    }


SUPPLIERS = {"shelf": shelf}
