"""The Frankfurter on this machine answers as the real one is documented to."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.partners.frankfurter.server import Server
from tests.support.partners import serving

FRIDAY, SATURDAY = "2026-11-20", "2026-11-21"


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with serving(Server().application()) as url, httpx.Client(base_url=url) as asking:
        yield asking


def get(client: httpx.Client, path: str, **params: str) -> Any:
    return client.get(path, params=params).raise_for_status().json()


def test_both_versions_say_what_they_are(client: httpx.Client) -> None:
    assert get(client, "/v1") == {"version": "v1", "status": "frozen"}
    assert get(client, "/v2") == {"version": "v2", "status": "current"}


def test_a_weekend_is_answered_with_fridays_rates(client: httpx.Client) -> None:
    saturday = get(client, f"/v1/{SATURDAY}", base="USD", symbols="CAD,EUR")

    assert saturday == get(client, f"/v1/{FRIDAY}", **{"from": "USD", "to": "CAD,EUR"})
    assert (saturday["date"], saturday["base"], saturday["amount"]) == (FRIDAY, "USD", 1.0)
    assert saturday["rates"].keys() == {"CAD", "EUR"}


def test_the_base_is_never_among_its_own_rates_in_v1_and_always_in_v2(client: httpx.Client) -> None:
    assert "USD" not in get(client, "/v1/latest", base="USD")["rates"]
    rows = get(client, "/v2/rates", base="USD", quotes="CAD")
    assert [(row["quote"], row["rate"] == 1) for row in rows] == [("CAD", False), ("USD", True)]


def test_a_range_has_the_rates_of_its_working_days(client: httpx.Client) -> None:
    sheet = get(client, f"/v1/2026-11-18..{SATURDAY}", base="USD", symbols="CAD")

    assert list(sheet["rates"]) == ["2026-11-18", "2026-11-19", FRIDAY]
    assert (sheet["start_date"], sheet["end_date"]) == ("2026-11-18", FRIDAY)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/v1/latest?base=XYZ", 422, "bad currency pair"),
        ("/v1/latest?amount=0", 422, "invalid amount"),
        ("/v1/yesterday", 422, "invalid date"),
        ("/v2/rates?symbols=CAD", 422, "unknown parameter: symbols"),
        ("/v2/rate/USD/XYZ", 404, "not found"),
        ("/v2/currency/XYZ", 404, "not found"),
    ],
)
def test_what_cannot_be_answered_is_refused_as_the_version_does(
    client: httpx.Client, path: str, status: int, message: str
) -> None:
    answered = client.get(path)

    assert (answered.status_code, answered.json()["message"]) == (status, message)
    assert ("status" in answered.json()) == path.startswith("/v2")


def test_who_has_the_rates_is_told_that_nothing_changed(client: httpx.Client) -> None:
    first = client.get("/v1/latest")

    again = client.get("/v1/latest", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["Cache-Control"] == "public, max-age=86400"


def test_currencies_have_names(client: httpx.Client) -> None:
    assert get(client, "/v1/currencies")["CAD"] == "Canadian Dollar"
    assert get(client, "/v2/currency/kwd")["name"] == "Kuwaiti Dinar"
    assert "KWD" not in get(client, "/v1/currencies")
    assert {"key": "BOC"} in get(client, "/v2/providers")
