"""Prices of one customer or channel, made from the retail price."""
