"""What we ask Nivoda for: the retailer's assortment, a stretch of the price axis, changes since."""

from math import ceil, floor
from typing import Any

from shared.feeds.model import FeedQuery, PriceRange

Variables = dict[str, Any]

HIGHEST = 2**31 - 1
"""GraphQL's largest Int: the open end of the price axis."""

SHAPES = (
    "ROUND",
    "OVAL",
    "EMERALD",
    "CUSHION",
    "CUSHION B",
    "CUSHION MODIFIED",
    "CUSHION BRILLIANT",
    "ASSCHER",
    "RADIANT",
    "MARQUISE",
    "PEAR",
    "PRINCESS",
    "ROSE",
    "OLD MINER",
    "TRILLIANT",
    "HEXAGONAL",
    "HEART",
)

ASSORTMENT: Variables = {
    "shapes": list(SHAPES),
    "sizes": {"from": 0.4, "to": 15.01},
    # Both together mean: a picture or a video.
    "has_image": True,
    "has_v360": True,
    "availability": ["AVAILABLE"],
    "excludeFairPoorCuts": True,
    "hide_memo": True,
}
"""What the retailer sells at all; a stone outside it is never counted, fetched or missed."""


def diamond_query(query: FeedQuery, within: PriceRange, *, lab_grown: bool) -> Variables:
    """A DiamondQuery; its price bounds are whole dollars per carat, both of them inclusive."""
    top = HIGHEST if within.high is None else ceil(within.high)
    asked = ASSORTMENT | {
        "labgrown": lab_grown,
        "dollar_per_carat": {"from": floor(within.low), "to": top},
    }
    if query.updated_from is not None:
        asked["updated"] = {"from": query.updated_from.isoformat()}
    return asked
