"""The steps of a purchase as they can be seen from outside, and the app's death at one of them."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import sql

PATIENCE_SECONDS = 0.2
TOLD = """
CREATE FUNCTION tell_step_v1() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text;
BEGIN
    IF current_setting('application_name') = 'driver' THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(after_it.key || CASE WHEN after_it.key ~ '(status|supplier_order|kind)$'
                                           THEN '=' || after_it.value ELSE '' END,
                      ' ' ORDER BY after_it.key) INTO changed
      FROM jsonb_each_text(to_jsonb(NEW)) AS after_it
     WHERE after_it.key NOT IN ('claim', 'claimed_until', 'turns', 'updated_at', 'next_look_at')
       AND (TG_OP = 'INSERT' OR after_it.value IS DISTINCT FROM to_jsonb(OLD) ->> after_it.key)
       AND (TG_OP = 'UPDATE' OR after_it.key ~ '(status|kind)$');
    IF changed IS NOT NULL THEN
        PERFORM pg_notify('steps', format('commit %s: %s', TG_TABLE_NAME, changed));
    END IF;
    RETURN NULL;
END
$$
"""
WATCHED = """
CREATE TRIGGER tell_step AFTER INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION tell_step_v1()
"""


class Points:
    """Counts the steps reached since it was armed; at the chosen one the app is killed."""

    def __init__(self) -> None:
        self._kill: Callable[[], object] = list
        self._lock = threading.Lock()
        self._at: int | str | None = None
        self.reached: list[str] = []
        self.killed_at: str | None = None

    def deadly_to(self, kill: Callable[[], object]) -> None:
        self._kill = kill

    def arm(self, at: int | str | None) -> None:
        """Kill at the step of this number, from 0, or that begins so; with None only count."""
        with self._lock:
            self._at, self.reached, self.killed_at = at, [], None

    def reach(self, step: str) -> bool:
        """Whether the app died of it."""
        with self._lock:
            number = len(self.reached)
            dies = step.startswith(self._at) if isinstance(self._at, str) else number == self._at
            self.reached.append(step)
            if dies:
                self._at, self.killed_at = None, step
                self._kill()
            return dies


def watch_commits(database_url: str, tables: Sequence[str]) -> None:
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
    listening.execute("LISTEN steps")

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
