"""Rules over HTTP: drafts, previews, activation, jobs, explanations."""

import asyncio
import json
from typing import Any

import azure.functions as func
import pytest

from http_api import price_explanation as why
from http_api import pricing_rules as pricing
from http_api import rating_rules as rating
from shared.access import service
from shared.access.model import Scope
from shared.ingestion import queries
from shared.platform import db
from shared.reapply import batches
from tests.conftest import AppSettings
from tests.support.feeds import ShelfFeed, listing
from tests.support.http import Answered, call
from tests.support.rules import stage


class Recorder:
    """Stands where the Durable client does, and notes what was to be started."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []

    async def start_new(self, name: str, instance_id: str, request: dict[str, Any]) -> str:
        self.started.append({"name": name, "instance_id": instance_id, **request})
        return instance_id


class Desk:
    """A pricing manager with twelve stones in the shop."""

    def __init__(self, key: str) -> None:
        self.headers = {"X-API-Key": key}
        self.client = Recorder()

    def ask(self, function: Any, body: Any = None, **route: str) -> Answered:
        return call(function, route=route, headers=self.headers, body=body or b"")

    def begin(self, function: Any, body: Any = None, **route: str) -> Answered:
        """Call a function that may start an orchestration."""
        content = json.dumps(body or {}).encode()
        request = func.HttpRequest(
            method="POST",
            url="http://localhost/api",
            params={},
            route_params=route,
            headers=self.headers,
            body=content,
        )
        run = function._function.get_user_function().__wrapped__
        answer = asyncio.run(run(request, self.client))
        raw = answer.get_body()
        return Answered(answer.status_code, raw, json.loads(raw), dict(answer.headers))

    def work(self) -> None:
        job = self.client.started[-1]
        assert batches.work(job["job_id"], job["attempt"]) == "completed"

    def prices(self) -> dict[str, float]:
        with db.transaction() as conn:
            rows = conn.execute("SELECT diamond_id::text, price_model_price FROM diamond_prices")
            return {row[0]: float(row[1]) for row in rows}


@pytest.fixture
def desk(app_database: str) -> Desk:
    assert app_database
    with db.transaction() as conn:
        stage(conn, [ShelfFeed().stone(listing(number)) for number in range(12)])
        queries.consolidate_batch(conn, feed="shelf", limit=100)
        scopes = [Scope.RULES_READ, Scope.RULES_WRITE]
        issued = service.issue(conn, client_name="the pricing manager", scopes=scopes)
    return Desk(issued.secret)


RULE = {"priority": 10, "name": "dear", "price_min": 120, "price_max": 150, "markup_ratio": 1.3}


def drafted(desk: Desk) -> str:
    answer = desk.begin(pricing.create_pricing_rule, RULE | {"reason": "spring"})
    assert answer.status == 201
    return str(answer.body["data"]["rule_set_version"])


def test_a_draft_changes_no_price_and_shows_inclusive_bounds(desk: Desk) -> None:
    before = desk.prices()

    version = drafted(desk)

    shown = desk.ask(pricing.export_pricing_rule_set, version=version).body["data"]["rules"]
    assert (shown[0]["price_min"], shown[0]["price_max"]) == (120, 150)
    assert desk.prices() == before
    assert desk.client.started == []


def test_activation_can_ask_for_a_second_permission(desk: Desk, app_settings: AppSettings) -> None:
    app_settings(RULES_ACTIVATION_NEEDS_PERMISSION="true")
    version = drafted(desk)
    seen = desk.ask(pricing.preview_pricing_rule_set, version=version).body["data"]
    before = desk.prices()

    activated = desk.begin(
        pricing.activate_pricing_rule_set, {"token": seen["token"]}, version=version
    )
    at_once = desk.begin(
        pricing.create_pricing_rule, RULE | {"reason": "now", "recalculate_pricing": True}
    )

    assert [activated.status, at_once.status] == [403, 403]
    assert "rules:activate" in activated.error["message"]
    assert desk.prices() == before

    with db.transaction() as conn:
        conn.execute("UPDATE api_keys SET permissions = permissions || ARRAY['rules:activate']")
    granted = desk.begin(
        pricing.activate_pricing_rule_set, {"token": seen["token"]}, version=version
    )
    assert granted.status == 202


def test_activation_does_exactly_what_was_previewed(desk: Desk) -> None:
    version = drafted(desk)
    seen = desk.ask(pricing.preview_pricing_rule_set, version=version).body["data"]
    before = desk.prices()

    answer = desk.begin(
        pricing.activate_pricing_rule_set, {"token": seen["token"]}, version=version
    )
    desk.work()

    after = desk.prices()
    changed = {stone: after[stone] for stone in before if after[stone] != before[stone]}
    assert answer.status == 202
    assert len(changed) == seen["effect"]["changed"] > 0
    assert changed == {one["diamond_id"]: one["new"] for one in seen["effect"]["worst_movers"]}


def test_a_preview_goes_stale_when_a_price_moves(desk: Desk) -> None:
    version = drafted(desk)
    token = desk.ask(pricing.preview_pricing_rule_set, version=version).body["data"]["token"]
    with db.transaction() as conn:
        conn.execute("UPDATE diamond_prices SET price_model_price = price_model_price + 1")

    answer = desk.begin(pricing.activate_pricing_rule_set, {"token": token}, version=version)

    assert (answer.status, answer.error["code"]) == (409, "PREVIEW_STALE")
    assert "old_total" in answer.error["message"]


def test_a_preview_goes_stale_when_a_rule_moves(desk: Desk) -> None:
    version = drafted(desk)
    token = desk.ask(pricing.preview_pricing_rule_set, version=version).body["data"]["token"]
    desk.begin(pricing.create_pricing_rule, RULE | {"version": int(version), "name": "another"})

    answer = desk.begin(pricing.activate_pricing_rule_set, {"token": token}, version=version)

    assert (answer.status, answer.error["code"]) == (409, "PREVIEW_STALE")
    assert "the draft itself was edited" in answer.error["message"]


def test_a_rule_with_recalculation_is_refused_before_anything_is_saved(desk: Desk) -> None:
    at_once = RULE | {"recalculate_pricing": True}
    first = desk.begin(pricing.create_pricing_rule, at_once)
    sets = desk.ask(pricing.list_pricing_rule_sets).body

    second = desk.begin(pricing.create_pricing_rule, at_once)

    assert (first.status, second.status) == (201, 409)
    assert second.error["code"] == "REAPPLY_IN_PROGRESS"
    assert desk.ask(pricing.list_pricing_rule_sets).body == sets


def test_removing_a_rule_reprices_the_stones_it_had_priced(desk: Desk) -> None:
    before = desk.prices()
    made = desk.begin(pricing.create_pricing_rule, RULE | {"recalculate_pricing": True})
    desk.work()
    assert desk.prices() != before

    rule_id = made.body["data"]["id"]
    desk.begin(pricing.delete_pricing_rule, {"recalculate_pricing": True}, rule_id=rule_id)
    desk.work()

    assert desk.prices() == before


def test_reverting_an_activation_brings_back_prices_and_rules(desk: Desk) -> None:
    before, rules = desk.prices(), desk.ask(pricing.list_pricing_rules).body["data"]["rules"]
    made = desk.begin(pricing.create_pricing_rule, RULE | {"recalculate_pricing": True})
    desk.work()

    job = made.body["data"]["reapply_job_id"]
    desk.begin(pricing.revert_pricing_reapply_job, job_id=job)
    desk.work()

    assert desk.prices() == before
    assert desk.ask(pricing.list_pricing_rules).body["data"]["rules"] == rules
    shown = desk.ask(pricing.get_pricing_reapply_job, job_id=job).body["data"]
    assert (shown["status"], shown["price_changes"]["total"]) == ("reverted", 0)


def test_exported_rules_come_back_the_same(desk: Desk) -> None:
    seed = desk.ask(pricing.create_pricing_rule_set, {"seed": "brackets"}).body["data"]
    version = str(seed["rule_set"]["version"])
    table = call(
        pricing.export_pricing_rule_set,
        route={"version": version},
        headers=desk.headers,
        params={"format": "json"},
    )

    again = desk.ask(
        pricing.create_pricing_rule_set,
        {"rules": table.body["data"]["rules"], "base_margins": table.body["data"]["base_margins"]},
    )

    assert again.status == 201
    assert again.body["data"]["rules"] == seed["rules"]
    assert len(seed["rules"]) == 21


def test_who_changed_what_and_why_is_kept(desk: Desk) -> None:
    drafted(desk)

    newest = desk.ask(pricing.list_pricing_rule_audit).body["data"]["audit"][0]

    assert (newest["actor"], newest["reason"]) == ("the pricing manager", "spring")
    assert newest["difference"]["added"][0]["name"] == "dear"


def test_a_price_is_explained_and_a_tampered_one_reported(desk: Desk) -> None:
    before = desk.prices()
    desk.begin(pricing.create_pricing_rule, RULE | {"recalculate_pricing": True})
    desk.work()
    stone = next(stone for stone, price in desk.prices().items() if price != before[stone])

    honest = desk.ask(why.explain_price, diamond_id=stone).body["data"]
    with db.transaction() as conn:
        conn.execute("UPDATE diamond_prices SET price_model_price = price_model_price - 1")
    tampered = desk.ask(why.explain_price, diamond_id=stone).body["data"]

    assert honest["recomputes"]
    assert honest["tried"][0]["name"] == "dear"
    assert not tampered["recomputes"]
    assert tampered["differs"]["price"]["recomputed"] == honest["recomputed"]


def test_an_invented_stone_is_priced_and_nothing_is_stored(desk: Desk) -> None:
    answer = desk.ask(why.imagine_price, {"feed_price": 1000, "carats": 1})

    assert (answer.body["data"]["price"], answer.body["data"]["rating"]) == (1150, 5)


def test_an_override_stands_above_rules_until_it_ends(desk: Desk) -> None:
    stone, before = next(iter(desk.prices().items()))

    desk.ask(why.set_price_override, {"price": 777.77, "reason": "window"}, diamond_id=stone)
    desk.begin(pricing.create_pricing_rule, RULE | {"recalculate_pricing": True, "priority": 1})
    desk.work()
    told = desk.ask(why.explain_price, diamond_id=stone).body["data"]

    assert desk.prices()[stone] == 777.77
    assert (told["recomputes"], told["override"]["reason"]) == (True, "window")
    desk.ask(why.end_price_override, diamond_id=stone)
    changes = desk.ask(why.list_price_changes, diamond_id=stone).body["data"]["changes"]
    assert changes[-1]["override"] == pytest.approx(777.77 - before)


def test_lint_finds_a_rule_that_an_earlier_one_covers(desk: Desk) -> None:
    version = drafted(desk)
    inner = RULE | {"priority": 20, "price_min": 130, "price_max": 140, "version": int(version)}
    desk.begin(pricing.create_pricing_rule, inner)

    found = desk.ask(pricing.lint_pricing_rule_set, version=version).body["data"]["suspicions"]

    assert [one["finding"] for one in found] == ["shadowed", "gap"]


def test_rule_economics_add_up_to_the_whole_margin(desk: Desk) -> None:
    desk.begin(pricing.create_pricing_rule, RULE | {"recalculate_pricing": True})
    desk.work()

    rules = desk.ask(why.list_rule_economics).body["data"]["rules"]

    with db.transaction() as conn:
        row = conn.execute("SELECT sum(price_model_price - cost) FROM diamond_prices").fetchone()
    assert row is not None
    assert sum(rule["margin"] for rule in rules) == pytest.approx(float(row[0]))
    assert sum(rule["stones"] for rule in rules) == 12


def test_a_rating_rule_changes_ratings_and_no_price(desk: Desk) -> None:
    before = desk.prices()
    made = desk.begin(
        rating.create_rating_rule,
        {"priority": 1, "shapes": ["round"], "rating": 9, "recalculate_rating": True},
    )
    desk.work()

    with db.transaction() as conn:
        rated = conn.execute("SELECT DISTINCT rating FROM diamond_prices").fetchall()
    assert (made.status, rated) == (201, [(9,)])
    assert desk.prices() == before


def test_a_rule_that_means_nothing_is_refused_by_its_field(desk: Desk) -> None:
    answer = desk.begin(pricing.create_pricing_rule, RULE | {"price_max": "abc", "colour": "D"})

    assert (answer.status, answer.error["fields"]) == (400, {"price_max": "not a number"})
    odd = desk.begin(pricing.create_pricing_rule, RULE | {"colour": "D"})
    assert "colour" in odd.error["fields"]


def test_reading_rules_takes_a_scope_of_its_own(desk: Desk) -> None:
    with db.transaction() as conn:
        shop = service.issue(conn, client_name="a shop", scopes=[Scope.DIAMONDS_READ])

    answer = call(pricing.list_pricing_rules, headers={"X-API-Key": shop.secret})

    assert answer.status == 403
