"""A full run of Nivoda's natural stones on the worst of days, and what must be true after it.

While the run reads, the supplier refuses, fails, stalls and sends listings that are no stones, and
its inventory is edited, sold and added to. Used small by the tests, at full size by the drill.
"""

import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

from shared.diamonds.model import Stone
from shared.feeds import registry
from shared.feeds.model import Identity, Item, PriceAxis
from shared.feeds.nivoda import NATURAL, mapping
from shared.ingestion import assessment, closing, consolidation, planning, queries, restaging
from shared.ingestion.model import Run
from shared.platform import clock, db
from tests.support.installation import Installation
from tests.support.supplier import SupplierProcess

WEATHER = {
    "malformed_share": 0.01,
    "throttled_share": 0.02,
    "failed_share": 0.01,
    "stalled_share": 0.005,
    "stall_seconds": 3,
}
FAIR = {name: 0 for name in WEATHER if name not in ("malformed_share", "stall_seconds")}
EDITED, SOLD, ADDED = 500, 300, 200
WAVES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""When things change: at these shares of what the run expects to fetch."""

CATALOGUE = """
    SELECT supplier_stone_id, (feed_price * 100)::bigint FROM diamonds
     WHERE feed = 'nivoda-natural' AND status = 'active'"""
QUARANTINE = """
    SELECT supplier_stone_id, field, reason FROM quarantine
     WHERE feed = 'nivoda-natural' AND resolved_at IS NULL"""
UNBALANCED = """
    SELECT count(*) FROM partition_progress
     WHERE fetched <> new + changed + unchanged + duplicate + quarantined"""


@dataclass
class Moved:
    edited: set[str] = field(default_factory=set)
    sold: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)

    def note(self, changed: dict[str, list[str]]) -> None:
        self.edited.update(changed["edited"])
        self.sold.update(changed["sold"])
        self.added.update(changed["added"])


class Mended:
    """The mapping as it will be: it knows what to do with the listings that were no stones."""

    name = NATURAL
    provider = "nivoda"
    mapper_version = 2
    page_size = 50
    axis = PriceAxis("USD per carat", Decimal(1), Decimal(100_000))

    def count(self, *_: Any, **__: Any) -> list[int]:
        raise AssertionError("the supplier was asked")

    def page(self, *_: Any, **__: Any) -> list[Item]:
        raise AssertionError("the supplier was asked")

    def identify(self, item: Item) -> Identity:
        return mapping.identity(item)

    def stone(self, item: Item) -> Stone:
        return mapping.stone(_mended(item), feed=self.name, lab_grown=False)


def _mended(item: Item) -> Item:
    price, diamond = item["price"], item["diamond"]
    certificate = diamond["certificate"] or {}
    sound = {"carats": certificate.get("carats") or 1, "shape": certificate.get("shape") or "ROUND"}
    whole = certificate | sound
    priced = price if isinstance(price, int) and price > 0 else 100_000
    return item | {"price": priced, "diamond": diamond | {"certificate": whole}}


class Storm:
    def __init__(self, app: Installation, supplier: SupplierProcess, *, limit: float) -> None:
        self.app = app
        self.supplier = supplier
        self.moved = Moved()
        self._limit = limit

    def full_run(self) -> dict[str, Any]:
        """Read everything while all of it happens; the figures, once every promise has held."""
        self.supplier.turn(**WEATHER)
        before = self.supplier.malformed()
        began = time.monotonic()
        run_id = self.app.begin("full")
        for number, share in enumerate(WAVES):
            self._wait_until(run_id, share)
            self.moved.note(self._wave(number))
        run = self.app.follow(run_id, limit=self._limit, every=0.5)
        self.supplier.turn(**FAIR)
        assert run["status"] == "completed", run["error"]
        self._the_books_balance(run)
        quarantined = self._quarantine_is_exact(before)
        self._nothing_else_is_lost()
        return {
            "seconds": round(time.monotonic() - began, 1),
            "ledger": run["summary"],
            "doubts": run["doubts"],
            "quarantined": quarantined,
            "moved": {name: len(stones) for name, stones in vars(self.moved).items()},
            "supplier": self.supplier.counters(),
        }

    def incremental_run(self) -> dict[str, Any]:
        """Six stones are stamped with the very instant that the watermark says, forty later."""
        (watermark,) = self.app.rows("SELECT max(watermark_after) FROM run_metadata")[0]
        at_the_watermark = self.supplier.change(edited=6, at=watermark.isoformat(), seed=77)
        later = self.supplier.change(edited=30, added=10, seed=78)
        run_id = self.app.begin("incremental")
        run = self.app.follow(run_id, limit=self._limit, every=0.2)
        assert run["status"] == "completed", run["error"]
        assert run["readFrom"] == run["watermarkBefore"] is not None
        self._prices_are(at_the_watermark["edited"], later["edited"], later["added"])
        self._prices_are(self.moved.edited - self.moved.sold, self.moved.added - self.moved.sold)
        return {"ledger": run["summary"], "at_the_watermark": 6, "later": 40}

    def replay(self) -> dict[str, Any]:
        """Map the quarantine again, in this process and without the supplier."""
        waiting = {stone for stone, _, _ in self._quarantine()}
        before, asked = self._catalogue(), self.supplier.counters()["requests"]
        began = time.monotonic()
        with registry.registered(Mended()):
            closed = _replayed()
        assert self._quarantine() == set()
        assert self.supplier.counters()["requests"] == asked
        assert set(self._catalogue()) == set(before) | waiting
        return {
            "waiting": len(waiting),
            "inserted": closed.inserted,
            "updated": closed.updated,
            "seconds": round(time.monotonic() - began, 1),
            "requests_to_the_supplier": 0,
        }

    def _wave(self, number: int) -> dict[str, list[str]]:
        share = len(WAVES)
        return self.supplier.change(
            edited=EDITED // share, sold=SOLD // share, added=ADDED // share, seed=1_000 + number
        )

    def _wait_until(self, run_id: str, share: float) -> None:
        deadline = time.monotonic() + self._limit
        while True:
            run = self.app.get(run_id)
            if run["expected"] and run["summary"]["fetched"] >= share * run["expected"]:
                return
            assert run["status"] == "running", run["error"]
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def _the_books_balance(self, run: dict[str, Any]) -> None:
        assert run["summary"]["balanced"]
        assert self.app.rows(UNBALANCED) == [(0,)]

    def _quarantine_is_exact(self, before: dict[str, str]) -> int:
        """Every malformed listing is there, with its field and a reason, and no other is."""
        after = self.supplier.malformed()
        found = self._quarantine()
        fields = {stone: fault for stone, fault, _ in found}
        assert after.items() <= fields.items()
        assert fields.items() <= (before | after).items()
        assert all(reason for _, _, reason in found)
        return len(fields)

    def _nothing_else_is_lost(self) -> None:
        """On sale is what is on the shelf and can be a stone; and what was sold behind our back."""
        shelf, catalogue = self.supplier.prices(), self._catalogue()
        sound = set(shelf) - set(self.supplier.malformed())
        assert sound - set(catalogue) == set()
        assert set(catalogue) - sound <= self.moved.sold
        wrong = {stone for stone in sound if catalogue[stone] != shelf[stone]}
        assert wrong == set()

    def _prices_are(self, *stones: Any) -> None:
        shelf, catalogue = self.supplier.prices(), self._catalogue()
        sound = set().union(*stones) - set(self.supplier.malformed())
        assert sound
        assert {stone: catalogue.get(stone) for stone in sound} == {
            stone: shelf.get(stone) for stone in sound
        }

    def _catalogue(self) -> dict[str, int]:
        return dict(self.app.rows(CATALOGUE))

    def _quarantine(self) -> set[tuple[str, str, str]]:
        return set(self.app.rows(QUARANTINE))


def _replayed() -> Run:
    with db.transaction() as conn:
        run = queries.insert_run(
            conn,
            run_id=uuid4(),
            feed=NATURAL,
            provider=Mended.provider,
            run_type="replay",
            requested_by="the drill",
            watermark_before=None,
            read_from=None,
            captured_at=clock.now(),
        )
    place = restaging.restage(run.run_id, None)
    while place is not None:
        place = restaging.restage(run.run_id, place)
    assert planning.plan_run(run.run_id) == []
    assessment.assess_run(run.run_id)
    while consolidation.consolidate(run.run_id):
        """Batch after batch."""
    return closing.close_run(run.run_id, "completed", None)
