"""What somebody wrote, and what was refused to whom: only ever added to."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from shared.access import queries
from shared.access.model import ApiKey


@dataclass(frozen=True)
class Deed:
    """Something asked for that changes things, or that was refused."""

    operation: str
    method: str
    path: str
    address: str | None
    trace_id: str

    def done(self, conn: Connection, by: ApiKey | None, status: int) -> None:
        """Part of the transaction of what was done."""
        queries.insert_audit(conn, **self._told(by), status=status, code=None)

    def refused(self, conn: Connection, to: ApiKey | None, status: int, code: str) -> None:
        queries.insert_audit(conn, **self._told(to), status=status, code=code)

    def _told(self, who: ApiKey | None) -> dict[str, Any]:
        name = who.client_name if who else None
        return {**vars(self), "client_id": who.client_id if who else None, "client_name": name}
