"""First-match rules of any kind: one decision, two engines, and what can be said about a set."""
