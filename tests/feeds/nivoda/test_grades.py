"""Nivoda's words for grades, colours and claims; what is unknown is kept and doubted."""

from typing import Any

import pytest

from tests.feeds.nivoda.samples import certified, mapped


@pytest.mark.parametrize(
    ("said", "code"),
    [("GD", "G"), ("FR", "F"), ("PR", "P"), ("very good", "VG"), ("ex", "EX"), ("EIGHTX", "8X")],
)
def test_qualities_end_as_trade_codes(said: str, code: str) -> None:
    assert certified(cut=said, polish=said).cut == code
    assert certified(polish=said).doubts is None


@pytest.mark.parametrize("field", ["cut", "polish", "symmetry", "clarity", "floInt", "floCol"])
def test_an_unknown_grade_is_kept_and_doubted(field: str) -> None:
    stone = certified(**{field: "super b"})

    words = {value for value in stone if isinstance(value, str)}
    (kept,) = {"SUPER_B", "SUPER B"} & words
    assert stone.doubts == [f"diamond.certificate.{field}: 'super b'; taken as {kept}"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("NON", "NONE"),
        ("FNT", "FAINT"),
        ("MED", "MEDIUM"),
        ("STG", "STRONG"),
        ("STN", "STRONG"),
        ("VST", "VERY_STRONG"),
        ("SLT", "SLIGHT"),
        ("VSL", "VERY_SLIGHT"),
        ("Very Strong", "VERY_STRONG"),
        ("very-strong", "VERY_STRONG"),
        ("FAINT", "FAINT"),
    ],
)
def test_fluorescence_is_spelled_out(said: str, meant: str) -> None:
    assert certified(floInt=said).fluorescence_intensity == meant


@pytest.mark.parametrize(("said", "meant"), [("B", "BLUE"), ("Blue", "BLUE"), ("Y", "YELLOW")])
def test_the_colour_of_fluorescence_is_spelled_out(said: str, meant: str) -> None:
    assert certified(floCol=said).fluorescence_color == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("GREY", "Gray"),
        ("EVEN", None),
        ("U-V", None),
        ("", None),
        ("ORANGE BROWN", "Brown-Orange"),
        ("BROWN ORANGE", "Brown-Orange"),
        ("BROWN-PINK", "Brown-Pink"),
        ("PINK BROWN", "Brown-Pink"),
        ("YELLOW BROWN", "Brown-Yellow"),
        ("PURPLE PINK", "Pink-Purple"),
        ("GREEN YELLOW", "Green-Yellow"),
        ("YELLOW GREEN", "Yellow-Green"),
        ("ORANGE YELLOW", "Orange-Yellow"),
        ("YELLOW ORANGE", "Yellow-Orange"),
        ("GRAY BLUE", "Gray-Blue"),
        ("GREY_BLUE", "Gray-Blue"),
        ("ORANGY BROWN", "Orangy Brown"),
        ("ORANGY YELLOW", "Orangy Yellow"),
        ("yellow", "Yellow"),
    ],
)
def test_fancy_colours_are_named_one_way(said: str, meant: str | None) -> None:
    stone = certified(color="G", f_color=said)

    assert stone.fancy_color == meant
    assert stone.color == (None if meant else "G")
    assert stone.stone_type == ("fancy" if meant else "natural")


def test_fancy_without_a_colour_is_fancy_of_unknown_colour_and_doubted() -> None:
    stone = certified(color="Fancy", f_color="EVEN")

    assert (stone.color, stone.fancy_color, stone.stone_type) == (None, "Unknown", "fancy")
    assert stone.doubts == ["diamond.certificate.f_color: 'EVEN'; taken as Unknown"]


def test_a_stone_that_is_not_fancy_has_no_fancy_intensity() -> None:
    assert certified(color="G", f_intensity="FANCY", f_overtone="BROWNISH").fancy_intensity is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("FANCY VIVID", "Fancy Vivid"),
        ("FANCY_LIGHT", "Fancy Light"),
        ("FAINT", "Faint"),
        ("fancy-deep", "Fancy Deep"),
        ("VERY LIGHT", "Very Light"),
        ("FANCY", "Fancy"),
    ],
)
def test_fancy_intensities_are_named_one_way(said: str, meant: str) -> None:
    stone = certified(color="FANCY", f_color="PINK", f_intensity=said, f_overtone="BROWNISH")

    assert (stone.fancy_intensity, stone.fancy_overtone, stone.doubts) == (meant, "Brownish", None)


@pytest.mark.parametrize(
    ("said", "meant"), [("OP", "O-P"), ("NO", "N-O"), ("SZ", "S-Z"), ("d", "D"), ("Z", "Z")]
)
def test_colours_are_written_as_laboratories_print_them(said: str, meant: str) -> None:
    assert (certified(color=said).color, certified(color=said).doubts) == (meant, None)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("AVAILABLE", "available"),
        ("available", "available"),
        ("UNAVAILABLE", "unavailable"),
        ("NOT_AVAILABLE", "unavailable"),
        ("NOT AVAILABLE", "unavailable"),
        ("ON HOLD", "on_hold"),
        ("HOLD", "on_hold"),
        ("SOLD_OUT", "sold"),
        ("ON_MEMO", "unavailable"),
        ("CONSIGNMENT", "unavailable"),
    ],
)
def test_unavailable_is_not_available(said: str, meant: str) -> None:
    assert mapped(diamond__availability=said).feed_availability == meant


def test_what_we_do_not_understand_is_not_for_sale() -> None:
    stone = mapped(diamond__availability="RESERVED?")

    assert (stone.feed_availability, stone.raw_availability) == ("unavailable", "RESERVED?")
    assert stone.doubts == ["diamond.availability: 'RESERVED?'; taken as unavailable"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Yes", True),
        ("true", True),
        ("No", False),
        ("100%", None),
        ("90%", None),
        ("", None),
        ("Borderline", None),
        (None, None),
        ("n/a", None),
    ],
)
def test_eye_clean_is_a_claim_or_nothing(said: str | None, meant: bool | None) -> None:  # noqa: FBT001
    assert mapped(diamond__eyeClean=said).eye_clean is meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("No", "NONE"),
        ("None", "NONE"),
        ("N/A", None),
        ("", None),
        (None, None),
        ("very light", "VERY_LIGHT"),
    ],
)
def test_a_tinge_is_none_only_where_the_supplier_says_so(said: Any, meant: str | None) -> None:
    assert mapped(diamond__brown=said).brown_tinge == meant


def test_both_spellings_of_a_shape_are_one() -> None:
    assert certified(shape="ASCHER").shape == certified(shape="Asscher").shape == "ASSCHER"
    assert certified(shape="CUSHION  B").shape == "CUSHION B"
