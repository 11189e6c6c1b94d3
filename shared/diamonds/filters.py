"""What stones can be searched by: each filter defined once, for the API, SQL and memory alike.

Unknown values: an inclusion finds them only by the word `unknown`, an exclusion keeps them
unless it names `unknown`; a bound never matches them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, LiteralString

from shared.diamonds import grading

UNKNOWN = "UNKNOWN"
OTHER = "OTHER"
EXCLUDED = "_not"
PRICE: LiteralString = "price.price_model_price"
PER_CARAT: LiteralString = "round(price.price_model_price / diamond.carats, 2)"


def _flag(word: str) -> str:
    known = {"TRUE": "true", "YES": "true", "1": "true", "FALSE": "false", "NO": "false"}
    name = grading.name(word)
    return known.get(name, "false" if name == "0" else name)


@dataclass(frozen=True)
class Words:
    """A filter by one or several words; `<name>_not` excludes."""

    name: str
    column: LiteralString
    about: str
    spelled: Callable[[str], str] = grading.name
    """From what people type to what is compared."""
    scale: tuple[str, ...] = ()
    """Best first; then `VS1-SI1` is a range, and `other` what is not on the scale."""
    free: bool = False
    """Stored as the laboratory or supplier wrote it, compared in any case."""
    known: tuple[str, ...] = ()
    """Other words are refused."""
    default: tuple[str, ...] = ()
    """What is meant when nobody says."""
    in_memory: bool = True
    for_staff: bool = False
    """Says whose a stone is: for those who may see costs."""

    @property
    def compared(self) -> LiteralString:
        free: LiteralString = f"upper(translate({self.column}, '-_', '  '))"
        return free if self.free else self.column

    def read(self, typed: str) -> str:
        """One word in its code; raises ValueError for what cannot be meant."""
        ends = [self.spelled(end) for end in typed.split("-")]
        if len(ends) > 1 and all(end in self.scale for end in ends):
            return "-".join(ends)
        word = self.spelled(typed)
        if self.known and word not in (*self.known, UNKNOWN):
            raise ValueError(f"{typed!r} is not one of {', '.join(self.known)}")
        return word

    def place(self, stored: str) -> int | None:
        """The rank on the scale; a range like O-P stands with its better grade."""
        grade = stored.partition("-")[0]
        return self.scale.index(grade) if grade in self.scale else None


@dataclass(frozen=True)
class Bounds:
    """A filter by a smallest and a largest value, both inclusive: `<name>_min`, `<name>_max`."""

    name: str
    column: LiteralString
    about: str
    most: int = 1_000
    places: int = 2
    """How many decimals the column has; more are understood, and compared exactly."""
    in_memory: bool = True


@dataclass(frozen=True)
class Chosen:
    """Words asked for, or excluded."""

    filter: Words
    words: frozenset[str]
    excluded: bool = False

    def matches(self, stored: str | None) -> bool:
        return self._named(stored) != self.excluded

    def _named(self, stored: str | None) -> bool:
        if stored is None:
            return UNKNOWN in self.words
        word = stored.upper().translate(DASHES) if self.filter.free else stored
        off_scale = bool(self.filter.scale) and self.filter.place(stored) is None
        return word in self.words or (OTHER in self.words and off_scale)

    def sql(self, param: str) -> tuple[LiteralString, dict[str, Any]]:
        """A condition, and its parameters under names that begin with `param`."""
        column = self.filter.column
        ways: list[LiteralString] = [f"{self.filter.compared} = ANY(%({param})s::text[])"]
        params: dict[str, Any] = {param: sorted(self.words)}
        if UNKNOWN in self.words:
            ways.append(f"{column} IS NULL")
        if OTHER in self.words and self.filter.scale:
            ways.append(f"split_part({column}, '-', 1) <> ALL(%({param}_scale)s::text[])")
            params[f"{param}_scale"] = list(self.filter.scale)
        named: LiteralString = f"({' OR '.join(ways)})"
        return (f"{named} IS NOT TRUE" if self.excluded else named), params


@dataclass(frozen=True)
class Within:
    """Bounds asked for; at least one is given."""

    filter: Bounds
    low: Decimal | None
    high: Decimal | None

    def sql(self, param: str) -> tuple[LiteralString, dict[str, Any]]:
        ways: list[LiteralString] = []
        params = {}
        for sign, bound, name in ((">=", self.low, "low"), ("<=", self.high, "high")):
            if bound is not None:
                ways.append(f"{self.filter.column} {sign} %({param}_{name})s")
                params[f"{param}_{name}"] = bound
        return " AND ".join(ways), params


Condition = Chosen | Within
LISTED: LiteralString = "diamond.status = 'active'"
"""Besides, a stone without a row in `diamond_prices` is not for sale."""
DASHES = str.maketrans("-_", "  ")


def _free_word(typed: str) -> str:
    return " ".join(typed.upper().translate(DASHES).split())


def _certificate(typed: str) -> str:
    return "".join(typed.upper().split())


def _graded(name: str, column: LiteralString, about: str, scale: tuple[str, ...]) -> Words:
    return Words(name, column, about, grading.code, scale)


def _free(name: str, column: LiteralString, about: str) -> Words:
    return Words(name, column, about, _free_word, free=True)


def _yes_no(
    name: str, condition: LiteralString, about: str, default: tuple[str, ...] = ()
) -> Words:
    column: LiteralString = f"({condition})::text"
    return Words(name, column, about, _flag, known=("true", "false"), default=default)


WORDS: tuple[Words, ...] = (
    Words("shape", "diamond.shape", "ROUND, OVAL, OLD MINER ..."),
    Words("color", "diamond.color", "D to Z, ranges as D-F", scale=grading.COLORS),
    _graded("clarity", "diamond.clarity", "FL to I3, ranges as VS1-SI1", grading.CLARITIES),
    _graded("cut", "diamond.cut", "ID, EX, VG, G, F, P", grading.CUTS),
    _graded("polish", "diamond.polish", "as cut", grading.CUTS),
    _graded("symmetry", "diamond.symmetry", "as cut", grading.CUTS),
    _graded(
        "fluorescence_intensity",
        "diamond.fluorescence_intensity",
        "NONE to VERY_STRONG",
        grading.FLUORESCENCES,
    ),
    Words("fluorescence_color", "diamond.fluorescence_color", "BLUE, YELLOW ..."),
    _yes_no("fancy", "diamond.fancy_color IS NOT NULL", "fancy colours, or only D to Z"),
    _free("fancy_color", "diamond.fancy_color", "Yellow, Brown-Pink ..."),
    _free("fancy_intensity", "diamond.fancy_intensity", "Fancy Light, Fancy Vivid ..."),
    _free("fancy_overtone", "diamond.fancy_overtone", "Brownish ..."),
    Words("lab", "diamond.certificate_lab", "GIA, IGI, HRD ..."),
    Words(
        "certificate_number",
        "diamond.certificate_number",
        "the exact number of a report",
        _certificate,
        in_memory=False,
    ),
    _yes_no("lab_grown", "diamond.lab_grown", "laboratory-grown, or natural"),
    _yes_no("treated", "diamond.treated", "treated stones are hidden unless asked for", ("false",)),
    _free("growth_type", "diamond.growth_type", "HPHT, CVD; of laboratory-grown stones"),
    _yes_no("eye_clean", "diamond.eye_clean", "no inclusion seen by the naked eye"),
    _free("milky", "diamond.milky", "NONE where the supplier says so"),
    _free("brown_tinge", "diamond.brown_tinge", "NONE where the supplier says so"),
    _free("green_tinge", "diamond.green_tinge", "NONE where the supplier says so"),
    _free("blue_tinge", "diamond.blue_tinge", "NONE where the supplier says so"),
    _free("gray_tinge", "diamond.gray_tinge", "NONE where the supplier says so"),
    _free("bowtie", "diamond.bowtie", "NONE where the supplier says so"),
    _yes_no(
        "no_bgm",
        "COALESCE(diamond.brown_tinge, 'NONE') = 'NONE'"
        " AND COALESCE(diamond.green_tinge, 'NONE') = 'NONE'"
        " AND COALESCE(diamond.milky, 'NONE') = 'NONE'",
        "neither brown nor green nor milky, as far as is known",
    ),
    _free("girdle", "diamond.girdle", "as the report says"),
    _free("culet", "diamond.culet", "as the report says"),
    _free("origin", "diamond.origin", "the mine or country it was found in"),
    _free("location", "diamond.location", "where the stone is"),
    _yes_no("returnable", "diamond.return_days > 0", "may be sent back"),
    _yes_no("has_image", "diamond.image_url IS NOT NULL", "has a picture"),
    _yes_no("has_video", "diamond.video_url IS NOT NULL", "has a film"),
    _yes_no("has_certificate", "diamond.certificate_url IS NOT NULL", "has its report online"),
    Words(
        "availability",
        "diamond.availability",
        "available unless asked otherwise",
        lambda word: grading.code(word).lower(),
        known=("available", "on_hold", "sold", "unavailable"),
        default=("available",),
    ),
    Words(
        "feed",
        "diamond.feed",
        "whose stones, as demo or nivoda-natural; for those who may see costs",
        lambda word: word.strip().lower(),
        for_staff=True,
    ),
)
BOUNDS: tuple[Bounds, ...] = (
    Bounds("price", PRICE, "retail price in US dollars", 1_000_000_000),
    Bounds("price_per_carat", PER_CARAT, "retail, in US dollars", 1_000_000_000),
    Bounds("carat", "diamond.carats", "weight", 10_000),
    Bounds("rating", "price.rating", "1 to 10", 10, 0),
    Bounds("ratio", "diamond.ratio", "length divided by width, to two decimals"),
    Bounds("table", "diamond.table_pct", "in percent"),
    Bounds("depth_pct", "diamond.depth_pct", "in percent"),
    Bounds("depth_mm", "diamond.depth_mm", "in millimetres", 10_000),
    Bounds("length", "diamond.length_mm", "in millimetres", 10_000),
    Bounds("width", "diamond.width_mm", "in millimetres", 10_000),
    Bounds("crown_angle", "diamond.crown_angle", "in degrees"),
    Bounds("crown_height", "diamond.crown_height", "in percent"),
    Bounds("pav_angle", "diamond.pavilion_angle", "in degrees"),
    Bounds("pav_depth", "diamond.pavilion_depth", "in percent"),
    Bounds("delivery_days", "diamond.delivery_days_max", "business days at most", 10_000, 0),
)
BY_NAME: Mapping[str, Words | Bounds] = {each.name: each for each in WORDS} | {
    each.name: each for each in BOUNDS
}


def conditions(asked: Mapping[str, Any]) -> list[Condition]:
    """What parameters ask for, defaults included; lists of words, decimals for bounds."""
    found: list[Condition] = []
    for each in WORDS:
        included, excluded = asked.get(each.name), asked.get(each.name + EXCLUDED)
        if included is None and excluded is None:
            included = each.default or None
        if included:
            found.append(Chosen(each, _expanded(each, included)))
        if excluded:
            found.append(Chosen(each, _expanded(each, excluded), excluded=True))
    for bounds in BOUNDS:
        low, high = asked.get(f"{bounds.name}_min"), asked.get(f"{bounds.name}_max")
        if low is not None or high is not None:
            found.append(Within(bounds, low, high))
    return found


def where(wanted: Iterable[Condition], prefix: str = "f") -> tuple[LiteralString, dict[str, Any]]:
    """Conditions for `diamonds AS diamond` and `diamond_prices AS price`, with parameters."""
    texts: list[LiteralString] = [LISTED]
    params: dict[str, Any] = {}
    for number, condition in enumerate(wanted):
        text, needed = condition.sql(f"{prefix}{number}")
        texts.append(text)
        params |= needed
    return " AND ".join(texts), params


def _expanded(each: Words, words: Sequence[str]) -> frozenset[str]:
    return frozenset(grade for word in words for grade in _grades(each.scale, word))


def _grades(scale: tuple[str, ...], word: str) -> list[str]:
    """`D-F` is D, E and F, and what laboratories print between: D-E, D-F, E-F."""
    best, dash, least = word.partition("-")
    if not (dash and best in scale and least in scale):
        return [word]
    low, high = sorted((scale.index(best), scale.index(least)))
    inside = scale[low : high + 1]
    return [*inside, *(f"{a}-{b}" for n, a in enumerate(inside) for b in inside[n + 1 :])]
