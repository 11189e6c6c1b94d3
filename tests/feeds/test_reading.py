"""Taking a supplier's word for nothing: each kind of field, and what becomes of garbage."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.feeds import reading
from shared.feeds.model import Unmappable
from shared.platform import exact_json
from shared.platform.money import from_cents

Read = Callable[[dict[str, Any], str], Any]

READERS: dict[str, Read] = {
    "text": reading.text,
    "flag": reading.flag,
    "dollars": reading.dollars,
    "measure": partial(reading.measure, below=100),
    "moment": reading.moment,
}
LETTERS = st.characters() | st.sampled_from("\x00\ud800\udfff \n")
GARBAGE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(LETTERS, max_size=250)
    | st.binary(max_size=5)
    | st.datetimes().map(datetime.isoformat),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


def read(name: str, value: Any) -> Any:
    return READERS[name]({"field": value}, "field")


def refusal(name: str, value: Any) -> str:
    with pytest.raises(Unmappable) as refused:
        read(name, value)
    assert refused.value.field == "field"
    return refused.value.reason


@pytest.mark.parametrize("name", READERS)
@given(value=GARBAGE)
def test_garbage_is_unmappable_and_nothing_worse(name: str, value: Any) -> None:
    try:
        read(name, value)
    except Unmappable as refused:
        assert len(refused.reason) < 200  # noqa: PT017 - most garbage is refused, some is not


@pytest.mark.parametrize("name", READERS)
def test_what_is_not_said_is_none(name: str) -> None:
    assert READERS[name]({}, "field") is None
    assert read(name, None) is None


@pytest.mark.parametrize("name", ["dollars", "measure"])
@given(value=st.floats())
def test_no_number_passes_through_a_float(name: str, value: float) -> None:
    assert refusal(name, value).endswith("not a number")


@given(cents=st.integers(1, 10**12 - 1))
def test_an_amount_is_the_same_to_the_cent_however_it_is_written(cents: int) -> None:
    amount = from_cents(cents)
    sent = exact_json.loads(exact_json.dumps({"number": amount, "text": str(amount)}))

    for name in ("number", "text"):
        assert str(reading.dollars(sent, name)) == str(amount)


@pytest.mark.parametrize("written", [7, Decimal(7), Decimal("7.000"), "7", "7.0"])
def test_whole_dollars_get_their_cents(written: Any) -> None:
    assert str(read("dollars", written)) == "7.00"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (0, "is 0, not above zero"),
        (Decimal("-0.01"), "is -0.01, not above zero"),
        (Decimal("0.005"), "is 0.005, finer than a cent"),
        (Decimal("9999999999.995"), "is 9999999999.995, finer than a cent"),
        (10**10, "is 10000000000, not below 10000000000"),
        (Decimal("-1E+30"), "is -1E+30, not below 10000000000"),
    ],
)
def test_an_amount_nobody_can_ask_is_refused(written: Any, reason: str) -> None:
    assert refusal("dollars", written) == reason


@pytest.mark.parametrize(
    "written",
    [True, "", " 7", "+7", "7.", ".7", "7e1", "\u0667", "NaN", "1" * 21, [7], Decimal("NaN")],
)
def test_what_is_not_quite_a_number_is_not_guessed(written: Any) -> None:
    for name in ("dollars", "measure"):
        assert refusal(name, written).endswith("not a number")


@pytest.mark.parametrize(
    ("written", "kept"),
    [("1.005", "1.01"), ("1.0049", "1.00"), (Decimal("61.5"), "61.50"), (99, "99.00")],
)
def test_a_measure_is_rounded_half_up_as_the_catalogue_keeps_it(written: Any, kept: str) -> None:
    assert str(read("measure", written)) == kept


@pytest.mark.parametrize("written", [0, "0.00", Decimal("0.004"), Decimal("-0.004")])
def test_a_measure_of_nothing_was_never_taken(written: Any) -> None:
    assert read("measure", written) is None


@pytest.mark.parametrize("written", [-1, 100, Decimal("99.995"), "100.00"])
def test_a_measure_out_of_its_range_is_refused(written: Any) -> None:
    assert "not b" in refusal("measure", written)


@given(value=st.text(LETTERS, max_size=200))
def test_text_is_trimmed_and_storable_or_refused(value: str) -> None:
    storable = "\x00" not in value and not any(0xD800 <= ord(letter) < 0xE000 for letter in value)

    if storable:
        assert read("text", value) == (value.strip() or None)
    else:
        assert refusal("text", value) == "holds characters that are no text"


def test_text_may_be_as_long_as_its_field_allows() -> None:
    item = {"field": "x" * 11}

    assert reading.text(item, "field", longest=11) == "x" * 11
    with pytest.raises(Unmappable, match="longer than 10"):
        reading.text(item, "field", longest=10)


@pytest.mark.parametrize("value", [True, False])
def test_a_flag_is_true_or_false(value: bool) -> None:  # noqa: FBT001 - the value is the test
    assert read("flag", value) is value


@pytest.mark.parametrize("value", [0, 1, "true", "", []])
def test_a_flag_is_not_guessed_from_something_else(value: Any) -> None:
    assert refusal("flag", value).endswith("not true or false")


@given(
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_a_moment_is_the_same_instant_in_utc(local: datetime, minutes: int) -> None:
    at = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    read_at = read("moment", at.isoformat())

    assert (read_at, read_at.tzinfo) == (at, UTC)


@pytest.mark.parametrize("written", ["soon", "2025-01-01", "2025-01-01T10:00:00", "2025-13-01Z"])
def test_a_moment_without_its_offset_or_sense_is_refused(written: str) -> None:
    assert refusal("moment", written).startswith(f"is '{written}'")


def test_what_is_needed_and_missing_is_said_to_be_missing_or_empty() -> None:
    for item, reason in (({}, "is missing"), ({"field": None}, "is missing")):
        with pytest.raises(Unmappable, match=reason):
            reading.needed(item, "field", reading.text(item, "field"))
    with pytest.raises(Unmappable, match="is empty"):
        reading.needed({"field": " "}, "field", read("text", " "))


@given(value=GARBAGE)
def test_only_an_object_is_a_listing(value: Any) -> None:
    if isinstance(value, dict):
        assert reading.fields(value) is value
    else:
        with pytest.raises(Unmappable, match="not an object"):
            reading.fields(value)
