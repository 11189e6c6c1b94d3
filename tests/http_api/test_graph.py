"""The catalogue by GraphQL: the same stones as by REST, read-only, and within limits."""

import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
from graphql import OperationDefinitionNode, parse

from http_api.graph import ask_graph
from http_api.graph_limits import Measure, TooExpensive
from http_api.stone import get_diamond
from local.workspace import REPOSITORY
from shared.access import service
from shared.access.model import Scope
from shared.platform import db
from tests.support.callers import a_key, shown
from tests.support.http import Answered, call
from tests.support.offers import put_many_on_sale, put_on_sale

INTROSPECTION = "{ __schema { types { name fields { name type { name ofType { name } } } } } }"


@pytest.fixture
def key(app_database: str) -> dict[str, str]:
    with db.transaction() as conn:
        issued = service.issue(conn, client_name="a shop", scopes=[Scope.DIAMONDS_READ])
    return {"X-API-Key": issued.secret}


@pytest.fixture
def diamond(key: dict[str, str]) -> UUID:
    with db.transaction() as conn:
        put_many_on_sale(conn, 60)
        put_on_sale(conn, price="4500", color="E")
        return put_on_sale(conn, image_url="https://p.example/1.jpg")


def asked(key: dict[str, str], query: str, **variables: Any) -> Answered:
    body = {"query": query, "variables": variables}
    return call(ask_graph, "POST", headers=key, body=body)


def data(key: dict[str, str], query: str, **variables: Any) -> dict[str, Any]:
    answered = asked(key, query, **variables)
    assert (answered.status, answered.body["errors"]) == (200, None)
    told: dict[str, Any] = answered.body["data"]
    return told


def refused(key: dict[str, str], query: str, **variables: Any) -> dict[str, Any]:
    body = asked(key, query, **variables).body
    first: dict[str, Any] = body["errors"][0]
    return first


def test_a_stone_is_the_same_as_by_rest(key: dict[str, str], diamond: UUID) -> None:
    shown = call(get_diamond, route={"diamond_id": str(diamond)}, headers=key).body["data"]
    plain = [name for name, value in shown.items() if not isinstance(value, dict)]
    query = f"query One($id: ID!) {{ diamond(id: $id) {{ {' '.join(plain)} media {{ images }} }} }}"

    found = data(key, query, id=str(diamond))["diamond"]

    assert found == {name: shown[name] for name in plain} | {
        "media": {"images": ["https://p.example/1.jpg"]}
    }


def test_stones_are_filtered_sorted_and_paged(key: dict[str, str], diamond: UUID) -> None:
    query = """
        query Page($after: String) {
          diamonds(where: {shape: ["round"], labGrown: false, priceMax: 6000},
                   sortBy: "carats", sortOrder: "desc", first: 7, after: $after) {
            nodes { id shape carats price labGrown }
            page { total hasMore nextCursor }
          }
        }"""
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        page = data(key, query, after=after)["diamonds"]
        seen += page["nodes"]
        after = page["page"]["nextCursor"]
        if not page["page"]["hasMore"]:
            break

    assert len({stone["id"] for stone in seen}) == len(seen) == page["page"]["total"]
    assert {stone["shape"] for stone in seen} == {"ROUND"}
    assert [stone["carats"] for stone in seen] == sorted(
        (stone["carats"] for stone in seen), reverse=True
    )


def test_what_stands_beside_a_stone_is_had_in_one_question(
    key: dict[str, str], diamond: UUID
) -> None:
    query = """query Beside($id: ID!) { diamond(id: $id) {
        similar(first: 3) { id distance }
        pairs { id }
        dealScore { score peers }
        priceHistory { price since until }
        frontier(budgetPct: 40) { priceDifference better { color } diamond { id price } }
    } }"""

    found = data(key, query, id=str(diamond))["diamond"]

    assert len(found["similar"]) == 3
    assert found["dealScore"]["peers"] >= 0
    assert [step["price"] for step in found["priceHistory"]] == [5000.0]
    assert found["frontier"]


def test_a_fragment_and_an_alias_count_like_what_they_stand_for(
    key: dict[str, str], diamond: UUID
) -> None:
    once = asked(key, f'{{ diamond(id: "{diamond}") {{ id shape }} }}').body
    twice = asked(
        key,
        f'{{ a: diamond(id: "{diamond}") {{ ...F }} b: diamond(id: "{diamond}") {{ ...F }} }}'
        " fragment F on Diamond { id shape }",
    ).body

    assert twice["errors"] is None
    assert twice["extensions"]["cost"] == 2 * once["extensions"]["cost"]


