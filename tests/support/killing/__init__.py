"""Killing the app after every step of a purchase, and comparing everybody's books afterwards."""
