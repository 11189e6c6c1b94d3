"""The catalogue as columns in this process, as new as the version asked for.

A base is loaded as a whole, in the background; what changed since is a second, small block, and
the base's rows of the same stones are struck out. Until the first base is there, SQL answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from psycopg import Connection

from shared.diamonds import queries
from shared.diamonds.sorting import Order, SortBy
from shared.platform import db
from shared.platform.log import Log
from shared.platform.settings import settings

if TYPE_CHECKING:
    from shared.diamonds.columns import Block, Mask

log = Log("diamonds.shelf")

RELOAD_SHARE = 0.1
RELOAD_LEAST = 20_000
"""A second block of so many stones, and of this share of the base, is worth a new base."""
PAUSE_SECONDS = 30
"""Between attempts to load."""
LONGEST_LOAD_SECONDS = 600
USUAL_ORDERS: Sequence[tuple[SortBy, Order]] = (
    ("price", "asc"),
    ("price", "desc"),
    ("carats", "desc"),
    ("rating", "desc"),
    ("newest", "desc"),
)
"""Sorted while loading; others when somebody asks first."""
ATTEMPTS = 3
LONGEST_SLEEP_SECONDS = 86_400
"""Who slept longer may have missed changes that are not kept any more."""


@dataclass(frozen=True)
class View:
    """All listed stones: the living ones of the base, and those that changed since."""

    base: "Block"
    alive: "Mask"
    changed: "Block"
    seen: queries.Changes
    """All of it is at least as new; what is not here yet comes after its point."""
    read_at: float

    @property
    def version(self) -> int:
        return self.seen.version

    @property
    def stones(self) -> int:
        return int(self.alive.sum()) + self.changed.size


class Shelf:
    def __init__(self) -> None:
        self.view: View | None = None
        self.refreshes = 0
        self.loads = 0
        self._refreshing = Lock()
        self._starting = Lock()
        self._loading: Thread | None = None
        self._tried = float("-inf")

    def current(self, conn: Connection, version: int) -> View | None:
        """A view at least as new as the version, or None: then SQL is to answer."""
        if not settings().search.in_memory:
            return None
        view = self.view
        if view is None:
            self.load()
        elif view.version < version:
            view = self._refreshed(conn, version)
        return view

    def load(self) -> Thread:
        """Begin to load a new base, unless somebody is at it or has just failed."""
        with self._starting:
            waiting = monotonic() - self._tried < PAUSE_SECONDS
            if self._loading is None or not (self._loading.is_alive() or waiting):
                self._tried = monotonic()
                self._loading = Thread(target=self._load, name="shelf", daemon=True)
                self._loading.start()
            return self._loading

    def forget(self) -> None:
        """Start anew, e.g. with another database."""
        if self._loading:
            self._loading.join()
        self.__init__()  # type: ignore[misc]

    def _load(self) -> None:
        began = monotonic()
        try:
            view = _loaded()
        except Exception as error:  # noqa: BLE001 - SQL goes on answering
            log.warning("catalogue not loaded", cause=error)
            return
        with self._refreshing:
            self.view = view
            self.loads += 1
        log.info("catalogue loaded", stones=view.stones, seconds=round(monotonic() - began, 1))

    def _refreshed(self, conn: Connection, version: int) -> View | None:
        with self._refreshing:
            view = self.view
            if view is None or view.version >= version:
                return view
            self.view = _with_changes(conn, view)
            self.refreshes += 1
        if self.view is None or _outgrown(self.view):
            self.load()
        return self.view


def _loaded() -> View:
    import numpy as np  # noqa: PLC0415 - not before somebody searches

    from shared.diamonds import columns, loading  # noqa: PLC0415 - imports numpy

    lexicon = columns.Lexicon()
    with db.transaction(timeout_seconds=LONGEST_LOAD_SECONDS, one_moment=True) as conn:
        now = queries.current_point(conn)
        base = loading.load(conn, lexicon)
    for order in USUAL_ORDERS:
        base.line(*order)
    every, nothing = np.ones(base.size, np.bool_), columns.blank(base.lexicon)
    return View(base, every, nothing, now, monotonic())


def _with_changes(conn: Connection, view: View) -> View | None:
    """The view with all that was committed since, or None where it has to be loaded anew."""
    if monotonic() - view.read_at > LONGEST_SLEEP_SECONDS:
        return None
    changes = queries.changes_since(conn, point=view.seen.point)
    return _replaced(conn, view, changes) if changes.reloads == view.seen.reloads else None


def _replaced(conn: Connection, view: View, changes: queries.Changes) -> View:
    import numpy as np  # noqa: PLC0415 - see _loaded

    from shared.diamonds import columns, loading  # noqa: PLC0415 - imports numpy

    ids = sorted(changes.diamond_ids)
    high = np.array([stone.int >> 64 for stone in ids], np.uint64)
    low = np.array([stone.int & (1 << 64) - 1 for stone in ids], np.uint64)
    alive = view.alive.copy()
    alive[view.base.find(high, low)] = False
    kept = np.ones(view.changed.size, np.bool_)
    kept[view.changed.find(high, low)] = False
    fresh = _read(lambda: loading.load(conn, view.changed.lexicon, ids), loading.Unresolved)
    changed = columns.joined([columns.taken(view.changed, kept), fresh])
    return View(view.base, alive, changed, changes, monotonic())


def _read(read: Any, moved: type[Exception]) -> Any:
    """Stones may change between two looks at them; look again."""
    for _ in range(ATTEMPTS - 1):
        try:
            return read()
        except moved:
            continue
    return read()


def _outgrown(view: View) -> bool:
    return view.changed.size > max(RELOAD_LEAST, RELOAD_SHARE * view.base.size)


shelf = Shelf()
