import pytest

from shared.feeds import registry
from tests.support.feeds import ShelfFeed


def test_a_feed_is_found_by_its_name() -> None:
    assert "demo" in registry.names()


def test_an_unknown_feed_is_refused_with_the_known_ones() -> None:
    with pytest.raises(registry.FeedUnknown) as refusal:
        registry.feed("atlantis")

    assert refusal.value.status == 404
    assert refusal.value.hint is not None
    assert "demo" in refusal.value.hint


def test_an_invented_feed_stands_among_the_others_for_a_while() -> None:
    invented = ShelfFeed()

    with registry.registered(invented):
        assert registry.feed("shelf") is invented
        assert {"demo", "shelf"} <= set(registry.names())

    assert "shelf" not in registry.names()
