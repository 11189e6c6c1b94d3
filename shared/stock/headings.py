"""Which column of a file is which field: as declared, else as lists in the trade are headed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.platform.errors import Unprocessable

NOT_TELLING = re.compile(r"[^a-z0-9#$%]+")

KNOWN: Mapping[str, str] = {
    "stock_number": (
        "Stock #, Stock, Stock No, Stock Num, Stock Number, Stock Ref, Vendor Stock Number, "
        "Reference, Reference Num, Reference Number, SKU, Item, Item #, Item Number, Lot #"
    ),
    "shape": "Shape, Shp",
    "carats": "Carats, Carat, Ct, Cts, Weight, Carat Weight, Ct Weight, Carat Size, Size, Sz",
    "color": "Color, Colour, Col, Colr",
    "clarity": "Clarity, Clar, Clearity, Purity",
    "cut": "Cut Grade, Cut",
    "polish": "Polish, Pol, Finish",
    "symmetry": "Symmetry, Sym, Symm, Symetry",
    "fluorescence_intensity": (
        "Fluorescence Intensity, Fluorescence, Fluor Intensity, Fluor, Flr Intensity, Flr, "
        "Fluo Intensity, Fluo"
    ),
    "fluorescence_color": (
        "Fluorescence Color, Fluorescence Colour, Fluor Color, Flr Color, Fluo Color"
    ),
    "fancy_color": "Fancy Color, Fancy Colour, FC Main Body",
    "fancy_intensity": (
        "Fancy Color Intensity, Fancy Colour Intensity, Fancy Intensity, FC Intensity"
    ),
    "fancy_overtone": "Fancy Color Overtone, Fancy Colour Overtone, Fancy Overtone, FC Overtone",
    "lab_grown": "Lab Grown, Labgrown, Is Lab Grown, Growth Type, Natural / Lab Grown",
    "treatment": "Treatment, Enhancement",
    "price": (
        "Total Price, Price Total, Total Cost, Total Amount, Total USD, Total Price USD, Amount USD"
    ),
    "price_per_carat": (
        "Price Per Carat, Price / Ct, Price Ct, Price Carat, Price Per Ct, PPC, $ / Ct, $ Ct, "
        "Cash Price, RapNet Price, Cost Per Carat"
    ),
    "availability": "Availability, Avail, Available, Status",
    "certificate_lab": "Lab, Certificate Lab, Grading Lab, Cert Lab, Laboratory, Report Lab, Cert",
    "certificate_number": (
        "Certificate #, Certificate Number, Certificate No, Cert #, Cert Num, Cert No, Cert "
        "Number, Cert ID, Certificate ID, Certificate Num, Report #, Report Number, Report No"
    ),
    "certificate_url": (
        "Certificate URL, Certificate Link, Cert URL, Cert Link, Report URL, Certificate Image"
    ),
    "image_url": "Image URL, Image, Image Link, Diamond Image, Picture, Photo",
    "video_url": "Video URL, Video, Video Link",
    "measurements": "Measurements, Measurement, Dimensions, Meas",
    "length_mm": "Length, Meas Length, M1, Length mm",
    "width_mm": "Width, Meas Width, M2, Width mm",
    "depth_mm": "Height, Meas Depth, M3, Depth mm, Height mm",
    "depth_pct": "Depth %, Depth Percent, Depth, Depth Percentage, Total Depth",
    "table_pct": "Table %, Table Percent, Table, Table Percentage",
    "crown_angle": "Crown Angle, CA",
    "crown_height": "Crown Height, CH",
    "pavilion_angle": "Pavilion Angle, PA",
    "pavilion_depth": "Pavilion Depth, PD",
    "girdle": "Girdle, Girdle Thin",
    "culet": "Culet, Culet Size",
    "milky": "Milky",
    "eye_clean": "Eye Clean",
    "location": "Location, Country",
    "key_to_symbols": "Key To Symbols, Key to Symbol",
    "comments": "Comments, Comment, Member Comment, Member Comments, Notes, Remarks",
}
"""By field, the headings it goes by, the surest first; compared by letters, digits, #, $ and %."""

FIELDS = tuple(KNOWN)
NEEDED = ("stock_number", "shape", "carats")
PRICES = ("price", "price_per_carat")
NO_PRICE = (
    "Say which column is the total (price) or the price per carat (price_per_carat): a heading "
    "like 'Price' alone means either."
)


class ColumnsUnclear(Unprocessable):
    """A file whose columns do not say what they are is not guessed at."""

    code = "COLUMNS_UNCLEAR"


@dataclass(frozen=True)
class Layout:
    """Where each field is found in a line."""

    columns: Mapping[str, int]
    headings: Mapping[str, str]
    constants: Mapping[str, str]
    width: int
    ignored: list[str]
    """Headings that nothing is read from."""

    def item(self, cells: Sequence[str]) -> dict[str, str]:
        found = {field: cells[place].strip() for field, place in self.columns.items()}
        return dict(self.constants) | {field: said for field, said in found.items() if said}


def layout(
    headings: Sequence[str], *, declared: Mapping[str, str], constants: Mapping[str, str]
) -> Layout:
    """What was declared, and else what the headings say; raises ColumnsUnclear."""
    places = _places(headings)
    columns = _declared(declared, places)
    for field, spellings in KNOWN.items():
        free = [places[name] for name in map(_bare, spellings.split(",")) if name in places]
        free = [place for place in free if place not in columns.values()]
        if free and field not in columns and field not in constants:
            columns[field] = free[0]
    _whole({*columns, *constants})
    used = set(columns.values())
    return Layout(
        columns=columns,
        headings={field: headings[place] for field, place in columns.items()},
        constants=constants,
        width=len(headings),
        ignored=[said for n, said in enumerate(headings) if n not in used and said.strip()],
    )


def _places(headings: Sequence[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = _bare(heading)
        if name and name in places:
            raise ColumnsUnclear(
                "Two columns have the same heading.", fields={heading.strip(): "is there twice"}
            )
        places[name] = place
    places.pop("", None)
    return places


def _declared(declared: Mapping[str, str], places: Mapping[str, int]) -> dict[str, int]:
    missing = {
        field: f"there is no column {heading!r}"
        for field, heading in declared.items()
        if _bare(heading) not in places
    }
    if missing:
        raise ColumnsUnclear("The mapping names columns that the file has not.", fields=missing)
    return {field: places[_bare(heading)] for field, heading in declared.items()}


def _whole(known: set[str]) -> None:
    missing = {field: "no column is this" for field in NEEDED if field not in known}
    if not known.intersection(PRICES):
        missing["price"] = "no column is surely this"
    if missing:
        hint = NO_PRICE if "price" in missing else "Declare it in a mapping."
        raise ColumnsUnclear("Not every needed column is known.", fields=missing, hint=hint)


def _bare(heading: str) -> str:
    return NOT_TELLING.sub("", heading.strip().lower())
