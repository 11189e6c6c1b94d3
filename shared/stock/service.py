"""Taking uploads: kept first, then shelved in the transaction that opens the run that reads them.

The shelf moves only while no run reads it, so a run never meets a list that changes under it; an
upload that comes meanwhile waits, and uploads are shelved in the order in which they came.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID, uuid4

from psycopg import Connection

from shared.feeds.own_stock.feed import OwnStock
from shared.ingestion import runs
from shared.ingestion.model import Run
from shared.platform import db
from shared.platform.errors import NotFound
from shared.platform.log import Log
from shared.stock import queries, reading
from shared.stock.model import FollowedUpload, Mapping, Upload
from shared.stock.reading import Reading

log = Log("stock")

DEFAULT = "default"
FILE_DAYS = 30
"""How long the file itself is kept after it was shelved; what was wrong with it is kept longer."""


@dataclass(frozen=True)
class Offered:
    """A file somebody wants taken."""

    content: bytes
    mapping: str | None = None
    filename: str | None = None
    complete: bool = True


class MappingUnknown(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no mapping {name!r}.")


class UploadUnknown(NotFound):
    def __init__(self, upload_id: UUID) -> None:
        super().__init__(f"There is no upload {upload_id}.")


def preview(conn: Connection, offered: Offered) -> Reading:
    """What would be made of the file; nothing is written."""
    mapping = _mapping(conn, offered.mapping)
    return reading.read(
        offered.content,
        declared=mapping.columns if mapping else {},
        constants=mapping.constants if mapping else {},
    )


def take(conn: Connection, offered: Offered, *, uploaded_by: str) -> Upload:
    """Keep the file and the report on it; the next free moment of the feed shelves it."""
    made = preview(conn, offered)
    upload = queries.insert_upload(
        conn,
        id=uuid4(),
        filename=offered.filename,
        uploaded_by=uploaded_by,
        complete=offered.complete,
        mapping=offered.mapping,
        columns=made.layout.headings,
        constants=dict(made.layout.constants),
        ignored=made.layout.ignored,
        content=offered.content,
        sha256=hashlib.sha256(offered.content).digest(),
        lines=made.lines,
        bad_lines=made.bad_lines,
        stones=made.stones,
    )
    queries.insert_faults(conn, upload_id=upload.id, faults=made.faults)
    log.info(
        "stock uploaded", upload=upload.id, lines=made.lines, bad=made.bad_lines, by=uploaded_by
    )
    return upload


def begin_next() -> Run | None:
    """Shelve the upload that waits longest, and open the run that reads it; None if that must wait.

    All in one transaction: a kill leaves the upload waiting, or shelved with its run open.
    """
    with db.one_transaction() as conn:
        upload = queries.lock_next_upload(conn)
        if upload is None:
            return None
        try:
            run = runs.open_run(OwnStock.name, "full", requested_by=upload.uploaded_by)
        except runs.RunInProgress:
            return None
        shelved = _shelve(conn, upload, run)
    log.info("stock shelved", upload=shelved.id, run_id=run.run_id, removed=shelved.removed)
    return run


def _shelve(conn: Connection, upload: Upload, run: Run) -> Upload:
    made = reading.read(upload.content or b"", declared=upload.columns, constants=upload.constants)
    keys = [line.key for line in made.shelf] + made.kept
    queries.clear_nameless(conn, keys=keys)
    moved = queries.shelve_lines(conn, made.shelf)
    removed = queries.clear_others(conn, keys=keys) if upload.complete else 0
    queries.forget_files(conn, days=FILE_DAYS)
    return queries.mark_shelved(
        conn,
        id=upload.id,
        run_id=run.run_id,
        added=moved.added,
        changed=moved.changed,
        removed=removed,
    )


def get(conn: Connection, upload_id: UUID) -> FollowedUpload:
    upload = queries.find_upload(conn, upload_id=upload_id)
    if upload is None:
        raise UploadUnknown(upload_id)
    return upload


def get_mapping(conn: Connection, name: str) -> Mapping:
    found = queries.find_mapping(conn, name=name)
    if found is None:
        raise MappingUnknown(name)
    return found


def delete_mapping(conn: Connection, name: str) -> None:
    if not queries.delete_mapping(conn, name=name):
        raise MappingUnknown(name)


def _mapping(conn: Connection, name: str | None) -> Mapping | None:
    """The one that is named; without a name the one called `default`, if there is one."""
    return get_mapping(conn, name) if name else queries.find_mapping(conn, name=DEFAULT)
