"""A new supplier is one folder: nothing of the pipeline knows its name, or anybody's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.workspace import REPOSITORY
from shared import feeds
from shared.feeds import registry
from tests.ingestion.conftest import Shop

PEBBLES = """
from tests.support.feeds import ShelfFeed


class Pebbles(ShelfFeed):
    name = provider = "pebbles"


pebbles = Pebbles(stones=120)
FEEDS = {"pebbles": lambda: pebbles}
"""
PIPELINE = ("shared/ingestion", "activities", "orchestrators", "triggers", "sql/queries")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Beside the other adapters' folders, for a while."""
    adapter = tmp_path / "pebbles"
    adapter.mkdir()
    (adapter / "__init__.py").write_text(PEBBLES)
    monkeypatch.setattr(feeds, "__path__", [*feeds.__path__, str(tmp_path)])
    _forget()
    yield adapter
    _forget()


def _forget() -> None:
    registry._declared.cache_clear()
    registry._trading.cache_clear()


def test_a_folder_is_all_a_new_feed_takes_from_the_first_count_to_the_sweep(
    shop: Shop, folder: Path
) -> None:
    assert "pebbles" in registry.names()
    new = Shop(registry.feed("pebbles"))  # type: ignore[arg-type]

    first = new.run()
    new.feed.sell(7)
    new.feed.change(8, shape="OVAL")
    second = new.run()

    assert (first.status, first.new, first.active) == ("completed", 120, 120)
    assert (second.changed, second.removed, second.active) == (1, 1, 119)
    assert second.balanced


def test_the_pipeline_names_no_feed() -> None:
    known = set(registry.names()) | {"nivoda"}
    read = {
        path: path.read_text(encoding="utf-8")
        for room in PIPELINE
        for path in (REPOSITORY / room).rglob("*")
        if path.suffix in (".py", ".sql") and path.stem != "demo_supplier"
    }

    assert len(read) > 30
    assert [str(path) for path, text in read.items() if any(name in text for name in known)] == []
