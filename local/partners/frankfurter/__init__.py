"""A Frankfurter on this machine: invented rates, the real one's two APIs, and its bad days."""
