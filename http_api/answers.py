"""Answers kept as long as they are true: an ETag made of what they depend on, read before them.

The catalogue's version moves with every committed change of a stone, a price, a hold or a sale,
and a rate is in the answer; so an answer is never older than its ETag says.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar

import azure.durable_functions as df
import azure.functions as func
from psycopg import Connection

from http_api.currency import ExchangeRate
from http_api.endpoint import Answer, Call, Nothing, Written, endpoint
from shared.access.model import Scope
from shared.diamonds import queries
from shared.diamonds.queries import Version
from shared.diamonds.shelf import shelf
from shared.platform import exact_json
from shared.platform.settings import settings
from shared.price_lists import asking

bp = df.Blueprint()

AnswerT = TypeVar("AnswerT", bound=Answer)

NOT_MODIFIED = 304
LONGEST_WAIT_SECONDS = 30
MEGABYTE = 1_000_000


class Cache:
    """The latest answers by their ETags; who asks for what is being made waits for it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._making: dict[str, Future[bytes]] = {}
        self._lock = Lock()
        self.bytes = self.hits = self.misses = self.shared = self.not_modified = 0

    def get(self, tag: str, make: Callable[[], bytes], most_bytes: int) -> bytes:
        with self._lock:
            kept = self._kept.get(tag)
            if kept is not None:
                self._kept.move_to_end(tag)
                self.hits += 1
                return kept
            making = self._making.get(tag)
            if making is None:
                mine = self._making[tag] = Future()
                self.misses += 1
            else:
                self.shared += 1
        if making:
            return making.result(LONGEST_WAIT_SECONDS)
        body = self._made(tag, mine, make)
        self._keep(tag, body, most_bytes)
        return body

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self.bytes = 0

    @property
    def entries(self) -> int:
        return len(self._kept)

    def _made(self, tag: str, promised: "Future[bytes]", make: Callable[[], bytes]) -> bytes:
        try:
            body = make()
        except BaseException as error:
            promised.set_exception(error)
            with self._lock:
                del self._making[tag]
            raise
        promised.set_result(body)
        with self._lock:
            del self._making[tag]
        return body

    def _keep(self, tag: str, body: bytes, most_bytes: int) -> None:
        with self._lock:
            self.bytes += len(body) - len(self._kept.get(tag, b""))
            self._kept[tag] = body
            while self.bytes > most_bytes:
                self.bytes -= len(self._kept.popitem(last=False)[1])


cache = Cache()


def kept(
    call: Call[Any],
    conn: Connection,
    rate: ExchangeRate | None,
    make: Callable[[int], AnswerT | bytes],
) -> Written[AnswerT]:
    """The answer of the catalogue's version now; 304 if the caller has it."""
    now = queries.current_version(conn)
    tag = etag(call, now, rate)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _has(call.req, tag):
        cache.not_modified += 1
        return Written(b"", headers, NOT_MODIFIED)
    most = settings().search.cache_mb * MEGABYTE
    return Written(cache.get(tag, lambda: _bytes(make(now.version)), most), headers)


def etag(call: Call[Any], now: Version, rate: ExchangeRate | None) -> str:
    terms = asking.terms()
    asked = {
        "since": now.changed_at.isoformat(),
        "costs": call.caller.may(Scope.COSTS_READ),
        "prices": terms and terms.settings,
        "of": type(call.asked).__name__,
        "path": {name: str(part) for name, part in call.path.items()},
        "asked": call.asked.model_dump(exclude_none=True),
        "rate": rate.model_dump() if rate else None,
    }
    digest = hashlib.sha256(exact_json.canonical(asked)).hexdigest()[:20]
    return f'"{now.version}-{digest}"'


def _has(req: func.HttpRequest, tag: str) -> bool:
    given = req.headers.get("If-None-Match", "").split(",")
    return any(each.strip().removeprefix("W/") == tag for each in given)


def _bytes(answer: Answer | bytes) -> bytes:
    if isinstance(answer, bytes):
        return answer
    return exact_json.dumps(answer.model_dump(by_alias=True))


class CacheStats(Answer):
    """Of this instance since it started: finished answers, and the columns in memory."""

    entries: int
    bytes: int
    hits: int
    misses: int
    shared: int
    """Waited for an answer that was being made."""
    not_modified: int
    stones_in_memory: int | None
    """None: SQL answers."""
    version: int | None
    loads: int
    refreshes: int


class OneCacheStats(Answer):
    data: CacheStats


@bp.route("v2/cache", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@endpoint(scope=Scope.RUNS_READ)
def get_cache_stats(call: Call[Nothing]) -> OneCacheStats:  # noqa: ARG001 - asks for nothing
    """How searches are answered here: from kept answers, from memory, or by SQL."""
    view = shelf.view
    stats = CacheStats(
        entries=cache.entries,
        bytes=cache.bytes,
        hits=cache.hits,
        misses=cache.misses,
        shared=cache.shared,
        not_modified=cache.not_modified,
        stones_in_memory=view.stones if view else None,
        version=view.version if view else None,
        loads=shelf.loads,
        refreshes=shelf.refreshes,
    )
    return OneCacheStats(data=stats)
