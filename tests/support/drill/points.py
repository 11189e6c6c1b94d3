"""The steps of a purchase as they can be seen from outside, and the app's death at one of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

CHANNEL = "drill"
PATIENCE_SECONDS = 0.2
TOLD = """
CREATE FUNCTION drill_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE states text;
BEGIN
    SELECT string_agg(value, ' ' ORDER BY key) INTO states FROM jsonb_each_text(to_jsonb(NEW))
     WHERE key IN ('order_status', 'payment_status', 'session_status', 'supplier_order',
                   'status', 'event', 'kind', 'type');
    PERFORM pg_notify('drill', format('commit %s: %s', TG_TABLE_NAME, states));
    RETURN NULL;
END
$$
"""
WATCHED = """
CREATE TRIGGER drill AFTER INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION drill_v1()
"""


class Points:
    """Counts the steps reached since it was armed; at the chosen one the app is killed."""

    def __init__(self, kill: Callable[[], None]) -> None:
        self._kill = kill
        self._lock = threading.Lock()
        self._at: int | None = None
        self.reached: list[str] = []
        self.killed_at: str | None = None

    def arm(self, at: int | None) -> None:
        """Kill at the step of this number, from 0; with None only count."""
        with self._lock:
            self._at, self.reached, self.killed_at = at, [], None

    def reach(self, step: str) -> bool:
        """Whether the app died of it."""
        with self._lock:
            dies = self._at == len(self.reached)
            self.reached.append(step)
            if dies:
                self._at, self.killed_at = None, step
                self._kill()
            return dies


def watch_commits(database_url: str, tables: list[str]) -> None:
    """Have every commit to these tables told."""
    with psycopg.connect(database_url) as conn:
        conn.execute(TOLD)
        for table in tables:
            conn.execute(sql.SQL(WATCHED).format(sql.Identifier(table)))


@contextmanager
def commits(database_url: str, points: Points) -> Iterator[None]:
    """Every commit is a step, until the end of the block."""
    ended = threading.Event()
    listening = psycopg.connect(database_url, autocommit=True)
    listening.execute(f"LISTEN {CHANNEL}")

    def listen() -> None:
        while not ended.is_set():
            for told in listening.notifies(timeout=PATIENCE_SECONDS):
                points.reach(told.payload)

    thread = threading.Thread(target=listen, name="commits")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        listening.close()
