"""A process that replays the shelf's quarantine by a mended mapping, to be killed on its way."""

import sys
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.diamonds.model import Stone
from shared.feeds import registry
from shared.feeds.model import Item
from shared.ingestion import assessment, closing, consolidation, planning, replaying, restaging
from tests.support.feeds import ShelfFeed

BATCH = 5


class MendedFeed(ShelfFeed):
    """Knows what to do with carats that are no number, and asks no supplier."""

    mapper_version = 2

    def count(self, *_: Any, **__: Any) -> list[int]:
        raise AssertionError("the supplier was asked")

    def page(self, *_: Any, **__: Any) -> list[Item]:
        raise AssertionError("the supplier was asked")

    def stone(self, item: Item) -> Stone:
        sound = isinstance(item["carats"], Decimal)
        return super().stone(item if sound else item | {"carats": Decimal("1.11")})


def replay(run_id: UUID) -> None:
    """To the run's end, as its orchestration does."""
    place = restaging.restage(run_id, None)
    while place is not None:
        place = restaging.restage(run_id, place)
    assert planning.plan_run(run_id) == []
    assessment.assess_run(run_id)
    while consolidation.consolidate(run_id):
        """Batch after batch."""
    closing.close_run(run_id, "completed", None)


if __name__ == "__main__":
    replaying.BATCH = BATCH
    with registry.registered(MendedFeed()):
        replay(UUID(sys.argv[1]))
