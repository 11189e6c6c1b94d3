"""Whose night it is: feeds of one supplier take turns, each as soon as the supplier is free."""

from datetime import date, datetime

from psycopg import Connection

from shared.ingestion import news, runs
from shared.ingestion.model import Row, Run
from shared.platform import clock, db
from shared.platform.errors import Refusal
from shared.platform.log import Log
from shared.platform.settings import settings
from shared.platform.sql import queries

log = Log("ingestion.nights")

SQL = queries("runs")
NIGHTLY = "nightly timer"
PATIENCE_HOURS = 20
"""After that the next night is nearer than the last."""


class Stale(Row):
    feed: str
    last: datetime


class Turn(Row):
    feed: str
    night: date
    late: bool


def fall() -> None:
    """Tonight every nightly feed is due, in the order of the setting; safe to repeat."""
    with db.transaction() as conn:
        night = clock.now().date()
        db.execute(conn, SQL["insert_nightly_turns"], feeds=_nightly(), night=night)


def complain_of_stale() -> None:
    """Tell people of nightly feeds without a completed run for long; the next one ends it."""
    ingest = settings().ingest
    with db.transaction() as conn:
        query = SQL["list_stale_feeds"]
        for stale in db.many(conn, query, Stale, feeds=_nightly(), hours=ingest.stale_hours):
            news.stale(conn, stale.feed, stale.last, ingest.stale_hours)


def open_due() -> list[Run]:
    """Open a full run of every feed that is due and whose supplier is free."""
    with db.transaction() as conn:
        turns = _due(conn)
    opened = [_opened(turn) for turn in turns]
    return [run for run in opened if run]


def _nightly() -> list[str]:
    return [feed.strip() for feed in settings().ingest.nightly_feeds.split(",")]


def _due(conn: Connection) -> list[Turn]:
    query = SQL["list_nightly_turns"]
    return db.many(conn, query, Turn, patience_hours=PATIENCE_HOURS, by=NIGHTLY)


def _opened(turn: Turn) -> Run | None:
    """A feed that is being read already needs no other run tonight; one in its way is awaited."""
    try:
        return runs.open_run(turn.feed, "full", requested_by=NIGHTLY)
    except runs.RunInProgress as refusal:
        if turn.late or (refusal.busy and refusal.busy.feed == turn.feed):
            _skip(turn, refusal.message)
    except Refusal as refusal:
        _skip(turn, refusal.message)
    return None


def _skip(turn: Turn, reason: str) -> None:
    log.warning("nightly run skipped", feed=turn.feed, reason=reason)
    with db.transaction() as conn:
        if db.value(conn, SQL["skip_night"], feed=turn.feed, night=turn.night):
            news.skipped(conn, turn.feed, turn.night.isoformat(), reason)
