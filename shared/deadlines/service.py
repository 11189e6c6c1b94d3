"""What has to happen by when: people hear of it in time, and if nobody acts a default does."""

from datetime import datetime

from psycopg import Connection
from pydantic import BaseModel, ConfigDict

from shared.notifications import outbox
from shared.notifications.model import Notice
from shared.platform import db
from shared.platform.sql import queries

SQL = queries("deadlines")

AT_ONCE = 200
DEADLINES = "deadlines"
"""What stands where other news name a feed."""


class Deadline(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    kind: str
    subject: str
    due_at: datetime
    default_action: str
    escalated_at: datetime | None
    met_at: datetime | None


def promise(
    conn: Connection,
    kind: str,
    subject: str,
    *,
    due_at: datetime,
    escalate_at: datetime,
    default_action: str,
) -> None:
    """Something has to happen; `default_action` tells people what will if they do nothing."""
    db.execute(
        conn,
        SQL["set_deadline"],
        kind=kind,
        subject=subject,
        due_at=due_at,
        escalate_at=escalate_at,
        default_action=default_action,
    )


def met(conn: Connection, kind: str, subject: str) -> None:
    db.execute(conn, SQL["meet_deadline"], kind=kind, subject=subject)


def upcoming(conn: Connection, *, limit: int) -> list[Deadline]:
    return db.many(conn, SQL["list_deadlines"], Deadline, limit=limit)


def escalate() -> list[Deadline]:
    """Tell people of what is nearly due, once each."""
    with db.transaction() as conn:
        near = db.many(conn, SQL["claim_escalations"], Deadline, limit=AT_ONCE)
        for deadline in near:
            outbox.tell(conn, _notice(deadline))
    return near


def _notice(deadline: Deadline) -> Notice:
    due = f"{deadline.due_at:%Y-%m-%d %H:%M} UTC"
    return Notice(
        category="deadline_near",
        incident_key=f"deadline:{deadline.id}:{deadline.due_at.isoformat()}",
        feed=DEADLINES,
        title=f"Due {due}: {deadline.kind.replace('_', ' ')} {deadline.subject}",
        text=f"If nobody acts: {deadline.default_action}.",
        facts={"subject": deadline.subject, "due": due},
    )
