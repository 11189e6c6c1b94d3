"""Copies of the whole catalogue for partners, in Blob Storage."""
