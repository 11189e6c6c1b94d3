"""Lists of own stones over HTTP."""

from typing import Any

import pytest

from shared.access.model import Scope
from shared.platform import db
from tests.conftest import AppSettings
from tests.ingestion.conftest import storage
from tests.support.callers import a_key, shown
from tests.support.endpoints import Endpoint, endpoints
from tests.support.http import Answered
from tests.support.stock import csv_of, stone, stones

ONE_BAD = [stone(0), stone(1, Shape="=Blob"), stone(2)]


__all__ = ["storage"]


@pytest.fixture
def key(app_database: str, storage: str, app_settings: AppSettings) -> dict[str, str]:
    app_settings(AzureWebJobsStorage=storage)
    return shown(a_key(Scope.STOCK_WRITE))


def named(name: str) -> Endpoint:
    return next(one for one in endpoints() if one.name == name)


def uploaded(key: dict[str, str], content: bytes, **params: str) -> Answered:
    return named("upload_stock").call(headers=key, params=params, body=content)


def rows(statement: str) -> Any:
    with db.transaction() as conn:
        return conn.execute(statement.encode()).fetchall()


def test_an_upload_is_kept_reported_and_read_by_a_run(key: dict[str, str]) -> None:
    taken = uploaded(key, csv_of(ONE_BAD), filename="stock.csv")

    assert taken.status == 202
    told = taken.body["data"]
    assert (told["lines"], told["badLines"], told["stones"]) == (3, 1, 2)
    assert (told["status"], told["complete"], told["filename"]) == ("running", True, "stock.csv")
    assert told["faults"] == [
        {
            "line": 3,
            "field": "shape",
            "heading": "Shape",
            "value": "=Blob",
            "reason": "is '=Blob', which we do not know",
        }
    ]
    assert rows("SELECT feed, run_type FROM run_metadata") == [("own-stock", "full")]
    found = named("get_stock_upload").call(headers=key, route={"upload_id": told["id"]})
    assert found.body["data"] == told


def test_an_upload_while_another_is_read_waits(key: dict[str, str]) -> None:
    uploaded(key, csv_of(stones(3)))
    second = uploaded(key, csv_of(stones(4)), complete="false")

    assert second.body["data"]["status"] == "waiting"
    listed = named("list_stock_uploads").call(headers=key, params={"limit": "1"}).body
    assert [one["id"] for one in listed["data"]] == [second.body["data"]["id"]]
    assert listed["pagination"]["hasMore"]


def test_a_preview_says_the_same_and_writes_nothing(key: dict[str, str]) -> None:
    seen = named("preview_stock").call(headers=key, body=csv_of(ONE_BAD))

    assert seen.status == 200
    assert seen.body["data"]["columns"]["carats"] == "Weight"
    assert [fault["line"] for fault in seen.body["data"]["faults"]] == [3]
    assert rows("SELECT count(*) FROM stock_uploads") == [(0,)]


def test_everything_that_was_wrong_comes_by_pages_and_as_a_spreadsheet(key: dict[str, str]) -> None:
    bad = [stone(number, Shape="=Blob", Color="ZZ") for number in range(3)]
    upload_id = uploaded(key, csv_of(bad)).body["data"]["id"]
    route = {"upload_id": upload_id}

    seen: list[tuple[int, str]] = []
    params = {"limit": "4"}
    while params:
        page = named("list_stock_faults").call(headers=key, route=route, params=params).body
        seen += [(fault["line"], fault["field"]) for fault in page["data"]]
        following = page["pagination"]["nextCursor"]
        params = {"limit": "4", "cursor": following} if following else {}
    sheet = named("export_stock_faults").call(headers=key, route=route)

    assert seen == [(line, field) for line in (2, 3, 4) for field in ("color", "shape")]
    assert sheet.raw.decode("utf-8-sig").count(",'=Blob,") == 3


def test_a_declared_mapping_is_kept_and_used_by_its_name(key: dict[str, str]) -> None:
    listed = [{("Nr" if name == "Stock #" else name): said for name, said in stone(1).items()}]
    refused = uploaded(key, csv_of(listed))
    declared = named("declare_stock_mapping").call(
        headers=key, route={"name": "till"}, body=b'{"columns": {"stock_number": "Nr"}}'
    )
    taken = uploaded(key, csv_of(listed), mapping="till")

    assert (refused.status, refused.error["code"]) == (422, "COLUMNS_UNCLEAR")
    assert refused.error["fields"] == {"stock_number": "no column is this"}
    assert declared.status == 200
    assert (taken.status, taken.body["data"]["stones"]) == (202, 1)
    assert named("list_stock_mappings").call(headers=key).body["data"][0]["name"] == "till"
    assert named("delete_stock_mapping").call(headers=key, route={"name": "till"}).status == 200
    assert uploaded(key, csv_of(listed), mapping="till").status == 404


def test_the_mapping_called_default_needs_no_naming(key: dict[str, str]) -> None:
    content = csv_of(stones(1)).replace(b"Total Price", b"Price")
    body = b'{"columns": {"price": "Price"}, "constants": {"lab_grown": "yes"}}'
    named("declare_stock_mapping").call(headers=key, route={"name": "default"}, body=body)

    assert uploaded(key, content).status == 202


def test_a_mapping_names_fields_that_there_are(key: dict[str, str]) -> None:
    refused = named("declare_stock_mapping").call(
        headers=key, route={"name": "x"}, body=b'{"columns": {"weight": "Gewicht"}}'
    )

    assert refused.status == 400
    assert "carats" in refused.error["fields"]["columns"]


def test_a_list_may_be_larger_than_other_bodies_and_not_endless(key: dict[str, str]) -> None:
    large = csv_of(stones(2_000), encoding="utf-8") + b"\n" * 1_000_000

    assert named("preview_stock").call(headers=key, body=large[:1]).status == 422
    assert named("preview_stock").call(headers=key, body=b"x" * 10_000_001).status == 413
    assert named("place_hold").contract.most_bytes == 1_000_000


def test_the_same_upload_under_its_key_is_done_once(key: dict[str, str]) -> None:
    again = key | {"Idempotency-Key": "monday"}

    first = uploaded(again, csv_of(stones(3)))
    second = uploaded(again, csv_of(stones(3)))
    other = uploaded(again, csv_of(stones(4)))

    assert first.body == second.body
    assert other.status == 422
    assert rows("SELECT count(*) FROM stock_uploads") == [(1,)]


def test_staff_without_the_scope_upload_nothing(key: dict[str, str]) -> None:
    stranger = shown(a_key(Scope.RUNS_WRITE))

    assert uploaded(stranger, csv_of(stones(1))).status == 403
