"""The retailer's own stones: lists uploaded as CSV, and what was wrong with them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import azure.durable_functions as df
import azure.functions as func
from psycopg import Connection
from pydantic import Field

from http_api import paging
from http_api.endpoint import Answer, Asked, Call, File, Nothing, Start, endpoint, starter
from http_api.paging import Page
from http_api.stock_mappings import Name
from shared.access.model import Scope
from shared.ingestion.payloads import IngestRun
from shared.platform import cursor
from shared.platform.db import request_transaction, transaction
from shared.platform.settings import settings
from shared.stock import queries, report, service
from shared.stock.model import Fault, FollowedUpload

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
INGEST_RUN = "ingest_run"
LIST = File("application/octet-stream", 10_000_000)
"""A CSV; what its Content-Type says does not count."""
SHOWN_AT_ONCE = 100


class PreviewStock(Asked):
    mapping: Name | None = None
    """The one called `default` otherwise, if there is one; else headings speak for themselves."""


class UploadStock(PreviewStock):
    """A complete list is the whole stock: what it does not name goes off sale."""

    complete: bool = True
    filename: str | None = Field(default=None, max_length=200)


class UploadList(Asked):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=200)


class FaultView(Answer):
    line: int
    field: str
    heading: str | None
    value: str | None
    reason: str


class LookedAt(Answer):
    """What was made of a file."""

    columns: dict[str, str]
    constants: dict[str, str]
    ignored: list[str]
    """Headings that nothing was read from."""
    lines: int
    bad_lines: int
    stones: int
    faults: list[FaultView]
    """The first of them."""


class UploadSummary(Answer):
    id: UUID
    number: int
    status: str
    """`waiting` for its run, and then what the run says."""
    filename: str | None
    uploaded_by: str
    uploaded_at: datetime
    complete: bool
    mapping: str | None
    lines: int
    bad_lines: int
    stones: int
    run_id: UUID | None
    run_error: str | None
    """Why the run ended short, if it did."""
    shelved_at: datetime | None
    added: int | None
    changed: int | None
    removed: int | None
    sweep: str | None
    """Whether stones that a complete list does not name went off sale."""
    sweep_reason: str | None


class UploadDetail(UploadSummary, LookedAt):
    """An upload, with the first of what was wrong."""


class OnePreview(Answer):
    data: LookedAt


class OneUpload(Answer):
    data: UploadDetail


class Uploads(Answer):
    data: list[UploadSummary]
    pagination: Page


class Faults(Answer):
    data: list[FaultView]
    pagination: Page


@bp.route("v2/stock/preview", methods=["POST"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.STOCK_WRITE, query=PreviewStock, file=LIST, reads=True)
def preview_stock(call: Call[PreviewStock]) -> OnePreview:
    """Say what would be made of a list, and what is wrong with it; nothing is written."""
    offered = service.Offered(call.req.get_body() or b"", call.asked.mapping)
    with request_transaction() as conn:
        made = service.preview(conn, offered)
    return OnePreview(
        data=LookedAt(
            columns=dict(made.layout.headings),
            constants=dict(made.layout.constants),
            ignored=made.layout.ignored,
            lines=made.lines,
            bad_lines=made.bad_lines,
            stones=made.stones,
            faults=_faults(made.faults[:SHOWN_AT_ONCE]),
        )
    )


@bp.route("v2/stock/uploads", methods=["POST"], auth_level=ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=Scope.STOCK_WRITE, query=UploadStock, file=LIST, status=202)
def upload_stock(call: Call[UploadStock]) -> Start[OneUpload] | OneUpload:
    """Take a list of stones; a run reads it at once, or as soon as the one before has ended."""
    asked = call.asked
    content = call.req.get_body() or b""
    offered = service.Offered(content, asked.mapping, asked.filename, asked.complete)
    with transaction() as conn:
        taken = service.take(conn, offered, uploaded_by=call.caller.client_name)
    run = service.begin_next()
    with transaction() as conn:
        answer = OneUpload(data=_detail(service.get(conn, taken.id), _first(conn, taken.id)))
    if run is None:
        return answer
    request = IngestRun.with_settings(run, settings().ingest)
    return Start(INGEST_RUN, run.instance_id, request, answer)


@bp.route("v2/stock/uploads", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.STOCK_WRITE, query=UploadList)
def list_stock_uploads(call: Call[UploadList]) -> Uploads:
    """Uploads, the newest first."""
    asked = call.asked
    with request_transaction() as conn:
        found = queries.list_uploads(
            conn, before=paging.number(asked.cursor), limit=asked.limit + 1
        )
    shown, page = paging.cut(found, asked.limit, lambda upload: [str(upload.number)])
    return Uploads(data=[UploadSummary.model_validate(one) for one in shown], pagination=page)


@bp.route("v2/stock/uploads/{upload_id}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.STOCK_WRITE)
def get_stock_upload(call: Call[Nothing]) -> OneUpload:
    """One upload: how far it is, and the first of what was wrong."""
    upload_id = call.id("upload_id")
    with request_transaction() as conn:
        found = service.get(conn, upload_id)
        return OneUpload(data=_detail(found, _first(conn, upload_id)))


@bp.route("v2/stock/uploads/{upload_id}/faults", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.STOCK_WRITE, query=UploadList)
def list_stock_faults(call: Call[UploadList]) -> Faults:
    """Everything that was wrong, by line and field."""
    asked, upload_id = call.asked, call.id("upload_id")
    after = _place(asked.cursor) if asked.cursor else None
    with request_transaction() as conn:
        service.get(conn, upload_id)
        found = queries.list_faults(conn, upload_id=upload_id, after=after, limit=asked.limit + 1)
    shown, page = paging.cut(found, asked.limit, lambda fault: [str(fault.line), fault.field])
    return Faults(data=_faults(shown), pagination=page)


@bp.route("v2/stock/uploads/{upload_id}/faults.csv", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.STOCK_WRITE, produces=("text/csv",))
def export_stock_faults(call: Call[Nothing]) -> func.HttpResponse:
    """The same as a spreadsheet, in which nothing of the list is run as a formula."""
    upload_id = call.id("upload_id")
    with request_transaction() as conn:
        service.get(conn, upload_id)
        found = queries.list_faults(conn, upload_id=upload_id, after=None, limit=None)
    return func.HttpResponse(
        report.to_csv(found),
        mimetype="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{upload_id}.csv"'},
    )


def _faults(faults: Sequence[Fault]) -> list[FaultView]:
    return [FaultView.model_validate(fault) for fault in faults]


def _first(conn: Connection, upload_id: UUID) -> list[Fault]:
    return queries.list_faults(conn, upload_id=upload_id, after=None, limit=SHOWN_AT_ONCE)


def _detail(upload: FollowedUpload, faults: Sequence[Fault]) -> UploadDetail:
    shown = UploadSummary.model_validate(upload).model_dump()
    return UploadDetail(
        **shown,
        columns=upload.columns,
        constants=upload.constants,
        ignored=upload.ignored,
        faults=_faults(faults),
    )


def _place(text: str) -> tuple[int, str]:
    line, field = cursor.decode(text, 2)
    if not (line and line.isascii() and line.isdigit() and len(line) < 10 and field):  # noqa: PLR2004 - an integer
        raise cursor.bad("not made by this API")
    return int(line), field
