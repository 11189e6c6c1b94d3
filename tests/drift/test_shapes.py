"""What a payload is made of, place by place."""

from decimal import Decimal
from typing import Any

import pytest

from shared.drift.samples import sample
from shared.drift.shapes import DEEPEST, Shapes


def places(item: Any) -> dict[str, str]:
    return {place.path: place.type for place in Shapes().strange(item)}


def test_elements_of_an_array_share_one_path() -> None:
    assert places({"images": [{"url": "a"}, {"url": "b", "n": 1}], "sizes": [[1], []]}) == {
        "images": "array",
        "images[]": "object",
        "images[].url": "string",
        "images[].n": "number",
        "sizes": "array",
        "sizes[]": "array",
        "sizes[][]": "number",
    }


def test_whole_and_decimal_numbers_are_one_type_and_truth_is_another() -> None:
    shapes = Shapes()
    shapes.learn(shapes.strange({"a": 1}))

    assert shapes.strange({"a": Decimal("1.5")}) == {}
    assert [place.type for place in shapes.strange({"a": True})] == ["boolean"]


def test_what_is_known_is_known_in_any_mixture() -> None:
    shapes = Shapes()
    shapes.learn({**shapes.strange({"a": 1, "b": None}), **shapes.strange({"a": None, "b": "x"})})

    assert shapes.strange({"a": None, "b": None}) == {}
    assert shapes.strange({"b": "x", "a": 1}) == {}
    assert list(shapes.strange({"a": 1, "b": {"c": 1}})) == [("b", "object"), ("b.c", "number")]
    assert len(shapes.strange({"a": 1, "b": {"c": 1}})) == 2


def test_keys_that_are_ids_share_one_path() -> None:
    ids = {"12": 1, "S-000017": 2, "0b6c7a52-3f0f-4a6e-9d0e-6f3a3c1d2e01": 3, "v360": 4}
    assert places({"by": ids}) == {"by": "object", "by.*": "number", "by.v360": "number"}
    assert set(places({"by": {f"k{'abcdefghij'[n % 10]}{n}": n for n in range(900)}})) == {
        "by",
        "by.*",
    }


def test_odd_keys_stay_apart_from_paths_and_depth_has_an_end() -> None:
    assert set(places({"a.b": 1, "a": {"b": 2}})) == {'["a.b"]', "a", "a.b"}
    deep: Any = 1
    for _ in range(500):
        deep = {"a": deep}
    assert len(places(deep)) == DEEPEST + 1


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("sparkle", Decimal("97.50"), "97.50"),
        ("sparkle", None, "null"),
        ("sparkle", {"score": 1, "by": 2}, "{score, by}"),
        ("sparkle", [1, 2], "[2]"),
        ("remark", "write to jo@example.com", "'write to (e-mail)"),
        ("remark", "call +49 (151) 123-4567", "'call (digits)'"),
        ("remark", 491511234567, "(digits)"),
        ("link", "https://x.test/a?token=abc", "'https://x.test/a?..."),
        ("supplier.contact.first", "Jo", "(withheld)"),
        ("seller_name", "Jo", "(withheld)"),
        ("diamond.price_usd", 1200, "(withheld)"),
    ],
)
def test_a_sample_shows_what_it_is_and_nothing_of_anybody(
    path: str, value: Any, shown: str
) -> None:
    assert sample(path, value) == shown
    assert len(sample("a", "x" * 500)) < 100
