"""Rule sets to start from: one rating for all, and the graded thirty-one."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from shared.rating.model import RatingRule, RatingRules

RULES = UUID("0d0a4f0e-3b1c-5a57-9c55-5d4f3c2b1a01")

# priority | shapes | colors | clarities | cuts | cost from-to, inclusive | rating
GRADED = """
10 |ROUND OVAL CUSHION                        |D E    |FL IF            |EX ID   |           |10
15 |ROUND                                     |D E F  |IF VVS1          |EX ID   |5000-      |9
16 |OVAL                                      |D E F  |VVS1 VVS2        |EX ID   |4000-      |9
17 |CUSHION CUSHION_BRILLIANT CUSHION_MODIFIED|D E F G|VVS1 VVS2        |EX ID   |4000-      |8
20 |ROUND OVAL                                |D E F  |VVS1 VVS2        |EX ID   |10000-     |9
21 |CUSHION EMERALD RADIANT                   |D E F  |VVS1 VVS2        |EX ID   |8000-      |9
25 |                                          |D E F G|VVS1 VVS2 VS1    |EX ID   |50000-     |9
26 |                                          |E F G H|VVS2 VS1 VS2     |EX VG   |20000-50000|8
27 |                                          |F G H  |VS1 VS2 SI1      |VG G    |10000-20000|7
30 |ROUND OVAL CUSHION EMERALD                |D E F G|VS1 VS2          |EX ID VG|5000-      |8
31 |PRINCESS RADIANT ASSCHER                  |D E F G|VVS1 VVS2 VS1    |EX ID   |4000-      |8
32 |PEAR MARQUISE HEART                       |D E F  |VVS1 VVS2 VS1 VS2|EX ID   |3000-      |8
40 |ROUND OVAL                                |F G H  |VS1 VS2 SI1      |EX VG   |2000-      |7
41 |CUSHION EMERALD RADIANT PRINCESS          |F G H  |VS1 VS2 SI1      |EX VG   |1500-      |7
42 |ASSCHER PEAR MARQUISE                     |E F G H|VS1 VS2          |VG G    |1000-      |7
50 |ROUND OVAL CUSHION                        |G H I  |SI1 SI2          |VG G    |1000-      |6
51 |EMERALD RADIANT PRINCESS ASSCHER          |G H I  |VS2 SI1 SI2      |VG G    |800-       |6
52 |PEAR MARQUISE HEART TRILLIANT             |F G H I|VS2 SI1 SI2      |VG G    |500-       |6
60 |ROUND OVAL                                |H I J  |SI1 SI2          |G       |500-       |5
61 |CUSHION EMERALD RADIANT PRINCESS          |H I J  |SI1 SI2          |G       |400-       |5
62 |                                          |G H I  |SI2              |G F     |300-       |5
70 |                                          |I J K  |SI2 I1           |G F     |200-       |4
71 |                                          |H I J  |I1               |G       |150-       |4
80 |                                          |J K L  |I1 I2            |F       |100-       |3
81 |                                          |I J K  |I2               |G F     |50-        |3
90 |                                          |K L M  |I2 I3            |F P     |           |2
91 |                                          |       |I3               |F P     |           |2
100|                                          |       |I3               |        |           |1
110|                                          |       |                 |        |-1000      |5
111|                                          |       |                 |        |-500       |4
999|                                          |       |                 |        |           |5
"""
CENT = Decimal("0.01")


def _graded() -> RatingRules:
    return RatingRules(rules=tuple(map(_read, GRADED.strip().splitlines())))


def _read(line: str) -> RatingRule:
    priority, shapes, colors, clarities, cuts, cost, rating = map(str.strip, line.split("|"))
    lists = {"shapes": shapes, "colors": colors, "clarities": clarities, "cuts": cuts}
    given: dict[str, Any] = {name: words.split() for name, words in lists.items() if words}
    low, _, high = cost.partition("-")
    if low:
        given["price_min"] = Decimal(low)
    if high:
        given["price_below"] = Decimal(high) + CENT
    return RatingRule(
        id=uuid5(RULES, priority),
        priority=int(priority),
        name=f"graded {priority}",
        rating=int(rating),
        **given,
    )


def _default() -> RatingRules:
    everything = RatingRule(id=uuid5(RULES, "default"), priority=1000, name="default", rating=5)
    return RatingRules(rules=(everything,))


SEEDS = {"default": _default, "graded": _graded}
