"""See what a draft would do to every stone before it does it, and then let it do exactly that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection
from psycopg.types.json import Json
from pydantic import BaseModel, ConfigDict

from shared.platform import clock, db, exact_json
from shared.platform.errors import Conflict, NotFound
from shared.reapply import jobs, standing
from shared.reapply.model import Job, Trigger
from shared.reapply.queries import SQL
from shared.reapply.standing import Standing
from shared.rules import book
from shared.rules.book import Author, Header, Kind


class PreviewNotFound(NotFound):
    code = "PREVIEW_NOT_FOUND"


class PreviewStale(Conflict):
    """Something moved since: activating would not do what was seen."""

    code = "PREVIEW_STALE"
    hint = "Preview the draft again."


class Seen(BaseModel):
    """What a preview found, with all it depended on."""

    model_config = ConfigDict(frozen=True)

    token: UUID
    kind: Kind
    rule_set_version: int
    content_hash: str
    active_version: int
    dataset_versions: dict[str, int]
    fingerprint: int
    result: str
    actor: str
    created_at: datetime

    @property
    def figures(self) -> dict[str, Any]:
        figures: dict[str, Any] = exact_json.loads(self.result)
        return figures


class _Pass(BaseModel):
    fingerprint: int
    result: str


@dataclass(frozen=True)
class _Basis:
    """What a preview depends on, as it is now."""

    content_hash: str
    active_version: int
    dataset_versions: dict[str, int]
    found: _Pass


def preview(conn: Connection, kind: Kind, version: int, actor: str) -> Seen:
    """One pass over the live inventory; the answer's token lets the version be activated."""
    basis = _basis(conn, kind, version)
    seen = Seen(
        token=uuid4(),
        kind=kind,
        rule_set_version=version,
        content_hash=basis.content_hash,
        active_version=basis.active_version,
        dataset_versions=basis.dataset_versions,
        fingerprint=basis.found.fingerprint,
        result=basis.found.result,
        actor=actor,
        created_at=clock.now(),
    )
    kept = seen.model_dump(exclude={"created_at"})
    kept["dataset_versions"] = Json(seen.dataset_versions)
    db.execute(conn, SQL["insert_preview"], **kept)
    return seen


def activate(
    conn: Connection,
    kind: Kind,
    version: int,
    by: Author,
    *,
    token: UUID,
) -> tuple[Header, Job]:
    """Let a version decide and open the job that applies it, if nothing moved since its preview."""
    standing.own(conn)
    seen = db.find(conn, SQL["find_preview"], Seen, token=token, kind=kind)
    if seen is None or seen.rule_set_version != version:
        raise PreviewNotFound(f"There is no preview {token} of {kind} rule set {version}.")
    moved = _moved(seen, _basis(conn, kind, version))
    if moved:
        raise PreviewStale(f"Since the preview {', '.join(moved)}.")
    return apply(conn, kind, version, by)


def apply(
    conn: Connection,
    kind: Kind,
    version: int,
    by: Author,
    *,
    trigger: Trigger = "activation",
    rule_id: UUID | None = None,
    rule_snapshot: dict[str, Any] | None = None,
) -> tuple[Header, Job]:
    """Let a version decide, and open the job that applies it."""
    standing.own(conn)
    before, header = book.activate(jobs.BOOKS[kind], conn, version, by)
    job = jobs.open_job(
        conn,
        kind,
        by,
        trigger=trigger,
        previous_version=before,
        rule_id=rule_id,
        rule_snapshot=rule_snapshot,
    )
    return header, job


def _basis(conn: Connection, kind: Kind, version: int) -> _Basis:
    wanted = book.get(jobs.BOOKS[kind], conn, version)
    rules = _imagined(conn, kind, version, wanted.content)
    query = rules.complete(SQL["preview_prices" if kind == "pricing" else "preview_ratings"])
    return _Basis(
        content_hash=book.content_hash(wanted.content),
        active_version=book.active(jobs.BOOKS[kind], conn).version,
        dataset_versions=db.value(conn, SQL["dataset_versions"]),
        found=db.get(conn, query, _Pass, **rules.params),
    )


def _imagined(conn: Connection, kind: Kind, version: int, content: Any) -> Standing:
    """What would decide, were this version active."""
    prices, ratings = (book.active(jobs.BOOKS[each], conn) for each in ("pricing", "rating"))
    now = clock.now()
    if kind == "pricing":
        return standing.of(version, content, ratings.version, ratings.content, now)
    return standing.of(prices.version, prices.content, version, content, now)


def _moved(seen: Seen, now: _Basis) -> list[str]:
    """What is not as it was, in words."""
    moved = []
    if seen.content_hash != now.content_hash:
        moved.append("the draft itself was edited")
    if seen.active_version != now.active_version:
        moved.append(f"rule set {now.active_version} replaced {seen.active_version}")
    for feed, version in now.dataset_versions.items():
        before = seen.dataset_versions.get(feed, 0)
        if before != version:
            moved.append(f"feed {feed} went from dataset {before} to {version}")
    if seen.fingerprint != now.found.fingerprint:
        moved.append(_figures_moved(seen.figures, exact_json.loads(now.found.result)))
    return moved


def _figures_moved(before: dict[str, Any], now: dict[str, Any]) -> str:
    names = ("stones", "changed", "cost_total", "old_total", "new_total")
    told = [f"{name} {before.get(name)} → {now.get(name)}" for name in names]
    return "costs or prices moved (" + ", ".join(told) + ")"
