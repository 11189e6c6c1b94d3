"""Listings in the documented shape: one that says everything, one that says next to nothing."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

from shared.diamonds.model import Stone
from shared.feeds.model import Item
from shared.feeds.nivoda import mapping

SOUND: Item = {
    "id": "DIAMOND/0b6c7a52-3f0f-4a6e-9d0e-6f3a3c1d2e01",
    "price": 214500,
    "diamond_price": 210000,
    "diamond": {
        "id": "0b6c7a52-3f0f-4a6e-9d0e-6f3a3c1d2e01",
        "availability": "AVAILABLE",
        "HoldId": None,
        "supplierStockId": "LG-10442",
        "image": "https://example.test/img/1/500/500",
        "video": "https://example.test/diamond/1/video/500/500",
        "supplier_video_link": None,
        "v360": {"id": "1", "url": "https://example.test/v360/1"},
        "brown": "No",
        "green": None,
        "blue": "",
        "gray": "Slight",
        "milky": "None",
        "bowtie": None,
        "eyeClean": "100%",
        "mine_of_origin": "BOTSWANA",
        "location": "US",
        "supplier": {
            "id": "5a4d0c7e-0000-4000-8000-000000000001",
            "name": "Example Gems",
            "legal_name": "Example Gems Private Limited",
        },
        "delivery_time": {
            "express_timeline_applicable": False,
            "min_business_days": 5,
            "max_business_days": 8,
        },
        "return_window": 7,
        "final_price": True,
        "certificate": {
            "id": "6f0c1f4e-0000-5000-8000-000000000001",
            "lab": "IGI",
            "certNumber": "LG612345678",
            "shape": "ROUND",
            "carats": Decimal("1.51"),
            "color": "E",
            "clarity": "VS1",
            "cut": "ID",
            "polish": "EX",
            "symmetry": "GD",
            "floInt": "FNT",
            "floCol": "B",
            "length": "7.420000",
            "width": "7.450000",
            "depth": "4.560000",
            "depthPercentage": "61.300000",
            "table": "57.000000",
            "crownAngle": "34.500000",
            "crownHeight": "15.200000",
            "pavAngle": "40.800000",
            "pavDepth": "43.100000",
            "girdle": "MED - STK",
            "culetSize": "NON",
            "keyToSymbols": "Crystal, Feather",
            "comments": "Clouds are not shown.",
            "labgrown": True,
            "labgrown_type": None,
            "treated": None,
            "verified": "true",
            "pdfUrl": "https://example.test/cert/LG612345678.pdf",
            "image": None,
            "country_of_origin": None,
            "f_color": None,
            "f_intensity": None,
            "f_overtone": None,
            "product_images": [
                {"id": "b", "url": "https://example.test/p/b.jpg", "display_index": 2},
                {"id": "a", "url": "https://example.test/p/a.jpg", "display_index": 1},
            ],
        },
    },
}

POOR: Item = {
    "id": "DIAMOND/0b6c7a52-3f0f-4a6e-9d0e-6f3a3c1d2e02",
    "price": 198000,
    "diamond": {
        "id": "0b6c7a52-3f0f-4a6e-9d0e-6f3a3c1d2e02",
        "availability": "AVAILABLE",
        "image": None,
        "video": None,
        "v360": None,
        "supplier": None,
        "delivery_time": {
            "express_timeline_applicable": None,
            "min_business_days": 6,
            "max_business_days": 10,
        },
        "certificate": {
            "lab": "NONE",
            "certNumber": "stock2892B",
            "shape": "ROUND",
            "carats": Decimal("1.5"),
            "color": "F",
            "clarity": None,
            "cut": None,
            "polish": "EX",
            "symmetry": "VG",
            "length": "0",
            "width": "0",
            "depth": "0",
            "depthPercentage": "0",
            "table": "0",
            "crownAngle": None,
            "girdle": "null",
            "labgrown": True,
        },
    },
}


def altered(item: Item, changes: dict[str, Any]) -> Item:
    """A copy with these values at these dotted places."""
    copy = deepcopy(item)
    for path, value in sorted(changes.items(), key=lambda change: -change[0].count(".")):
        *above, last = path.split(".")
        place = copy
        for name in above:
            place = place[name]
        place[last] = value
    return copy


def mapped(**changed: Any) -> Stone:
    """Of the sound listing with other values, `diamond__image` for `diamond.image`."""
    item = altered(SOUND, {name.replace("__", "."): value for name, value in changed.items()})
    return mapping.stone(item, feed="nivoda-natural", lab_grown=False)


def certified(**changed: Any) -> Stone:
    """Of the sound listing with other values on its certificate."""
    return mapped(**{f"diamond__certificate__{name}": value for name, value in changed.items()})


def grown(**changed: Any) -> Stone:
    """As `certified`, of the laboratory-grown feed."""
    item = altered(SOUND, {f"diamond.certificate.{name}": v for name, v in changed.items()})
    return mapping.stone(item, feed="nivoda-labgrown", lab_grown=True)
