"""The API key that ./opus itself calls the app with, and hands to you to try things."""

import psycopg

from local.workspace import Workspace
from shared.access import service
from shared.access.model import Scope
from shared.platform.errors import Refusal

CLIENT = "local developer"
MANY = 1_000_000


def ensure_api_key(workspace: Workspace, database_url: str) -> str:
    """The kept key if this database knows it and it may do everything, else a new one."""
    with psycopg.connect(database_url, prepare_threshold=None) as conn:
        kept = workspace.api_key.read_text().strip() if workspace.api_key.exists() else None
        if kept and _opens_everything(conn, kept):
            return kept
        issued = service.issue(
            conn, client_name=CLIENT, scopes=Scope, reads_per_minute=MANY, writes_per_minute=MANY
        )
    workspace.keep_api_key(issued.secret)
    return issued.secret


def _opens_everything(conn: psycopg.Connection, secret: str) -> bool:
    try:
        for scope in Scope:
            service.authenticate(conn, secret, scope)
    except Refusal:
        return False
    return True
