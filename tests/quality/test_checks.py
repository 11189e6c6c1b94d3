"""Rules judge a stone in the app as the preview counts it in the database."""

from decimal import Decimal
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as attempts
from hypothesis import strategies as some
from psycopg import Connection
from pydantic import ValidationError

from shared.diamonds.model import Stone
from shared.ingestion import queries, sightings, writing
from shared.quality import preview
from shared.quality.checks import Checks, RuleUnknown, said
from shared.quality.model import COMPARISONS, FIELDS, Comparison, Effect, RunRule, Wanted
from tests.support.feeds import ShelfFeed, listing

STONES = 60
TEXTS = ("D", "E", "100%", "it's", "")
NUMBERS = (Decimal("0.5"), Decimal(1), Decimal("1.50"), Decimal(99), 0, 1, 100)


def stones() -> list[Stone]:
    feed = ShelfFeed()
    mapped = [feed.stone(listing(number)) for number in range(STONES)]
    return [
        stone._replace(
            color=(None, "D", "E", "100%")[number % 4],
            depth_pct=(None, Decimal("0.5"), Decimal(1), Decimal("1.5"))[number % 4],
            delivery_days_min=(None, 0, 1)[number % 3],
            eye_clean=(None, True, False)[number % 3],
        )
        for number, stone in enumerate(mapped)
    ]


def a_rule(field: str, comparison: Comparison, value: Any, effect: Effect = "warn") -> RunRule:
    return RunRule.model_construct(
        rule_id=uuid4(), field=field, comparison=comparison, value=value, effect=effect
    )


@some.composite
def rules(draw: some.DrawFn) -> RunRule:
    field = draw(some.sampled_from(["color", "depth_pct", "delivery_days_min", "eye_clean"]))
    kind = FIELDS[field]
    comparison = draw(some.sampled_from(COMPARISONS[kind]))
    of_kind: Any = {"text": TEXTS, "number": NUMBERS, "boolean": (True, False)}
    one = some.sampled_from(of_kind[kind])
    value: Any = draw(some.lists(one, min_size=1) if comparison in ("in", "not in") else one)
    return a_rule(field, comparison, None if comparison == "known" else value)


@given(several=some.lists(rules(), min_size=1, max_size=6))
@attempts(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_preview_counts_the_stones_that_a_run_would_catch(
    conn: Connection, several: list[RunRule]
) -> None:
    every = stones()
    if not sightings.count_active(conn, feed="shelf"):
        writing.restage(conn, ShelfFeed(), every)
        queries.consolidate_batch(conn, feed="shelf", limit=STONES)

    found = preview.count_offenders(conn, [(rule, "shelf") for rule in several], feed=None)

    for rule, caught in zip(several, found, strict=True):
        broken = {s.supplier_stone_id for s in every if Checks([rule]).broken(s)}
        assert caught.stones == len(broken)
        assert set(caught.examples) <= broken


def test_what_is_unknown_breaks_no_rule_but_that_it_be_known() -> None:
    (stone, *_) = stones()
    comparisons = [one for one in get_args(Comparison) if one not in ("known", "in", "not in")]
    compared = [a_rule("depth_pct", one, Decimal(1)) for one in comparisons]
    listed = [a_rule("color", one, ["X"]) for one in ("in", "not in")]

    assert stone.depth_pct is None
    assert not Checks(compared + listed).broken(stone)
    (broken,) = Checks([a_rule("color", "known", None)]).broken(stone)
    assert said(broken, stone) == "is unknown, against the rule color known"


def test_the_gravest_rule_comes_first() -> None:
    effects: list[Effect] = ["warn", "fail", "quarantine"]
    broken = Checks([a_rule("carats", "<", 0, effect) for effect in effects]).broken(stones()[0])

    assert [rule.effect for rule in broken] == ["fail", "quarantine", "warn"]


def test_a_rule_that_nobody_can_judge_by_is_not_passed_over() -> None:
    with pytest.raises(RuleUnknown, match="stones have no lustre"):
        Checks([a_rule("lustre", ">", 1)])


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"field": "lustre", "comparison": ">", "value": 1}, "no field of a stone"),
        ({"field": "diamond_id", "comparison": "=", "value": "x"}, "no field of a stone"),
        ({"field": "image_urls", "comparison": "known"}, "no field of a stone"),
        ({"field": "shape", "comparison": ">", "value": "ROUND"}, "is a text"),
        ({"field": "eye_clean", "comparison": "in", "value": [True]}, "is a boolean"),
        ({"field": "carats", "comparison": ">", "value": "one"}, "does not fit"),
        ({"field": "carats", "comparison": ">", "value": True}, "does not fit"),
        ({"field": "carats", "comparison": ">"}, "does not fit"),
        ({"field": "carats", "comparison": "in", "value": []}, "does not fit"),
        ({"field": "shape", "comparison": "in", "value": ["R"] * 101}, "does not fit"),
        ({"field": "shape", "comparison": "=", "value": "R" * 201}, "does not fit"),
        ({"field": "shape", "comparison": "known", "value": "R"}, "does not fit"),
        ({"field": "eye_clean", "comparison": "=", "value": 1}, "does not fit"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Wanted.model_validate({"effect": "warn", **asked})


def test_rules_may_be_about_what_is_known_of_a_stone_and_not_about_its_ids() -> None:
    assert FIELDS["feed_price"] == FIELDS["delivery_days_min"] == "number"
    assert (FIELDS["stone_type"], FIELDS["lab_grown"]) == ("text", "boolean")
    assert not {"diamond_id", "feed", "source_updated_at", "doubts"} & FIELDS.keys()
    assert a_rule("carats", "in", [1, Decimal("1.50")]).text == "carats in [1,1.50]"
    assert isinstance(a_rule("carats", ">", 1).rule_id, UUID)
