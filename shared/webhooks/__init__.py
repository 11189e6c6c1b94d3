"""Telling partners over HTTP, signed by the Standard Webhooks specification."""
