"""One pace for all that is asked of a supplier, shared by every instance through PostgreSQL.

A supplier has as many places as a second may hold requests. Whoever asks takes one, and it is free
again a second after the answer came. Two requests with one place therefore arrive more than a
second apart, however long either was held up here, on the way or at the supplier's door: no
second ever holds more than there are places. Turns, equally far apart, spread them evenly.
A supplier that complains is asked half as often, and gradually as often as before.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from time import monotonic, sleep
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from shared.feeds.model import FeedUnreachable
from shared.platform import db
from shared.platform.errors import Unavailable
from shared.platform.log import Log
from shared.platform.sql import queries

log = Log("feeds.rate_limit")

RATE_LIMIT = queries("rate_limit")

WINDOW_SECONDS = 1.02
"""A second, and a little for clocks that do not tick alike."""
LEASE_SECONDS = 60.0
"""When a request whose sender died has certainly arrived, or never will."""
SECONDS_BETWEEN_LOOKS = 0.1
LONGEST_WAIT_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 600.0
BETWEEN_HALVINGS_SECONDS = 10.0
RECOVERY_SECONDS = 20.0
"""From the last complaint to the full rate."""


class Pace(Protocol):
    """When a request may go out, and what happens when the supplier complains."""

    def turn(self) -> AbstractContextManager[None]:
        """Ask inside, once; raises FeedUnreachable on the way in if the wait would be long."""
        ...

    def slow_down(self, retry_after: float | None) -> None: ...


class Unpaced:
    """For requests that somebody else paces."""

    def turn(self) -> AbstractContextManager[None]:
        """Now."""
        return nullcontext()

    def slow_down(self, retry_after: float | None) -> None:
        """Not ours to decide."""


class Turn(BaseModel):
    model_config = ConfigDict(frozen=True)

    place: int
    until: datetime
    wait: float


class SharedPace:
    """At most `per_second` requests in any second, from all instances together."""

    def __init__(
        self, provider: str, per_second: int, *, longest_wait: float = LONGEST_WAIT_SECONDS
    ) -> None:
        self._provider = provider
        self._per_second = per_second
        self._longest_wait = longest_wait

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for our turn; the request belongs inside, up to its answer and no further."""
        mine = self._taken()
        try:
            if mine.wait > self._longest_wait:
                raise FeedUnreachable(f"{self._provider} wants a pause", retry_after=mine.wait)
            sleep(mine.wait)
            yield
        finally:
            self._give_back(mine)

    def slow_down(self, retry_after: float | None) -> None:
        pause = min(retry_after or 0, LONGEST_PAUSE_SECONDS)
        with db.transaction() as conn:
            db.execute(
                conn,
                RATE_LIMIT["slow_down"],
                provider=self._provider,
                lowest_share=1 / self._per_second,
                pause_seconds=pause,
                between_seconds=BETWEEN_HALVINGS_SECONDS,
                recovery_seconds=RECOVERY_SECONDS,
            )
        log.warning("supplier asked for less", provider=self._provider, pause_seconds=pause)

    def share(self) -> float:
        """How much of the full rate is used at present."""
        with db.transaction() as conn:
            share: float | None = db.value(
                conn,
                RATE_LIMIT["current_share"],
                provider=self._provider,
                recovery_seconds=RECOVERY_SECONDS,
            )
        return 1.0 if share is None else share

    def _taken(self) -> Turn:
        """A place and a turn; while every place is under way, look again and again."""
        deadline = monotonic() + self._longest_wait
        while (turn := self._take()) is None:
            if monotonic() > deadline:
                busy = f"{self._provider} has not answered {self._per_second} requests yet"
                raise FeedUnreachable(busy, retry_after=LEASE_SECONDS)
            if not self._furnished():
                sleep(SECONDS_BETWEEN_LOOKS)
        return turn

    def _furnished(self) -> bool:
        """Whether places were missing: a supplier nobody asked before, or a database made anew."""
        with db.transaction() as conn:
            return bool(
                db.execute(
                    conn, RATE_LIMIT["furnish"], provider=self._provider, places=self._per_second
                )
            )

    def _take(self) -> Turn | None:
        with db.transaction() as conn:
            return db.find(
                conn,
                RATE_LIMIT["take_turn"],
                Turn,
                provider=self._provider,
                places=self._per_second,
                seconds_apart=1 / self._per_second,
                window_seconds=WINDOW_SECONDS,
                lease_seconds=LEASE_SECONDS,
                recovery_seconds=RECOVERY_SECONDS,
            )

    def _give_back(self, turn: Turn) -> None:
        """What was answered stays answered: if the database is away, the lease ends by itself."""
        try:
            with db.transaction() as conn:
                db.execute(
                    conn,
                    RATE_LIMIT["give_back"],
                    provider=self._provider,
                    place=turn.place,
                    until=turn.until,
                    window_seconds=WINDOW_SECONDS,
                )
        except Unavailable as error:
            log.warning("place not given back", provider=self._provider, reason=error.message)
