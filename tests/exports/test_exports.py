"""Exports: whole, in constant memory, written once whoever is killed; then the changes follow."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from http_api import catalogue
from local import environment
from shared.access import service as access
from shared.access.model import Scope
from shared.exports import formats, service
from shared.platform import blobs, db
from tests.conftest import AppSettings
from tests.support import host
from tests.support.http import Answered, call
from tests.support.offers import put_on_sale

STONES = 25
PART = 10


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("blobs")
    with host.running(host.APPS / "samples", state, {}, "--blobs", str(state / "files")) as served:
        yield environment.storage(f"{served.url}/{environment.DEVELOPMENT_ACCOUNT}")


@pytest.fixture
def key(app_database: str, storage: str, app_settings: AppSettings) -> dict[str, str]:
    """25 stones on sale, and a partner."""
    app_settings(DATABASE_URL=app_database, AzureWebJobsStorage=storage)
    with db.transaction() as conn:
        for number in range(STONES):
            put_on_sale(conn, price=Decimal(1_000 + number), girdle="=1+1, Thin")
        issued = access.issue(conn, client_name="a partner", scopes=[Scope.DIAMONDS_EXPORT])
    return {"X-API-Key": issued.secret}


def work() -> int:
    return service.work(part_size=PART)


def requested(key: dict[str, str], file_format: str = "ndjson") -> str:
    answered = call(catalogue.request_export, "POST", headers=key, body={"format": file_format})
    assert answered.status == 202
    return str(answered.body["data"]["id"])


def state(key: dict[str, str], export: str) -> dict[str, Any]:
    found = call(catalogue.get_export, headers=key, route={"export_id": export}).body["data"]
    return dict(found)


def part(key: dict[str, str], export: str, number: int) -> Answered:
    route = {"export_id": export, "number": str(number)}
    return call(catalogue.get_export_part, headers=key, route=route)


def content(key: dict[str, str], export: str) -> bytes:
    """The parts one after another are one file."""
    parts = range(1, state(key, export)["parts"] + 1)
    return gzip.decompress(b"".join(part(key, export, number).raw for number in parts))


def prices(lines: bytes) -> list[float]:
    return sorted(json.loads(line)["price"] for line in lines.splitlines())


ALL = [1_000.0 + number for number in range(STONES)]


def test_an_export_holds_every_stone_once(key: dict[str, str]) -> None:
    export = requested(key)
    assert work() == 3

    told = state(key, export)
    assert (told["parts"], told["stones"]) == (3, STONES)
    assert told["completedAt"]
    assert told["links"][0] == f"/api/v2/exports/{export}/parts/1"
    assert prices(content(key, export)) == ALL


def test_an_export_as_csv_has_one_header_and_runs_no_formula(key: dict[str, str]) -> None:
    export = requested(key, "csv")
    work()

    rows = list(csv.DictReader(io.StringIO(content(key, export).decode())))
    assert sorted(float(row["price"]) for row in rows) == ALL
    assert {row["girdle"] for row in rows} == {"'=1+1, Thin"}
    assert list(rows[0]) == formats.HEADER


def test_a_writer_that_is_killed_leaves_nothing_undone_or_done_twice(key: dict[str, str]) -> None:
    export = requested(key)
    leased = service.lease()
    assert leased is not None
    counted = service.write_part(leased, PART)
    assert counted is not None
    blobs.put(service.CONTAINER, counted.blob(2), b"all that came of the part it died in")

    assert work() == 0  # the dead one still has its lease
    with db.transaction() as conn:
        conn.execute("UPDATE exports SET leased_until = now()")
    assert work() == 2
    assert service.write_part(counted, PART) is None  # it was not dead after all
    assert prices(content(key, export)) == ALL


def test_what_changes_meanwhile_is_in_the_changes_from_its_cursor(key: dict[str, str]) -> None:
    export = requested(key)
    with db.transaction() as conn:
        conn.execute(
            "UPDATE diamond_prices SET price_model_price = 1 WHERE price_model_price = 1010"
        )
        conn.execute("DELETE FROM diamond_prices WHERE price_model_price = 1011")
    work()

    copy = {json.loads(line)["id"]: line for line in content(key, export).splitlines()}
    told = call(
        catalogue.list_changes, headers=key, params={"cursor": state(key, export)["changesFrom"]}
    ).body

    assert sorted(change["kind"] for change in told["data"]) == ["changed", "removed"]
    for change in told["data"]:
        copy.pop(change["id"], None)
        if change["diamond"]:
            copy[change["id"]] = json.dumps(change["diamond"]).encode()
    expected = [1.0, *(price for price in ALL if price not in (1_010.0, 1_011.0))]
    assert prices(b"\n".join(copy.values())) == expected


def test_one_export_of_a_client_at_a_time(key: dict[str, str]) -> None:
    requested(key)

    second = call(catalogue.request_export, "POST", headers=key, body={})
    assert (second.status, second.error["code"]) == (409, "EXPORT_IN_PROGRESS")
    work()
    requested(key)


def test_an_export_is_its_clients_own(key: dict[str, str]) -> None:
    export = requested(key)
    work()
    with db.transaction() as conn:
        issued = access.issue(conn, client_name="another", scopes=[Scope.DIAMONDS_EXPORT])
    other = {"X-API-Key": issued.secret}

    found = call(catalogue.get_export, headers=other, route={"export_id": export})
    assert (found.status, found.error["code"]) == (404, "EXPORT_NOT_FOUND")
    assert part(other, export, 1).status == 404
    assert call(catalogue.list_exports, headers=other).body["data"] == []
    assert part(key, export, 4).status == 404


def test_old_exports_are_forgotten_with_their_parts(key: dict[str, str]) -> None:
    export = requested(key)
    work()
    with db.transaction() as conn:
        conn.execute("UPDATE exports SET completed_at = completed_at - interval '49 hours'")

    assert service.forget_old() == 1
    assert blobs.read(service.CONTAINER, f"{export}/00001.ndjson.gz") is None
    assert part(key, export, 1).status == 404


@pytest.mark.parametrize("file_format", ["ndjson", "csv"])
def test_the_catalogue_is_copied_page_by_page(key: dict[str, str], file_format: str) -> None:
    lines, cursor = b"", ""
    while cursor is not None:
        params = {"format": file_format, "limit": "10"} | ({"cursor": cursor} if cursor else {})
        answered = call(catalogue.get_catalogue_page, headers=key, params=params)
        assert answered.status == 200
        lines += answered.raw
        cursor = answered.headers.get("X-Next-Cursor")  # type: ignore[assignment]

    if file_format == "csv":
        assert len(list(csv.DictReader(io.StringIO(lines.decode())))) == STONES
    else:
        assert prices(lines) == ALL


def test_nothing_of_a_copy_shows_cost_markup_or_supplier(key: dict[str, str]) -> None:
    page = call(catalogue.get_catalogue_page, headers=key).raw

    for word in ("cost", "markup", "supplier", "Secret Supplies", "feed", "offer", "shelf"):
        assert word.encode() not in page


@pytest.mark.parametrize(
    ("function", "params"),
    [
        (catalogue.list_changes, {"cursor": "nonsense"}),
        (catalogue.list_changes, {"limit": "1001"}),
        (catalogue.get_catalogue_page, {"cursor": "nonsense"}),
        (catalogue.get_catalogue_page, {"format": "xml"}),
    ],
)
def test_what_cannot_be_asked_is_refused(
    key: dict[str, str], function: Any, params: dict[str, str]
) -> None:
    assert call(function, headers=key, params=params).status == 400


def test_only_partners_who_may_export_copy_the_catalogue(key: dict[str, str]) -> None:
    with db.transaction() as conn:
        issued = access.issue(conn, client_name="a shop", scopes=[Scope.DIAMONDS_READ])

    for function in (catalogue.list_changes, catalogue.get_catalogue_page, catalogue.list_exports):
        assert call(function, headers={"X-API-Key": issued.secret}).status == 403
        assert call(function).status == 401
