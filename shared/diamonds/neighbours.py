"""Other stones on sale that somebody who looks at one may want to see."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from psycopg import Connection

from shared.diamonds import grading
from shared.diamonds.stones import Stone, rows

KIND = ("id", "shape", "lab_grown", "fancy_intensity", "carats")
GRADES = ("color", "clarity", "cut")
SLOTS = ("highest_rated", "most_expensive", "mid_rated")
CANDIDATES = 2_000
"""Of so many alike the three related ones are chosen."""
ENOUGH_PEERS = 20
"""With fewer comparable stones on sale a score would say nothing."""
GRADES_APART = 2
"""As far as peers are looked for."""


def related(conn: Connection, stone: Stone, carat_tolerance: Decimal) -> dict[str, Stone | None]:
    """The best rated, the dearest and one in between, of about this weight.

    Of the same clarity and cut if there are three; else any cut, else any clarity.
    """
    found: dict[str, Stone] = {}
    for asked in _ever_less_alike(stone):
        if stone["carats"] and len(found) < len(SLOTS):
            found = {row["slot"]: row for row in _related(conn, stone, carat_tolerance, asked)}
    return {slot: found.get(slot) for slot in SLOTS}


def similar(conn: Connection, stone: Stone, *, limit: int) -> list[Stone]:
    """The nearest ones, each with its `distance`, by the formula of the query `similar_stones`."""
    if not stone["carats"]:
        return []
    asked = _of(stone, (*KIND, *GRADES))
    return rows(conn, "similar_stones", **asked, **grades_around(stone, 3, 3), limit=limit)


def pairs(conn: Connection, stone: Stone, *, limit: int) -> list[Stone]:
    """Stones to wear beside it; those of unknown measures cannot be matched."""
    if not (stone["carats"] and stone["ratio"]):
        return []
    asked = _of(stone, (*KIND, "ratio", "length_mm", "width_mm"))
    return rows(conn, "matching_stones", **asked, **grades_around(stone, 0, 0), limit=limit)


def deal(conn: Connection, stone: Stone) -> dict[str, Any] | None:
    """How its price per carat stands among comparable stones on sale.

    The score is the share of peers that cost more per carat, in per cent; those that cost the
    same count half. Peers are of the same grades, or one or two grades around them if there are
    too few. None for a stone of unknown weight, no `score` with too few peers.
    """
    if not stone["carats"]:
        return None
    peers = _peers(conn, stone, 0)
    while peers["peers"] < ENOUGH_PEERS and peers["grades_apart"] < GRADES_APART:
        peers = _peers(conn, stone, peers["grades_apart"] + 1)
    return {**peers, **_scored(stone, peers)}


def grades_around(stone: Stone, worse: int, better: int) -> dict[str, list[str]]:
    """The combinations of grades to look through, as the index of stones by grades spells them."""
    color = stone["color"] or stone["fancy_color"]
    return {
        "colors": grading.around(grading.COLORS, color, worse, better),
        "clarities": grading.around(grading.CLARITIES, stone["clarity"], worse, better),
        "cuts": grading.around(grading.CUTS, stone["cut"], worse, better),
    }


def _scored(stone: Stone, peers: Mapping[str, Any]) -> dict[str, Any]:
    if peers["peers"] < ENOUGH_PEERS:
        return {"score": None, "below_median_pct": None}
    share = (peers["dearer"] + Decimal(peers["equal"]) / 2) / peers["peers"]
    below = 1 - stone["price"] / stone["carats"] / peers["median"]
    return {"score": round(share * 100), "below_median_pct": round(below * 100, 1)}


def _peers(conn: Connection, stone: Stone, apart: int) -> dict[str, Any]:
    asked = _of(stone, (*KIND, "price"))
    (peers,) = rows(conn, "deal_peers", **asked, **grades_around(stone, apart, apart))
    return {**peers, "grades_apart": apart}


def _ever_less_alike(stone: Stone) -> list[dict[str, list[str]]]:
    anything = {
        "colors": [*grading.COLORS, "", stone["fancy_color"] or ""],
        "clarities": [*grading.CLARITIES, ""],
        "cuts": [*grading.CUTS, ""],
    }
    clarity = {"clarities": [stone["clarity"]]} if stone["clarity"] else {}
    cut = {"cuts": [stone["cut"]]} if stone["cut"] else {}
    return [anything | clarity | cut, anything | clarity, anything]


def _related(
    conn: Connection, stone: Stone, carat_tolerance: Decimal, asked: Mapping[str, list[str]]
) -> list[Stone]:
    return rows(
        conn,
        "related_stones",
        **_of(stone, ("id", "shape", "lab_grown")),
        **asked,
        carats_from=stone["carats"] - carat_tolerance,
        carats_to=stone["carats"] + carat_tolerance,
        candidates=CANDIDATES,
    )


def _of(stone: Stone, names: Iterable[str]) -> dict[str, Any]:
    return {name: stone[name] for name in names}
