"""One pace for all that is asked of a supplier, shared by every instance through PostgreSQL.

Turns are equally far apart, so that no second ever holds more than the rate; a little slower than
it, so that this is still true after they travelled. Whoever is too late for a turn takes another.
A supplier that complains is asked half as often, and gradually as often as before.
"""

from time import monotonic, sleep
from typing import Protocol

from shared.feeds.model import FeedUnreachable
from shared.platform import db
from shared.platform.log import Log
from shared.platform.sql import queries

log = Log("feeds.rate_limit")

RATE_LIMIT = queries("rate_limit")

JITTER_SECONDS = 0.1
"""How unevenly turns may arrive at the supplier without a second holding too many."""
LATEST_SECONDS = 0.08
LONGEST_WAIT_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 600.0
BETWEEN_HALVINGS_SECONDS = 10.0
RECOVERY_SECONDS = 20.0
"""From the last complaint to the full rate."""


class Pace(Protocol):
    """When a request may go out, and what happens when the supplier complains."""

    def wait_for_turn(self) -> None:
        """Return when it is our turn; raises FeedUnreachable if that would take long."""
        ...

    def slow_down(self, retry_after: float | None) -> None: ...


class Unpaced:
    """For requests that somebody else paces."""

    def wait_for_turn(self) -> None:
        """Now."""

    def slow_down(self, retry_after: float | None) -> None:
        """Not ours to decide."""


class SharedPace:
    """At most `per_second` requests in any second, from all instances together."""

    def __init__(
        self, provider: str, per_second: int, *, longest_wait: float = LONGEST_WAIT_SECONDS
    ) -> None:
        self._provider = provider
        self._per_second = per_second
        self._longest_wait = longest_wait

    def wait_for_turn(self) -> None:
        latest = LATEST_SECONDS
        while not self._came_in_time(latest):
            latest *= 2  # a database that is always slow must not keep us for ever

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

    def _came_in_time(self, latest: float) -> bool:
        asked = monotonic()
        wait = self._take_turn()
        if wait > self._longest_wait:
            raise FeedUnreachable(f"{self._provider} wants a pause", retry_after=wait)
        sleep(wait)
        return monotonic() - asked - wait <= latest

    def _take_turn(self) -> float:
        with db.transaction() as conn:
            wait: float = db.value(
                conn,
                RATE_LIMIT["take_turn"],
                provider=self._provider,
                seconds_apart=(1 + JITTER_SECONDS) / self._per_second,
                recovery_seconds=RECOVERY_SECONDS,
            )
        return wait
