"""Where prices come from: the catalogue's own, or those of a list (`shared/price_lists`)."""

from typing import LiteralString

from shared.price_lists import asking


def table() -> LiteralString:
    """The prices of who asks; retail prices from their own table, whose indexes help."""
    return "shown_prices" if asking.terms() else "diamond_prices"


def stones() -> LiteralString:
    return f"""
  FROM diamonds AS diamond
  JOIN {table()} AS price ON price.diamond_id = diamond.id"""
