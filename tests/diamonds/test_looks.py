"""What a shop shows besides grades: links that lead to the right report, pictures that load."""

from decimal import Decimal

import pytest

from shared.diamonds import comparing, looks, pictures


@pytest.mark.parametrize(
    ("lab", "number", "url"),
    [
        ("GIA", "2141438171", "https://www.gia.edu/report-check?reportno=2141438171"),
        ("igi", " LG12345 ", "https://www.igi.org/verify-your-report/?r=LG12345"),
        ("HRD", "200012345678", "https://my.hrdantwerp.com/?record_number=200012345678"),
        (
            "GCAL",
            "3368",
            "https://www.gcalusa.com/certificate-search.html?certificate_id=3368",
        ),
        ("GIA", "1&x=<b>", "https://www.gia.edu/report-check?reportno=1%26x%3D%3Cb%3E"),
        ("HOME MADE", "1", None),
        ("GIA", None, None),
        (None, "1", None),
    ],
)
def test_a_report_is_verified_at_its_own_laboratory(
    lab: str | None, number: str | None, url: str | None
) -> None:
    assert looks.verification_url(lab, number) == url


@pytest.mark.parametrize(
    ("shape", "drawn"),
    [("ROUND", "round"), ("CUSHION MODIFIED", "cushion"), ("OLD MINER", "round"), ("", "round")],
)
def test_every_shape_has_a_drawing_to_fall_back_on(shape: str, drawn: str) -> None:
    assert looks.drawing(shape) == drawn
    assert pictures.picture(drawn).startswith("<svg")


def test_pictures_are_told_once_each_and_only_if_a_browser_may_load_them() -> None:
    stone = {
        "image_url": "https://a.example/1.jpg",
        "image_urls": [
            "https://a.example/2.jpg",
            "javascript:alert(1)",
            "//b.example/3.jpg",
            "https://a.example/1.jpg",
            "",
            "/api/pictures/4.jpg",
        ],
    }

    assert looks.images(stone) == [
        "https://a.example/2.jpg",
        "https://a.example/1.jpg",
        "/api/pictures/4.jpg",
    ]


def test_a_well_cut_round_looks_its_weight() -> None:
    stone = {"shape": "ROUND", "length_mm": 6.5, "width_mm": 6.5, "carats": 1}
    face_up = looks.face_up(
        {name: v if name == "shape" else Decimal(str(v)) for name, v in stone.items()}
    )

    assert face_up is not None
    assert face_up["area_mm2"] == Decimal("33.17")
    assert face_up["visual_carats"] == Decimal("1.00")
    assert abs(face_up["spread_pct"]) <= Decimal("0.1")


def test_a_stone_without_measures_has_no_face_up_size() -> None:
    stone = {"shape": "ROUND", "length_mm": None, "width_mm": None, "carats": Decimal(1)}

    assert looks.face_up(stone) is None


def test_the_best_of_compared_stones_is_told_where_one_is_better() -> None:
    fields = dict.fromkeys(comparing.COMPARED)
    one = {**fields, "id": 1, "color": "E", "price": Decimal(5), "carats": Decimal(1), "cut": "EX"}
    other = {**one, "id": 2, "color": "D", "price": Decimal(4), "cut": None, "shape": "OVAL"}

    told = {d.field: (d.values, d.best) for d in comparing.differences([one, other])}

    assert told == {
        "price": ([Decimal(5), Decimal(4)], [1]),
        "color": (["E", "D"], [1]),
        "cut": (["EX", None], [0]),
        "shape": ([None, "OVAL"], []),
    }
    assert comparing.missing([one, other]) == {1: ["shape"], 2: ["cut"]}
