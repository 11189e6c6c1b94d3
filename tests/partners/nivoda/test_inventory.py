"""The invented inventory has the real one's shape, and behaves like a shelf."""

import graphql
import orjson
import pytest

from local.partners.nivoda.distribution import LABGROWN_PER_CARAT, NATURAL_PER_CARAT, quantiles
from local.partners.nivoda.graph import document, public_schema
from local.partners.nivoda.knobs import Knobs
from local.partners.nivoda.payloads import Writer
from local.partners.nivoda.projection import compiled, project
from local.partners.nivoda.shelf import Wanted
from local.partners.nivoda.supplier import EVERYTHING, Changes, Refused, Supplier
from shared.feeds.nivoda import operations

STONES = 3_000


@pytest.fixture(scope="module")
def stocked() -> Supplier:
    return Supplier(natural=STONES, labgrown=STONES)


@pytest.fixture
def supplier() -> Supplier:
    return Supplier(natural=300, labgrown=10)


def share_below(supplier: Supplier, dollars: int) -> float:
    return supplier.natural.count(Wanted(0, dollars)) / STONES


@pytest.mark.parametrize(
    ("dollars", "share"),
    [(500, 0.069), (1_000, 0.305), (1_500, 0.527), (2_500, 0.745), (5_000, 0.905), (10_000, 0.973)],
)
def test_prices_per_carat_are_spread_as_in_production(
    stocked: Supplier, dollars: int, share: float
) -> None:
    assert share_below(stocked, dollars) == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize(("quantile", "dollars"), [(0.5, 1_250), (0.9, 8_100)])
def test_whole_prices_are_spread_as_in_production(
    stocked: Supplier, quantile: float, dollars: int
) -> None:
    prices = sorted(item["price"] / 100 for item in stocked.page("natural", EVERYTHING, 0, STONES))

    assert prices[int(len(prices) * quantile)] == pytest.approx(dollars, rel=0.2)


def test_most_laboratory_grown_stones_cost_less_than_250_dollars_a_carat(stocked: Supplier) -> None:
    cheap = stocked.labgrown.count(Wanted(0, 250)) / STONES
    famous = stocked.labgrown.count(Wanted(180, 210)) / STONES

    assert cheap == pytest.approx(770 / 904, abs=0.01)
    assert famous == pytest.approx(36_413 / 904_000, abs=0.005)


def test_the_buckets_are_the_counted_ones() -> None:
    assert sum(bucket.stones for bucket in NATURAL_PER_CARAT) == pytest.approx(437_177, abs=100)
    assert sum(bucket.stones for bucket in LABGROWN_PER_CARAT) == 904_000
    assert list(quantiles(NATURAL_PER_CARAT, 100)) == sorted(quantiles(NATURAL_PER_CARAT, 100))


def test_prices_per_carat_have_fractions_between_the_dollars(stocked: Supplier) -> None:
    whole = sum(stocked.natural.count(Wanted(dollar, dollar)) for dollar in range(1_000, 1_100))

    assert whole < 0.1 * stocked.natural.count(Wanted(1_000, 1_100))


def test_the_same_seed_makes_the_same_stones() -> None:
    def listings(seed: int) -> list[dict[str, object]]:
        return list(Supplier(natural=20, labgrown=0, seed=seed).page("natural", EVERYTHING, 0, 20))

    assert listings(7) == listings(7) != listings(8)


def test_listings_are_as_large_as_the_real_ones(stocked: Supplier) -> None:
    sizes = [len(orjson.dumps(item)) for item in stocked.page("natural", EVERYTHING, 0, 500)]

    assert all(1_700 <= size <= 3_300 for size in sizes)


def test_listings_are_untidy(stocked: Supplier) -> None:
    stones = [item["diamond"] for item in stocked.page("natural", EVERYTHING, 0, STONES)]
    certificates = [stone["certificate"] for stone in stones]
    claims = sum(certificate["labgrown"] for certificate in certificates) / STONES

    assert 0.4 < claims < 0.6
    assert {"0", "null"} < {certificate["length"] for certificate in certificates}
    assert {"100%", None} < {stone["eyeClean"] for stone in stones}
    assert any(c["f_color"] and c["color"] != "FANCY" for c in certificates)
    assert {"FANCY", "OP"} < {certificate["color"] for certificate in certificates}


