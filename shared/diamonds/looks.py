"""What a shop shows of a stone besides its grades: pictures, its report, how large it looks."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote

from shared.diamonds import pictures

VERIFY: Mapping[str, str] = {
    "GIA": "https://www.gia.edu/report-check?reportno={}",
    "IGI": "https://www.igi.org/verify-your-report/?r={}",
    "HRD": "https://my.hrdantwerp.com/?record_number={}",
    "GCAL": "https://www.gcalusa.com/certificate-search.html?certificate_id={}",
}
"""Where each laboratory shows one of its reports to everybody."""

FULLNESS: Mapping[str, Decimal] = {
    "ROUND": Decimal("0.785"),
    "OVAL": Decimal("0.785"),
    "PEAR": Decimal("0.70"),
    "MARQUISE": Decimal("0.66"),
    "HEART": Decimal("0.73"),
    "PRINCESS": Decimal("1.00"),
    "ASSCHER": Decimal("0.92"),
    "EMERALD": Decimal("0.95"),
    "RADIANT": Decimal("0.94"),
    "CUSHION": Decimal("0.90"),
}
"""The share of its length by width that a shape's outline covers."""
ROUND_OF_ONE_CARAT_MM2 = Decimal("33.18")
"""A well-cut round of one carat is 6.50 mm across."""


def verification_url(lab: str | None, number: str | None) -> str | None:
    template = VERIFY.get((lab or "").upper())
    return template.format(quote(number.strip(), safe="")) if template and number else None


def images(stone: Mapping[str, Any]) -> list[str]:
    """Addresses a browser may load, each once, in the supplier's order."""
    given = [*(stone["image_urls"] or []), stone["image_url"]]
    return list(dict.fromkeys(url for url in given if url and _loadable(url)))


def video(stone: Mapping[str, Any]) -> str | None:
    url: str | None = stone["video_url"]
    return url if url and _loadable(url) else None


def drawing(shape: str) -> str:
    """The name of the drawing to show where a picture is missing or broken; there always is one."""
    words = shape.lower().split()
    known = (word for word in words if word in {*pictures.BRILLIANT_CUTS, *pictures.STEP_CUTS})
    return next(known, "round")


def face_up(stone: Mapping[str, Any]) -> dict[str, Decimal] | None:
    """How large it looks from above, and the weight of a well-cut round of that size.

    Area = length x width x the shape's fullness; visual carats = (area / 33.18 mm²) ^ 1.5.
    """
    fullness = FULLNESS.get(stone["shape"])
    length, width, carats = stone["length_mm"], stone["width_mm"], stone["carats"]
    if not (fullness and length and width and carats):
        return None
    area = length * width * fullness
    visual = (area / ROUND_OF_ONE_CARAT_MM2) ** Decimal("1.5")
    return {
        "area_mm2": _rounded(area, "0.01"),
        "visual_carats": _rounded(visual, "0.01"),
        "spread_pct": _rounded((visual / carats - 1) * 100, "0.1"),
    }


def _loadable(url: str) -> bool:
    return url.startswith(("https://", "http://")) or (url[0] == "/" and not url.startswith("//"))


def _rounded(value: Decimal, unit: str) -> Decimal:
    return value.quantize(Decimal(unit), rounding=ROUND_HALF_UP)
