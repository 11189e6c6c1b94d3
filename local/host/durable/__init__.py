"""Durable orchestrations: the SDK replays user code, this package plays the Durable extension."""
