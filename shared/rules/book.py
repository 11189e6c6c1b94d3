"""Rule sets of one kind, as the database keeps them: drafts, one active set, and what was.

A set that was ever active never changes again; the schema sees to it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar
from uuid import UUID

from psycopg import Connection
from psycopg.types.json import Json
from pydantic import BaseModel, ConfigDict

from shared.platform import db, exact_json
from shared.platform.errors import Conflict, NotFound
from shared.platform.sql import Query
from shared.rules.model import RuleRow

Kind = Literal["pricing", "rating"]
State = Literal["draft", "active", "archived"]


class RuleSetNotFound(NotFound):
    code = "RULE_SET_NOT_FOUND"


class RuleNotFound(NotFound):
    code = "RULE_NOT_FOUND"


class RuleSetNotDraft(Conflict):
    code = "RULE_SET_NOT_DRAFT"
    hint = "Versions that were ever active stay as they were; copy this one into a new draft."


class NoActiveRules(Exception):
    """Pricing rules not loaded: no set is active, so nothing may be priced."""


class Content(Protocol):
    """All that a set says."""

    @property
    def rules(self) -> tuple[Any, ...]: ...

    def model_dump(self, *, mode: str = ...) -> dict[str, Any]: ...

    def model_copy(self, *, update: Mapping[str, Any]) -> Any: ...


C = TypeVar("C", bound=Content)


class Header(BaseModel):
    """A version, without what it says."""

    model_config = ConfigDict(frozen=True)

    version: int
    state: State
    note: str
    copied_from: int | None
    created_by: str
    created_at: datetime
    activated_at: datetime | None
    archived_at: datetime | None


class Audited(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    rule_set_version: int
    action: str
    actor: str
    reason: str
    difference: dict[str, Any]
    happened_at: datetime


@dataclass(frozen=True)
class RuleSet(Generic[C]):
    header: Header
    content: C

    @property
    def version(self) -> int:
        return self.header.version


@dataclass(frozen=True)
class Book(Generic[C]):
    """Where one kind of rules is kept."""

    kind: Kind
    sql: Mapping[str, Query]
    load: Callable[[Connection, int], C]
    insert: Callable[[Connection, C, Mapping[str, Any]], Header]
    """Adds a draft's header."""
    store: Callable[[Connection, int, C], None]
    """Replaces what a draft says."""


@dataclass(frozen=True)
class Author:
    """Who changes rules, and why."""

    actor: str
    reason: str


def active(book: Book[C], conn: Connection) -> RuleSet[C]:
    header = db.find(conn, book.sql["find_active_set"], Header)
    if header is None:
        raise NoActiveRules(f"no {book.kind} rule set is active")
    return RuleSet(header, book.load(conn, header.version))


def get(book: Book[C], conn: Connection, version: int) -> RuleSet[C]:
    header = db.find(conn, book.sql["find_set"], Header, version=version)
    if header is None:
        raise RuleSetNotFound(f"There is no {book.kind} rule set {version}.")
    return RuleSet(header, book.load(conn, version))


def listed(book: Book[C], conn: Connection, *, limit: int) -> list[Header]:
    return db.many(conn, book.sql["list_sets"], Header, limit=limit)


def draft(
    book: Book[C], conn: Connection, content: C, by: Author, *, copied_from: int | None = None
) -> RuleSet[C]:
    """A new draft; it decides nothing until it is activated."""
    named = {"note": by.reason, "copied_from": copied_from, "created_by": by.actor}
    header = book.insert(conn, content, named)
    book.store(conn, header.version, content)
    before = get(book, conn, copied_from).content if copied_from else None
    record(book, conn, header.version, "drafted", by, difference(before, content))
    return RuleSet(header, content)


def open_draft(book: Book[C], conn: Connection, by: Author) -> RuleSet[C]:
    """The newest draft, or one copied from the active set."""
    header = db.find(conn, book.sql["find_open_draft"], Header)
    if header is not None:
        return RuleSet(header, book.load(conn, header.version))
    current = active(book, conn)
    return draft(book, conn, current.content, by, copied_from=current.version)


def editable(book: Book[C], conn: Connection, version: int) -> RuleSet[C]:
    """A draft, held until the transaction ends."""
    header = db.find(conn, book.sql["lock_set"], Header, version=version)
    if header is None:
        raise RuleSetNotFound(f"There is no {book.kind} rule set {version}.")
    if header.state != "draft":
        raise RuleSetNotDraft(f"Rule set {version} is {header.state}.")
    return RuleSet(header, book.load(conn, version))


def edit(book: Book[C], conn: Connection, version: int, content: C, by: Author) -> RuleSet[C]:
    """Let a draft say something else."""
    before = editable(book, conn, version)
    book.store(conn, version, content)
    record(book, conn, version, "edited", by, difference(before.content, content))
    return RuleSet(before.header, content)


def archive_draft(book: Book[C], conn: Connection, version: int, by: Author) -> Header:
    editable(book, conn, version)
    header = db.get(conn, book.sql["archive_draft"], Header, version=version)
    record(book, conn, version, "discarded", by, {})
    return header


def activate(
    book: Book[C], conn: Connection, version: int, by: Author
) -> tuple[int | None, Header]:
    """Let a version decide from now on; answers which one did until now."""
    wanted = get(book, conn, version)
    before: int | None = db.value(conn, book.sql["archive_active_set"])
    header = db.find(conn, book.sql["activate_set"], Header, version=version)
    if header is None or before == version:
        raise Conflict(f"Rule set {version} is active already.")
    previous = get(book, conn, before).content if before else None
    record(book, conn, version, "activated", by, difference(previous, wanted.content))
    return before, header


def record(  # noqa: PLR0917 - reads as a sentence
    book: Book[C],
    conn: Connection,
    version: int,
    action: str,
    by: Author,
    changed: dict[str, Any],
) -> None:
    db.execute(
        conn,
        book.sql["insert_audit"],
        version=version,
        action=action,
        actor=by.actor,
        reason=by.reason,
        difference=Json(changed),
    )


def audit(book: Book[C], conn: Connection, *, limit: int) -> list[Audited]:
    return db.many(conn, book.sql["list_audit"], Audited, limit=limit)


def content_hash(content: Content) -> str:
    """The same for sets that say the same, whatever their versions."""
    return hashlib.sha256(exact_json.canonical(content.model_dump(mode="json"))).hexdigest()


def with_rule(content: C, rule: RuleRow) -> C:
    others = [kept for kept in content.rules if kept.id != rule.id]
    changed: C = content.model_copy(update={"rules": (*others, rule)})
    return changed


def without_rule(content: C, rule_id: UUID) -> C:
    others = tuple(rule for rule in content.rules if rule.id != rule_id)
    if len(others) == len(content.rules):
        raise RuleNotFound(f"There is no rule {rule_id} in this set.")
    changed: C = content.model_copy(update={"rules": others})
    return changed


def difference(before: Content | None, after: Content) -> dict[str, Any]:
    """What changed, rule by rule and setting by setting."""
    old = before.model_dump(mode="json") if before else {"rules": []}
    new = after.model_dump(mode="json")
    was, now = ({rule["id"]: rule for rule in said.pop("rules")} for said in (old, new))
    return {
        "added": [now[key] for key in now if key not in was],
        "removed": [was[key] for key in was if key not in now],
        "changed": {
            key: _fields(was[key], now[key]) for key in now if key in was and was[key] != now[key]
        },
        "settings": _fields(old, new),
    }


def _fields(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"before": old.get(name), "after": new[name]}
        for name in new
        if old.get(name) != new[name]
    }
