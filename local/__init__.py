"""Everything that exists only to run the product without Azure; never deployed."""
