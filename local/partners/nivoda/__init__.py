"""A supplier that speaks Nivoda's GraphQL over an invented inventory of the real one's shape."""
