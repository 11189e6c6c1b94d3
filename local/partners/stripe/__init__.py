"""Stripe, API version 2026-10-28.endive, as far as a shop with Checkout and manual capture goes."""
