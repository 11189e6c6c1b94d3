"""Asking for a copy of the catalogue, and writing it part by part in constant memory.

A part is written before it is counted, under a name its number decides: whoever is killed in
between leaves nothing that the next writer does not write over.
"""

import gzip
from time import monotonic
from uuid import UUID

from psycopg import Connection

from shared.access.model import ApiKey
from shared.diamonds import changes
from shared.exports import queries
from shared.exports.formats import lines_after
from shared.exports.model import Export, Format
from shared.platform import blobs, db
from shared.platform.errors import Conflict, NotFound
from shared.platform.log import Log
from shared.price_lists import asking
from shared.webhooks import publishing

log = Log("exports")

CONTAINER = "exports"
PART = 10_000
"""Stones: some ten megabytes in memory."""
BUDGET_SECONDS = 40
LEASE_SECONDS = 120
KEPT_HOURS = 48


class ExportInProgress(Conflict):
    """A client's exports are written one at a time."""

    code = "EXPORT_IN_PROGRESS"


class ExportNotFound(NotFound):
    code = "EXPORT_NOT_FOUND"
    hint = f"Exports are kept for {KEPT_HOURS} hours."


def ask(conn: Connection, caller: ApiKey, file_format: Format) -> Export:
    export = queries.insert_export(
        conn,
        client_id=caller.client_id,
        requested_by=caller.client_name,
        format=file_format,
        changes_from=changes.here(conn).encoded(),
        terms=asking.terms(),
    )
    if export is None:
        raise ExportInProgress("Your last export is not complete yet.")
    return export


def get(conn: Connection, caller: ApiKey, export_id: UUID) -> Export:
    export = queries.find_export(conn, id=export_id, client_id=caller.client_id)
    if export is None:
        raise ExportNotFound(f"There is no export {export_id} of yours.")
    return export


def part(export: Export, number: int) -> bytes:
    found = blobs.read(CONTAINER, export.blob(number)) if 1 <= number <= export.parts else None
    if found is None:
        raise ExportNotFound(f"The export has no part {number} (yet).")
    return found.content


def work(*, part_size: int = PART) -> int:
    """Write parts of open exports for a bounded time; returns how many."""
    deadline, written = monotonic() + BUDGET_SECONDS, 0
    while monotonic() < deadline and (export := lease()):
        written += _written(export, deadline, part_size)
    return written


def forget_old() -> int:
    with db.transaction() as conn:
        old = queries.take_old_exports(conn, hours=KEPT_HOURS)
        for export in old:
            for number in range(1, export.parts + 1):
                blobs.remove(CONTAINER, export.blob(number))
    return len(old)


def lease() -> Export | None:
    """An open export that nobody is writing, or whose writer is dead."""
    with db.transaction() as conn:
        return queries.lease_export(conn, seconds=LEASE_SECONDS)


def _written(export: Export, deadline: float, part_size: int) -> int:
    """Parts of one export, to its end if there is time."""
    at_first, current = export.parts, export
    while current.completed_at is None and monotonic() < deadline:
        following = write_part(current, part_size)
        if following is None:
            return current.parts - at_first
        current = following
    with db.transaction() as conn:
        queries.release_export(conn, id=export.id)
    if current.completed_at:
        log.info("export complete", id=export.id, stones=current.stones, parts=current.parts)
    return current.parts - at_first


def write_part(export: Export, part_size: int) -> Export | None:
    """One part more, and the export after it; None when somebody else wrote it."""
    with asking.shown_at(export.terms), db.transaction() as conn:
        lines, last_id, stones = lines_after(
            conn, export.format, export.last_id, part_size, header=export.parts == 0
        )
    packed = gzip.compress(lines, compresslevel=5, mtime=0)
    if stones:
        blobs.put(CONTAINER, export.blob(export.parts + 1), packed)
    with db.transaction() as conn:
        following = queries.part_written(
            conn,
            export,
            last_id=last_id,
            stones=stones,
            size=len(packed) if stones else 0,
            last=stones < part_size,
            seconds=LEASE_SECONDS,
        )
        if following and following.completed_at:
            _tell(conn, following)
    return following


def _tell(conn: Connection, export: Export) -> None:
    """To the webhooks of who asked for it."""
    told = {"id": export.id, "parts": export.parts, "stones": export.stones}
    publishing.publish(
        conn, "export.completed", told, key=f"export:{export.id}", client_id=export.client_id
    )
