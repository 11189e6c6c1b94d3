"""Over HTTP: the schema is enforced, and every knob does what it says."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.partners.nivoda.counters import busiest
from local.partners.nivoda.sessions import ACCOUNT, PASSWORD
from tests.support import nivoda

COUNT = """
query Count($token: String, $query: DiamondQuery) {
  as(token: $token) { diamonds_by_query_count(query: $query) }
}
"""
LOGIN = """
query Login($username: String!, $password: String!) {
  authenticate {
    username_and_password(username: $username, password: $password) {
      token
      user { id role }
    }
  }
}
"""
PAGE = """
query Page($token: String, $limit: Int, $offset: Int, $query: DiamondQuery) {
  as(token: $token) {
    diamonds_by_query(query: $query, offset: $offset, limit: $limit) {
      total_count
      items { offer: id price diamond { id certificate { carats } } }
    }
  }
}
"""


class Caller:
    """Speaks to the supplier by hand."""

    def __init__(self, partner: nivoda.Running, http: httpx.Client) -> None:
        self.http = http
        self.endpoint = partner.endpoint
        self.token = ""

    def post(self, document: str, /, **variables: Any) -> httpx.Response:
        return self.http.post(self.endpoint, json={"query": document, "variables": variables})

    def ask(self, document: str, /, **variables: Any) -> Any:
        return self.post(document, token=self.token, **variables).json()

    def count(self, **query: Any) -> int:
        answer: int = self.ask(COUNT, query=query)["data"]["as"]["diamonds_by_query_count"]
        return answer

    def page(self, limit: int = 50, offset: int = 0, **query: Any) -> Any:
        return self.ask(PAGE, limit=limit, offset=offset, query=query)["data"]["as"][
            "diamonds_by_query"
        ]

    def turn(self, **knobs: Any) -> httpx.Response:
        return self.http.patch("/admin/knobs", json=knobs)

    def login(self) -> None:
        answer = self.post(LOGIN, username=ACCOUNT, password=PASSWORD).json()
        session = answer["data"]["authenticate"]["username_and_password"]
        assert session["user"] == {"id": ACCOUNT, "role": "CUSTOMER"}
        self.token = session["token"]


@pytest.fixture(scope="module")
def partner() -> Iterator[nivoda.Running]:
    with nivoda.running() as running:
        yield running


@pytest.fixture
def caller(partner: nivoda.Running) -> Iterator[Caller]:
    partner.restock()
    with httpx.Client(base_url=partner.url, timeout=5) as http:
        caller = Caller(partner, http)
        caller.login()
        yield caller


def test_the_schema_is_enforced(caller: Caller) -> None:
    wrong = caller.post("{ as { diamonds } }")

    assert wrong.status_code == 400
    assert "Cannot query field 'diamonds'" in wrong.json()["errors"][0]["message"]
    assert caller.post("query {").status_code == 400


def test_both_price_bounds_are_needed(caller: Caller) -> None:
    answer = caller.ask(COUNT, query={"dollar_per_carat": {"from": 0}})

    assert "to include required field 'to'" in answer["errors"][0]["message"]


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c"])
def test_nothing_is_told_without_a_token(caller: Caller, token: str | None) -> None:
    answer = caller.post(COUNT, token=token).json()

    assert answer["data"] is None
    assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


def test_a_bearer_token_does_as_well(caller: Caller) -> None:
    query = {"query": "{ diamonds_by_query_count }"}
    headers = {"Authorization": f"Bearer {caller.token}"}

    answer = caller.http.post(caller.endpoint, json=query, headers=headers).json()
    assert answer == {"data": {"diamonds_by_query_count": 170}}


def test_tokens_can_be_made_to_expire(caller: Caller) -> None:
    caller.http.delete("/admin/tokens")

    assert caller.ask(COUNT)["errors"][0]["message"] == "jwt expired"


def test_the_total_of_a_page_is_the_page_s(caller: Caller) -> None:
    caller.turn(short_page_share=0)

    assert caller.count() == 170
    assert caller.page(offset=150)["total_count"] == 20


def test_a_page_holds_fifty_at_most(caller: Caller) -> None:
    caller.turn(short_page_share=0)
    assert len(caller.page(limit=500)["items"]) == 50

    caller.turn(limit_is_error=True)
    assert "limit must not be above 50" in caller.ask(PAGE, limit=51)["errors"][0]["message"]


def test_only_what_was_asked_for_comes_under_the_name_it_was_asked_by(caller: Caller) -> None:
    item = caller.page(limit=1)["items"][0]

    assert sorted(item) == ["diamond", "offer", "price"]
    assert sorted(item["diamond"]) == ["certificate", "id"]
    assert list(item["diamond"]["certificate"]) == ["carats"]


def test_natural_beside_laboratory_grown_is_forbidden(caller: Caller) -> None:
    caller.turn(one_kind_at_a_time=True)
    caller.count(labgrown=True)

    assert caller.post(COUNT, token=caller.token, query={"labgrown": False}).status_code == 403


def test_a_throttled_caller_is_told_for_how_long(caller: Caller) -> None:
    caller.turn(throttled_share=1, retry_after_seconds=7)
    answer = caller.post(COUNT)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")


def test_a_rate_can_be_enforced(caller: Caller) -> None:
    caller.turn(requests_per_second=3)
    statuses = [caller.post(COUNT, token=caller.token).status_code for _ in range(6)]

    assert statuses[-1] == 429


def test_failures_come_as_server_errors(caller: Caller) -> None:
    caller.turn(failed_share=1)

    assert {caller.post(COUNT).status_code for _ in range(12)} == {500, 502, 503}


def test_everything_is_counted(caller: Caller) -> None:
    caller.http.delete("/admin/counters")
    for _ in range(3):
        caller.count()
    caller.post("{ as { diamonds } }")

    report = caller.http.get("/admin/counters").json()
    assert report["requests"] == 4
    assert report["busiest_second"] == 4
    assert report["operations"] == {"Count": 3}
    assert report["statuses"] == {"200": 3, "400": 1}


def test_changes_are_made_from_outside(caller: Caller) -> None:
    sold = caller.http.post("/admin/changes", json={"kind": "labgrown", "sold": 3}).json()["sold"]

    assert len(sold) == 3
    assert caller.count(labgrown=True) == 167


def test_the_malformed_are_listed(caller: Caller) -> None:
    caller.turn(malformed_share=0.1)
    listed = caller.http.get("/admin/malformed").json()

    assert 5 < len(listed) < 40
    assert set(listed.values()) <= {"certificate", "price", "carats", "shape"}


@pytest.mark.parametrize(("path", "body"), [("knobs", {"speed": 1}), ("changes", {"bought": 1})])
def test_an_unknown_knob_is_refused(caller: Caller, path: str, body: dict[str, int]) -> None:
    method = "PATCH" if path == "knobs" else "POST"

    assert caller.http.request(method, f"/admin/{path}", json=body).status_code == 400


@pytest.mark.parametrize(
    ("arrivals", "most"),
    [([], 0), ([5.0], 1), ([0, 0.5, 0.999, 1.0], 3), ([0, 1, 2], 1), ([0, 0.9, 1.1, 1.2, 1.8], 4)],
)
def test_the_busiest_second_begins_anywhere(arrivals: list[float], most: int) -> None:
    assert busiest(arrivals) == most
