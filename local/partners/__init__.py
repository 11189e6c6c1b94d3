"""Local servers that stand in for the services of others."""
