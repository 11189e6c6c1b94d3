"""What exactly is signed, and that nothing else passes."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared.access import signing
from shared.access.signing import Signed, canonical_path, proves, secret_of

CLIENT = UUID("6f0c9a3e-5b1d-4c8e-9a57-3d2f1b0c4e8a")
MASTER = SecretStr("0123456789abcdef0123456789abcdef")


def signed(**given: object) -> Signed:
    told = {
        "client_id": str(CLIENT),
        "timestamp": "1767225600",
        "nonce": "8f14e45fceea167a",
        "signature": "",
        "method": "GET",
        "url": "https://api.example/api/v2/diamonds?shape=ROUND&limit=3",
        "body": b"",
    }
    return Signed(**{**told, **given})  # type: ignore[arg-type]


def test_the_documented_lines_are_what_is_signed() -> None:
    assert signed().canonical.decode() == (
        "GET\n/api/v2/diamonds?limit=3&shape=ROUND\n1767225600\n8f14e45fceea167a\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_the_form_without_a_nonce_has_four_lines() -> None:
    assert signed(nonce=None, url="https://api.example/api/v2/runs").canonical.decode() == (
        "GET\n/api/v2/runs\n1767225600\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1", "a=1&a=2"),
        ("shape=OLD+MINER", "shape=OLD%20MINER"),
        ("shape=OLD%20MINER", "shape=OLD%20MINER"),
        ("shape=ROUND,OVAL", "shape=ROUND%2COVAL"),
        ("color%5B%5D=D", "color%5B%5D=D"),
        ("a=", "a="),
        ("a=%FF", "a=%FF"),
        ("n=%C3%BC~-_.", "n=%C3%BC~-_."),
    ],
)
def test_a_query_is_sorted_and_encoded_one_way(query: str, canonical: str) -> None:
    assert canonical_path(f"https://x/p?{query}") == f"/p?{canonical}"


@given(st.lists(st.tuples(st.text(), st.text()), max_size=4))
def test_any_query_has_one_form(pairs: list[tuple[str, str]]) -> None:
    once = canonical_path("https://x/p?" + "&".join(f"{a}={b}" for a, b in pairs))

    assert canonical_path(f"https://x{once}") == once


@pytest.mark.parametrize(
    "altered",
    [
        {"method": "POST"},
        {"url": "https://api.example/api/v2/diamonds?shape=ROUND&limit=4"},
        {"url": "https://api.example/api/v2/runs?shape=ROUND&limit=3"},
        {"timestamp": "1767225601"},
        {"nonce": "8f14e45fceea167b"},
        {"body": b"{}"},
        {"client_id": str(UUID(int=7))},
    ],
)
def test_whatever_is_altered_no_longer_proves(altered: dict[str, object]) -> None:
    made = signing.signature(secret_of(MASTER, CLIENT), signed().canonical)

    assert proves(signed(signature=made), [MASTER])
    assert not proves(signed(signature=made, **altered), [MASTER])


def test_the_previous_master_key_still_proves_until_it_is_taken_away() -> None:
    made = signing.signature(secret_of(MASTER, CLIENT), signed().canonical)
    newer = SecretStr("fedcba9876543210fedcba9876543210")

    assert proves(signed(signature=made), [newer, MASTER])
    assert not proves(signed(signature=made), [newer])


def test_without_a_master_key_nothing_proves() -> None:
    made = signing.signature(secret_of(SecretStr(""), CLIENT), signed().canonical)

    assert not proves(signed(signature=made), [])


@pytest.mark.parametrize("shown", ["", "é", "0" * 64, "\udcff" * 64, "A" * 10_000])
def test_no_signature_whatever_its_bytes_is_an_error(shown: str) -> None:
    assert not proves(signed(signature=shown), [MASTER])


@pytest.mark.parametrize(
    "timestamp",
    ["", "x", "NaN", "-1", "+1767225600", "1e9", "1767225600.0", "\u0661", "9" * 40],
)
def test_a_timestamp_is_whole_seconds_and_nothing_else(timestamp: str) -> None:
    assert not signed(timestamp=timestamp).in_time(1767225600)


@pytest.mark.parametrize(("skew", "passes"), [(0, True), (300, True), (-300, True), (301, False)])
def test_clocks_may_differ_by_300_seconds(skew: int, passes: bool) -> None:  # noqa: FBT001 - a case
    assert signed().in_time(1767225600 + skew) is passes


def test_without_a_nonce_there_is_no_query() -> None:
    assert not signed(nonce=None).well_formed
    assert signed(nonce=None, url="https://api.example/api/v2/runs").well_formed
    assert not signed(nonce="short").well_formed
    assert not signed(nonce="").well_formed