def test_a_stone_is_found_by_its_id_and_nobody_else_s() -> None:
    writer = Writer(1)
    mine = writer.diamond_id("labgrown", 437_848)

    assert writer.found(mine) == ("labgrown", 437_848)
    assert Writer(2).found(mine) is None
    assert [writer.found(odd) for odd in ("", "DIAMOND/x", mine[:-1], "z" * 36)] == [None] * 4


def test_a_page_is_a_window_on_a_stable_order(supplier: Supplier) -> None:
    supplier.knobs = Knobs(short_page_share=0)
    whole = list(supplier.page("natural", EVERYTHING, 0, 300))

    assert list(supplier.page("natural", EVERYTHING, 100, 50)) == whole[100:150]
    assert list(supplier.page("natural", EVERYTHING, 300, 50)) == []


def test_short_pages_are_the_same_ones_every_time_and_never_empty(supplier: Supplier) -> None:
    supplier.knobs = Knobs(short_page_share=0.5)
    lengths = [len(list(supplier.page("natural", EVERYTHING, at, 50))) for at in range(0, 300, 50)]

    assert lengths == [
        len(list(supplier.page("natural", EVERYTHING, at, 50))) for at in range(0, 300, 50)
    ]
    assert min(lengths) >= 1
    assert min(lengths) < 50


def test_changes_hit_what_they_say_and_nothing_else(supplier: Supplier) -> None:
    before = {item["id"]: item for item in supplier.page("natural", EVERYTHING, 0, 300)}
    changed = supplier.change(Changes(edited=10, sold=20, added=5))
    supplier.knobs = Knobs(short_page_share=0)
    after = {item["id"]: item for item in supplier.page("natural", EVERYTHING, 0, 300)}

    touched = {f"DIAMOND/{stone}" for stone in (*changed.edited, *changed.sold, *changed.added)}
    assert len(after) == 300 - 20 + 5
    assert all(after[stone] == before[stone] for stone in set(before) & set(after) - touched)
    with pytest.raises(Refused, match="not found"):
        supplier.item(changed.sold[0])


def test_a_stone_is_counted_where_its_price_has_moved_to(supplier: Supplier) -> None:
    (number,) = supplier.natural.find(EVERYTHING)[5:6]
    stone = supplier.natural.stone(number)
    assert stone is not None
    supplier.natural.reprice(number, 777_77 * stone.hundredths, at=1)

    assert number in supplier.natural.find(Wanted(77_777, 77_777))
    assert len(supplier.natural) == 300


def test_listings_by_plan_are_what_graphql_would_have_made_of_them(supplier: Supplier) -> None:
    """The short cut below `items` against graphql-core's own execution of the same selection."""
    parsed, faults = document(operations.document("page"))
    assert parsed is not None
    assert faults == []
    fragment = next(
        node for node in parsed.definitions if isinstance(node, graphql.FragmentDefinitionNode)
    )
    query = graphql.parse(
        "query Q { as { get_diamond_by_id(diamond_id: 1) { ...Listing } } }"
        + graphql.print_ast(fragment)
    )
    plan = compiled(fragment.selection_set, {})
    for item in supplier.page("natural", EVERYTHING, 0, 50):
        root = {"as": {"get_diamond_by_id": item}}
        result = graphql.execute_sync(public_schema(), query, root)
        assert result.errors is None
        assert result.data is not None
        assert result.data["as"]["get_diamond_by_id"] == project(plan, item)


def test_a_token_is_good_until_it_says_otherwise(supplier: Supplier) -> None:
    assert supplier.sessions.fault("x.y.z") == "jwt malformed"
    assert supplier.sessions.fault(None) == "jwt malformed"
    good = supplier.sessions.login("shop@example.test", "diamonds", seconds=60)
    late = supplier.sessions.login("shop@example.test", "diamonds", seconds=-1)
    assert (supplier.sessions.fault(good), supplier.sessions.fault(late)) == (None, "jwt expired")
    assert supplier.sessions.login("shop@example.test", "wrong", seconds=60) is None
