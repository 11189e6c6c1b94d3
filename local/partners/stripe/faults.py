"""How Stripe misbehaves: call by call as it is told, and all the time in what it delivers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "rate_limited",  # 429, nothing done
    "unavailable",  # 503, nothing done, nothing remembered
    "broken",  # 500, nothing done; the key answers 500 from now on
    "broken_after",  # done, and yet 500; the key answers 500 from now on
    "cut_before",  # the connection ends without an answer, nothing done
    "cut_after",  # done, and the answer is lost
    "silent_before",  # no answer for `seconds`, then cut; nothing done
    "silent_after",  # done, then the same
    "slow",  # answers after `seconds`
]
BEFORE = ("cut_before", "silent_before")
AFTER = ("cut_after", "silent_after")


class Fault(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    on: str
    """An operation as in `payment_intents.capture`, or `*` for all."""
    kind: Kind
    times: int = Field(default=1, ge=1)
    after: int = Field(default=0, ge=0)
    """So many calls go well before."""
    seconds: float = Field(default=30, ge=0)


class Faults:
    """Each hits as often as it was told, then no more."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def expect(self, *faults: Fault) -> None:
        self._waiting.extend(faults)

    def clear(self) -> None:
        self._waiting.clear()

    def waiting(self) -> list[Fault]:
        return list(self._waiting)

    def next(self, operation: str) -> Fault | None:
        fault = next((f for f in self._waiting if f.on in (operation, "*")), None)
        if fault is None:
            return None
        place = self._waiting.index(fault)
        if fault.after:
            self._waiting[place] = fault.model_copy(update={"after": fault.after - 1})
            return None
        if fault.times > 1:
            self._waiting[place] = fault.model_copy(update={"times": fault.times - 1})
        else:
            del self._waiting[place]
        return fault


class Knobs(BaseModel):
    """How events are delivered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    copies: int = Field(default=1, ge=1)
    """How often each event is delivered, all at once."""
    late_seconds: float = Field(default=0, ge=0)
    newest_first: bool = False
    """What waits together is delivered in the reverse order."""
    paused: bool = False
    """Nothing is delivered until this is taken back."""
    unheard: int = Field(default=0, ge=0)
    """So many attempts are made in vain: they never arrive, and are tried again."""
    retry_seconds: float = Field(default=1, gt=0)
    """Before the second attempt; twice as long before each further one."""
    attempts: int = Field(default=12, ge=1)