def test_nothing_of_the_schema_names_cost_markup_or_supplier(key: dict[str, str]) -> None:
    raw = asked(key, INTROSPECTION).raw

    assert b'"Diamond"' in raw
    for word in (b"markup", b"supplier", b"feed", b"offerId", b"ruleSet"):
        assert word not in raw
    kinds = "{ __schema { mutationType { name } subscriptionType { name } } }"
    assert set(data(key, kinds)["__schema"].values()) == {None}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ diamonds(first: 100) { nodes { dealScore { score } } } }", "TOO_EXPENSIVE"),
        ("query($n: Int) { diamonds(first: $n) { nodes { similar { id } } } }", "TOO_EXPENSIVE"),
        ("{ diamonds(first: 101) { nodes { id } } }", "VALIDATION_ERROR"),
        ("{ diamonds(first: -5) { nodes { id } } }", "VALIDATION_ERROR"),
        ('{ diamonds(where: {colour: ["D"]}) { nodes { id } } }', "VALIDATION_ERROR"),
        ('{ diamonds(where: {priceMin: "x"}) { nodes { id } } }', "VALIDATION_ERROR"),
        ('{ diamonds(sortBy: "cost") { nodes { id } } }', "VALIDATION_ERROR"),
        ('{ diamonds(after: "nonsense") { nodes { id } } }', "VALIDATION_ERROR"),
        ('{ diamond(id: "1 OR 1=1") { id } }', "VALIDATION_ERROR"),
        (f'{{ diamond(id: "{UUID(int=7)}") {{ id }} }}', "DIAMOND_NOT_FOUND"),
        ('{ exchangeRate(currency: "EUR") { rate } }', "EXCHANGE_RATE_UNAVAILABLE"),
        ("{ diamond }", "VALIDATION_ERROR"),
        ("mutation { sell }", "VALIDATION_ERROR"),
        ("{", "VALIDATION_ERROR"),
        ("query A { __typename } query B { __typename }", "VALIDATION_ERROR"),
        ("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", "VALIDATION_ERROR"),
        ("{ " + "a: __typename " * 700 + "}", "VALIDATION_ERROR"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_code(
    key: dict[str, str], query: str, code: str
) -> None:
    assert refused(key, query)["extensions"]["code"] == code


@pytest.mark.parametrize(("levels", "accepted"), [(6, True), (7, False)])
def test_a_question_may_be_so_deep_and_no_deeper(levels: int, accepted: bool) -> None:  # noqa: FBT001
    document = parse("{ a " * levels + "}" * levels)
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)

    try:
        Measure({}, {}).of(operation)
    except TooExpensive:
        assert not accepted
    else:
        assert accepted


def test_fragments_within_fragments_are_refused_before_they_explode(key: dict[str, str]) -> None:
    twice = "fragment F{} on Query {{ ...F{} __typename ...F{} }}"
    spread = [twice.format(n, n + 1, n + 1) for n in range(60)]
    query = "{ ...F0 } " + " ".join(spread) + " fragment F60 on Query { __typename }"

    assert refused(key, query)["extensions"]["code"] == "TOO_EXPENSIVE"


def test_asking_for_the_schema_over_and_over_is_refused(key: dict[str, str]) -> None:
    nested = "fields { type { " * 4 + "name" + " } }" * 4

    assert refused(key, f"{{ __schema {{ types {{ {nested} }} }} }}")


def test_a_fault_of_ours_is_not_told(key: dict[str, str], diamond: UUID) -> None:
    with db.transaction() as conn:
        conn.execute("ALTER VIEW public_stones RENAME TO hidden_stones")

    error = refused(key, f'{{ diamond(id: "{diamond}") {{ id }} }}')

    assert error["extensions"]["code"] == "INTERNAL_ERROR"
    assert "public_stones" not in error["message"]


def test_a_key_is_needed(key: dict[str, str]) -> None:
    assert call(ask_graph, "POST", body={"query": "{ __typename }"}).status == 401
    assert call(ask_graph, "POST", headers=key, body={"question": "?"}).status == 400


def test_asking_is_reading(key: dict[str, str]) -> None:
    with db.transaction() as conn:
        before = conn.execute("SELECT count(*) FROM audit_log").fetchone()
    asked(key, "{ __typename }")

    with db.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM audit_log").fetchone() == before


def test_nobody_waits_for_the_library_who_does_not_ask() -> None:
    loaded = "import sys, function_app; sys.exit('graphql' in sys.modules)"

    subprocess.run([sys.executable, "-c", loaded], cwd=REPOSITORY, check=True)


def test_only_staff_may_ask_whose_stones_they_are(key: dict[str, str], diamond: UUID) -> None:
    query = '{ diamonds(where: {feed: ["shelf"]}) { page { total } } }'
    staff = shown(a_key(Scope.DIAMONDS_READ, Scope.COSTS_READ))

    (refused,) = asked(key, query).body["errors"]

    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert data(staff, query)["diamonds"]["page"]["total"] > 0
