"""US dollars in other currencies: rates with their dates, and one rounding."""
