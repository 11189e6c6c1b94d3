"""JSON without floats: what is written is what was meant, what is read is what was written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform import exact_json

decimals = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)


@given(decimals)
def test_money_survives_the_way_out_and_back_digit_by_digit(amount: Decimal) -> None:
    written = exact_json.dumps({"price": amount})

    assert str(exact_json.loads(written)["price"]) == f"{amount:.2f}"


@pytest.mark.parametrize(
    "text",
    ["", "{", "nan", "NaN", "[Infinity]", "1e99999999999999999999", "1.5E+400000", "[" * 9_999],
)
def test_what_is_not_json_is_refused_as_such(text: str) -> None:
    with pytest.raises(exact_json.NotJson):
        exact_json.loads(text)


@pytest.mark.parametrize("content", ["\ud800", 2**70, Decimal("NaN"), object()])
def test_what_has_no_json_form_is_refused_as_such(content: object) -> None:
    with pytest.raises(exact_json.NoJsonForm):
        exact_json.canonical({"x": content})


def test_the_order_of_keys_does_not_matter() -> None:
    assert exact_json.canonical({"a": 1, "b": 2}) == exact_json.canonical({"b": 2, "a": 1})
