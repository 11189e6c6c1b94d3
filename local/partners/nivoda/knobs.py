"""How the supplier misbehaves: nothing by default but what the real one does every day."""

from random import Random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Fault = Literal["throttled", "failed"]


class Knobs(BaseModel):
    """Shares are of all requests or stones, from 0 to 1; the same ones for the same seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    throttled_share: float = Field(default=0, ge=0, le=1)
    """Answered 429."""
    retry_after_seconds: int | None = None
    """What a 429 asks for."""
    failed_share: float = Field(default=0, ge=0, le=1)
    """Answered 500, 502 or 503."""
    requests_per_second: int | None = None
    """Answer 429 above this."""
    latency_ms: float = Field(default=0, ge=0)
    stalled_share: float = Field(default=0, ge=0, le=1)
    stall_seconds: float = Field(default=3, ge=0)
    malformed_share: float = Field(default=0, ge=0, le=1)
    """Stones whose listing cannot be a stone."""
    drift: bool = False
    """New fields, and types that are not what they were."""
    short_page_share: float = Field(default=0.05, ge=0, le=1)
    """Pages that end before their limit, though the range does not."""
    hidden_share: float = Field(default=0, ge=0, le=1)
    """Stones that are counted and then filtered out of the page they stand on."""
    limit_is_error: bool = False
    """Refuse more than 50 instead of giving 50."""
    one_kind_at_a_time: bool = True
    """Answer 403 to natural while laboratory-grown is being asked for, and the other way round."""
    token_seconds: float = Field(default=6 * 3600, gt=0)
    denied_holds: int = Field(default=0, ge=0)
    """So many holds from now on are denied."""
    refused_orders: int = Field(default=0, ge=0)
    """So many orders from now on are refused, and their stones sold to somebody else."""
    lost_replies: int = Field(default=0, ge=0)
    """So many holds and orders from now on are done, and the connection is cut."""


class Dice:
    """Chance that is the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(seed)

    def fault(self, knobs: Knobs) -> Fault | None:
        roll = self._dice.random()
        if roll < knobs.throttled_share:
            return "throttled"
        return "failed" if roll < knobs.throttled_share + knobs.failed_share else None

    def failure(self) -> int:
        return self._dice.choice((500, 502, 503))

    def stall(self, knobs: Knobs) -> float:
        stalled = self._dice.random() < knobs.stalled_share
        return (knobs.stall_seconds if stalled else 0) + knobs.latency_ms / 1000
