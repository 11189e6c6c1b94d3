from xml.etree import ElementTree as ET

import pytest

from shared.demo_supplier.dataset import SHAPES
from shared.diamonds import pictures


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_every_shape_of_the_inventory_has_a_picture_within_its_frame(shape: str) -> None:
    drawn = ET.fromstring(pictures.picture(shape.lower()))  # noqa: S314 - our own drawing

    svg = "{http://www.w3.org/2000/svg}"
    title = drawn.find(f"{svg}title")
    assert title is not None
    assert title.text == f"{shape.capitalize()} cut diamond"
    facets = [facet.attrib["points"] for facet in drawn.iter(f"{svg}polygon")]
    assert len(facets) > 20
    assert all(
        abs(float(number)) <= 100
        for points in facets
        for number in points.replace(",", " ").split()
    )


@pytest.mark.parametrize("shape", ["triangle", "", "ROUND", "../round"])
def test_a_shape_nobody_drew_is_unknown(shape: str) -> None:
    with pytest.raises(pictures.PictureUnknown) as refusal:
        pictures.picture(shape)

    assert refusal.value.hint is not None
    assert "asscher, cushion" in refusal.value.hint
