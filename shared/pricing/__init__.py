"""What a stone costs: the first rule that applies, on the supplier's price."""
