"""What a storefront asks of the search, and the worst it asks."""

import random
from collections.abc import Callable

Params = dict[str, str]
SEVEN = {
    "shape": "round,oval",
    "carat_min": "0.9",
    "carat_max": "2.1",
    "color": "D-G",
    "clarity": "VVS1-VS2",
    "cut": "EX,ID",
    "lab": "GIA",
}


def kinds(dice: random.Random) -> dict[str, Callable[[], Params]]:
    """What a storefront asks, in eight kinds."""

    def shape() -> str:
        return dice.choice(["round", "oval", "pear", "cushion", "emerald", "heart", "radiant"])

    def carats() -> Params:
        least = round(dice.uniform(0.3, 2.5), 1)
        return {"carat_min": str(least), "carat_max": str(round(least + 0.6, 1))}

    def seven() -> Params:
        return SEVEN | carats() | {"shape": f"{shape()},{shape()}"}

    return {
        "landing": dict,
        "a shape": lambda: {"shape": shape()},
        "shape, weight, budget": lambda: {"shape": shape(), **carats(), "price_max": "9000"},
        "laboratory-grown, dearest first": lambda: {"lab_grown": "true", "sort_order": "desc"},
        "heaviest within a budget": lambda: {
            "price_max": str(dice.randint(1_000, 20_000)),
            "sort_by": "carats",
            "sort_order": "desc",
        },
        "seven filters, newest": lambda: seven() | {"sort_by": "newest", "sort_order": "desc"},
        "seven filters, rating and price": lambda: (
            seven() | {"sort_by": "rating", "sort_order": "desc", "price_max": "15000"}
        ),
        "next pages": lambda: {"shape_not": shape(), "page": str(dice.randint(2, 20))},
    }


WORST: dict[str, Params] = {
    "landing": {},
    "seven filters, newest": SEVEN | {"sort_by": "newest", "sort_order": "desc"},
    "seven filters, rating and price": SEVEN | {"sort_by": "rating", "price_max": "15000"},
    "all by price": {"sort_by": "price", "sort_order": "desc", "count": "none"},
    "page 200": {"page": "200"},
    "default with count": {"sort_by": "newest", "sort_order": "desc"},
}
