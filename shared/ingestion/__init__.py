"""From a supplier's inventory to the catalogue, with books that balance."""
