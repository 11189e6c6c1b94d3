"""A small Blob service over a folder: one file per blob, its time stamp is its ETag.

It speaks what azure-storage-blob needs to create containers and to put, get, list and delete small
block blobs with conditions. Everything else is answered 501. Signatures are not checked: it is
meant for this machine only, as Azurite is.
"""

import mimetypes
import os
import re
import tempfile
import time
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/devstoreaccount1"
RANGE = re.compile(r"bytes=(\d+)-(\d*)")
UNSUPPORTED = re.compile(r"x-ms-(meta-.*|lease-id|source-.*|copy-.*|tags)|if-(un)?modified-since")


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or code


@dataclass(frozen=True)
class Blob:
    """A blob's file; it may not exist."""

    path: Path

    @property
    def etag(self) -> str | None:
        return f'"0x{self.path.stat().st_mtime_ns:X}"' if self.path.exists() else None

    def headers(self) -> dict[str, str]:
        stat = self.path.stat()
        kind = mimetypes.guess_type(unquote(self.path.name))[0] or "application/octet-stream"
        return {
            "ETag": self.etag or "",
            "Last-Modified": formatdate(stat.st_mtime, usegmt=True),
            "Content-Type": kind,
            "Content-Length": str(stat.st_size),
            "Accept-Ranges": "bytes",
            "x-ms-blob-type": "BlockBlob",
        }

    def write(self, content: bytes) -> None:
        """Replace the file in one step; its time always moves on, and so does the ETag."""
        before = self.path.stat().st_mtime_ns if self.path.exists() else 0
        descriptor, temporary = tempfile.mkstemp(dir=self.path.parent.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        moment = max(time.time_ns(), before + 1)
        os.utime(temporary, ns=(moment, moment))
        Path(temporary).replace(self.path)


class BlobService:
    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    async def handle(self, request: Request) -> Response:
        if unsupported := [name for name in request.headers if UNSUPPORTED.fullmatch(name)]:
            raise not_implemented(request, unsupported[0])
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        container, _, name = path.strip("/").partition("/")
        if not re.fullmatch(r"[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]", container):
            raise Refused(400, "InvalidResourceName")
        folder = self._root / container
        kind = request.query_params.get("comp", request.query_params.get("restype", ""))
        match request.method, kind, bool(name):
            case "PUT", "container", False:
                return self._create_container(folder)
            case (("GET" | "HEAD"), "container", False):
                existing(folder)
                return Response()
            case "GET", "list", False:
                return self._list(existing(folder), request)
            case _, "", True:
                return await self._on_blob(Blob(existing(folder) / quote(name, safe="")), request)
        raise not_implemented(request, f"{request.method} {kind}")

    def _create_container(self, folder: Path) -> Response:
        if folder.exists():
            raise Refused(409, "ContainerAlreadyExists")
        folder.mkdir()
        return Response(status_code=201)

    async def _on_blob(self, blob: Blob, request: Request) -> Response:
        match request.method:
            case "PUT" if request.headers.get("x-ms-blob-type") == "BlockBlob":
                content = await request.body()
                check_conditions(blob, request)
                blob.write(content)
                kept = ("ETag", "Last-Modified")
                return Response(
                    status_code=201, headers={name: blob.headers()[name] for name in kept}
                )
            case "GET" | "HEAD" | "DELETE" if blob.etag is None:
                raise Refused(404, "BlobNotFound", "The specified blob does not exist.")
            case "GET" | "HEAD":
                check_conditions(blob, request)
                return read(blob, request)
            case "DELETE":
                check_conditions(blob, request)
                blob.path.unlink()
                return Response(status_code=202)
        raise not_implemented(request, request.method)

    def _list(self, folder: Path, request: Request) -> Response:
        query = request.query_params
        if "delimiter" in query or "include" in query:
            raise not_implemented(request, "delimiter and include")
        limit = int(query.get("maxresults", 5000))
        names = sorted(unquote(path.name) for path in folder.iterdir())
        names = [n for n in names if n.startswith(query.get("prefix", ""))]
        names = [n for n in names if n > query.get("marker", "")]
        blobs = "".join(entry(name, Blob(folder / quote(name, safe=""))) for name in names[:limit])
        marker = escape(names[limit - 1]) if len(names) > limit else ""
        text = (
            f'<EnumerationResults ContainerName="{folder.name}"><Blobs>{blobs}</Blobs>'
            f"<NextMarker>{marker}</NextMarker></EnumerationResults>"
        )
        return Response(text, media_type="application/xml")


def read(blob: Blob, request: Request) -> Response:
    headers = blob.headers()
    content = blob.path.read_bytes() if request.method == "GET" else b""
    wanted = request.headers.get("x-ms-range", request.headers.get("range"))
    if wanted is None or request.method == "HEAD":
        return Response(content, headers=headers)
    match = RANGE.fullmatch(wanted)
    if not match or int(match[1]) >= len(content):
        raise Refused(416, "InvalidRange")
    start = int(match[1])
    part = content[start : int(match[2]) + 1 if match[2] else None]
    headers["Content-Range"] = f"bytes {start}-{start + len(part) - 1}/{len(content)}"
    headers["Content-Length"] = str(len(part))
    return Response(part, status_code=206, headers=headers)


def check_conditions(blob: Blob, request: Request) -> None:
    wanted, unwanted = (request.headers.get(name) for name in ("if-match", "if-none-match"))
    if wanted and (blob.etag is None or wanted not in ("*", blob.etag)):
        raise Refused(412, "ConditionNotMet")
    if unwanted and blob.etag and unwanted in ("*", blob.etag):
        if request.method == "PUT":
            raise Refused(409 if unwanted == "*" else 412, "BlobAlreadyExists")
        raise Refused(304, "ConditionNotMet")


def entry(name: str, blob: Blob) -> str:
    shown = ("Last-Modified", "Content-Length", "Content-Type")
    headers = blob.headers()
    properties = "".join(f"<{key}>{escape(headers[key])}</{key}>" for key in shown)
    etag, kind = escape((blob.etag or "").strip('"')), headers["x-ms-blob-type"]
    return (
        f"<Blob><Name>{escape(name)}</Name><Properties>{properties}"
        f"<Etag>{etag}</Etag><BlobType>{kind}</BlobType></Properties></Blob>"
    )


def existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise Refused(404, "ContainerNotFound", "The specified container does not exist.")
    return folder


def not_implemented(request: Request, what: str) -> Refused:
    return Refused(501, "NotImplemented", f"Not here: {what} on {request.url.path}")


def rendered(refused: Refused) -> Response:
    if refused.status == 304:  # noqa: PLR2004 - the one status without a body
        return Response(status_code=304, headers={"x-ms-error-code": refused.code})
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error>"
    )
    return Response(
        text, refused.status, {"x-ms-error-code": refused.code}, media_type="application/xml"
    )


def application(root: Path) -> ASGIApp:
    """Answer the ASGI application to be mounted under PATH."""
    service = BlobService(root)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await service.handle(Request(scope, receive))
        except Refused as refused:
            answer = rendered(refused)
        answer.headers["x-ms-version"] = "2021-12-02"
        await answer(scope, receive, send)

    return app
