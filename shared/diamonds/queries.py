"""The catalogue's version, and what changed since a point in the log of changes."""

from datetime import datetime
from uuid import UUID

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.platform import db
from shared.platform.sql import queries

SQL = queries("catalogue")


class Version(BaseModel):
    """Of the catalogue: its number, and since when."""

    model_config = ConfigDict(frozen=True)

    version: int
    changed_at: datetime


class Changes(BaseModel):
    """The version, what changed up to it, and the point from which the next changes are found."""

    model_config = ConfigDict(frozen=True)

    version: int
    reloads: int
    """How often all stones may have changed."""
    point: int
    diamond_ids: list[UUID]


def current_version(conn: Connection) -> Version:
    return db.get(conn, SQL["current_version"], Version)


def current_point(conn: Connection) -> Changes:
    return db.get(conn, SQL["current_point"], Changes)


def changes_since(conn: Connection, *, point: int) -> Changes:
    return db.get(conn, SQL["changes_since"], Changes, point=point)
