"""Frozen values that cross a process boundary: Durable inputs, messages, HTTP bodies."""

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """Field names are wire names: running orchestrations replay them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
