"""How good a stone is, by rules of its own; a rating rule never changes a price."""
