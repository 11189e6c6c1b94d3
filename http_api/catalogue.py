"""The catalogue for partners: pages to copy it by, exports to fetch, changes to follow."""

from datetime import datetime
from typing import Any
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field

from http_api.endpoint import Answer, Asked, Call, Nothing, Written, endpoint
from shared.access.model import Scope
from shared.diamonds import changes
from shared.diamonds.changes import Change, Kind
from shared.exports import formats, queries, service
from shared.exports.model import Export, Format
from shared.platform import cursor, exact_json
from shared.platform.db import request_transaction, transaction

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
MIMETYPES = {"ndjson": "application/x-ndjson", "csv": "text/csv"}
NEXT = "X-Next-Cursor"


class Following(Asked):
    """Without a cursor: where the changes of today begin."""

    cursor: str | None = Field(default=None, max_length=300)
    limit: int = Field(default=500, ge=1, le=1_000)


class Pages(Asked):
    format: Format = "ndjson"
    cursor: str | None = Field(default=None, max_length=300)
    limit: int = Field(default=1_000, ge=1, le=1_000)


class AskExport(Asked):
    format: Format = "ndjson"


class ChangedStone(Answer):
    """`diamond` as search shows it; null when it was removed."""

    id: UUID
    kind: Kind
    diamond: dict[str, Any] | None


class Changes(Answer):
    """Go on from `next_cursor`, at once if there is more, else when you like within seven days."""

    data: list[ChangedStone]
    next_cursor: str
    has_more: bool


class ExportView(Answer):
    """Fetch parts 1 to `parts`; one after another they are one gzip file."""

    id: UUID
    format: Format
    changes_from: str
    """Follow the changes from this cursor: what changed while the export was written is there."""
    parts: int
    stones: int
    bytes: int
    created_at: datetime
    completed_at: datetime | None
    links: list[str]


class OneExport(Answer):
    data: ExportView


class Exports(Answer):
    data: list[ExportView]


@bp.route("v2/changes", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_EXPORT, query=Following, also=(410,))
def list_changes(call: Call[Following]) -> Written[Changes]:
    """Stones added, changed and removed since a cursor, each as it is now.

    Applied in order to a copy made at the cursor they give today's catalogue; applying some of
    them twice does no harm.
    """
    asked = call.asked
    with request_transaction() as conn:
        if asked.cursor is None:
            return Written(_written([], changes.here(conn).encoded(), more=False))
        page = changes.after(conn, changes.decoded(asked.cursor), asked.limit)
    return Written(_written(page.changes, page.place.encoded(), more=page.more))


@bp.route("v2/catalogue", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_EXPORT, query=Pages, produces=tuple(MIMETYPES.values()))
def get_catalogue_page(call: Call[Pages]) -> func.HttpResponse:
    """Up to 1,000 stones as lines of JSON or CSV, by id; the next page's cursor is in a header."""
    asked = call.asked
    last = _last(asked.cursor)
    with request_transaction() as conn:
        lines, reached, stones = formats.lines_after(
            conn, asked.format, last, asked.limit, header=last is None
        )
    more = stones == asked.limit and reached is not None
    headers = {NEXT: cursor.encode([str(reached)])} if more else {}
    return func.HttpResponse(lines, mimetype=MIMETYPES[asked.format], headers=headers)


@bp.route("v2/exports", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_EXPORT, body=AskExport, status=202)
def request_export(call: Call[AskExport]) -> OneExport:
    """Have the whole catalogue written to files; ask for its state until it is complete."""
    with transaction() as conn:
        return OneExport(data=_shown(service.ask(conn, call.caller, call.asked.format)))


@bp.route("v2/exports", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_EXPORT)
def list_exports(call: Call[Nothing]) -> Exports:
    """Your own, newest first."""
    with request_transaction() as conn:
        found = queries.list_exports(conn, client_id=call.caller.client_id, limit=50)
    return Exports(data=[_shown(export) for export in found])


@bp.route("v2/exports/{export_id}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_EXPORT)
def get_export(call: Call[Nothing]) -> OneExport:
    """How far an export is, and where its parts are."""
    with request_transaction() as conn:
        return OneExport(data=_shown(service.get(conn, call.caller, call.id("export_id"))))


@bp.route("v2/exports/{export_id}/parts/{number}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.DIAMONDS_EXPORT, path={"number": int}, produces=("application/gzip",))
def get_export_part(call: Call[Nothing]) -> func.HttpResponse:
    """One part, packed with gzip."""
    with request_transaction() as conn:
        export = service.get(conn, call.caller, call.id("export_id"))
    return func.HttpResponse(service.part(export, call.path["number"]), mimetype="application/gzip")


def _written(found: list[Change], place: str, *, more: bool) -> bytes:
    """The stones as PostgreSQL wrote them, and our page around them."""
    lines = ",".join(
        f'{{"id":"{one.diamond_id}","kind":"{one.kind}","diamond":{one.diamond or "null"}}}'
        for one in found
    )
    rest = exact_json.dumps({"nextCursor": place, "hasMore": more})
    return b'{"data":[' + lines.encode() + b"]," + rest[1:]


def _shown(export: Export) -> ExportView:
    where = f"/api/v2/exports/{export.id}/parts/"
    links = [f"{where}{number}" for number in range(1, export.parts + 1)]
    return ExportView.model_validate(export.model_dump() | {"links": links})


def _last(text: str | None) -> UUID | None:
    if text is None:
        return None
    (stone,) = cursor.decode(text, 1)
    try:
        return UUID(stone or "")
    except ValueError as error:
        raise cursor.bad("not made by this API") from error
