"""`./opus keys`: who may call the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import psycopg
import typer
from pydantic import SecretStr
from rich.table import Table

from local import environment
from local.commands.options import DATA_DIR, DataDir
from local.database import database
from local.problem import Problem
from local.screen import screen
from local.workspace import Workspace
from shared.access import queries, service
from shared.access.model import IssuedKey, Scope
from shared.platform import clock
from shared.platform.errors import Refusal
from shared.platform.settings import SettingsInvalid

app = typer.Typer(help="Make, list, rotate and revoke API keys.", no_args_is_help=True)


@app.command("list")
def list_keys(data_dir: DataDir = DATA_DIR) -> None:
    """Show every key; the secrets are not stored."""
    table = Table()
    table.add_column("id", no_wrap=True, min_width=36)
    for heading in ("begins with", "client", "may", "prices of", "active", "last used", "expires"):
        table.add_column(heading, overflow="fold")
    with _connection(data_dir) as conn:
        for key in queries.list_api_keys(conn):
            times = (
                f"{at:%Y-%m-%d %H:%M}" if at else "-" for at in (key.last_used_at, key.expires_at)
            )
            may, active = " ".join(key.permissions), "yes" if key.active else "no"
            told = (key.prefix, key.client_name, may, key.price_list or "-", active, *times)
            table.add_row(str(key.id), *told)
    screen().print(table)


@app.command("new")
def new_key(
    client: Annotated[str, typer.Argument(help="Who will use it.")],
    *,
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be repeated.")],
    days: Annotated[int | None, typer.Option(min=1, help="Until it expires.")] = None,
    signature: Annotated[bool, typer.Option(help="For callers who sign their requests.")] = False,
    price_list: Annotated[
        str | None, typer.Option(help="Whose prices it sees, by the list's name.")
    ] = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a key and print it, this once."""
    expires_at = clock.now() + timedelta(days=days) if days else None
    with _connection(data_dir) as conn, _told():
        issued = service.issue(
            conn,
            client_name=client,
            scopes=scope,
            expires_at=expires_at,
            kind="signature" if signature else "key",
            price_list=price_list,
            master=_master(data_dir),
        )
    _hand_over(issued)


@app.command("rotate")
def rotate_key(
    key_id: Annotated[UUID, typer.Argument(help="As ./opus keys list shows it.")],
    hours: Annotated[int, typer.Option(min=0, help="How long the old key still works.")] = 24,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a key that takes another's place, and print it, this once."""
    with _connection(data_dir) as conn, _told():
        issued = service.rotate(
            conn, key_id, overlap=timedelta(hours=hours), master=_master(data_dir)
        )
    _hand_over(issued)


@app.command("revoke")
def revoke_key(
    key_id: Annotated[UUID, typer.Argument(help="As ./opus keys list shows it.")],
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Switch a key off for good."""
    with _connection(data_dir) as conn, _told():
        revoked = service.revoke(conn, key_id)
    screen().print(f"revoked {revoked.prefix}… of {revoked.client_name}")


def _master(data_dir: Path) -> SecretStr | None:
    """As the app has it that uses this database; of an app elsewhere we know what we are told."""
    given = environment.given("ACCESS_SIGNING_KEY")
    if given is None and environment.given("DATABASE_URL") is None:
        given = Workspace(data_dir.resolve()).signing_key()
    return SecretStr(given) if given else None


def _hand_over(issued: IssuedKey) -> None:
    if issued.key.kind == "signature":
        screen().print(f"X-Client-Id: {issued.key.id}")
    print(issued.secret)


@contextmanager
def _told() -> Iterator[None]:
    """A refusal, said as a problem of the command line."""
    try:
        yield
    except Refusal as refusal:
        raise Problem(refusal.message, refusal.hint) from refusal
    except SettingsInvalid as error:
        raise Problem(
            "ACCESS_SIGNING_KEY is not set", "Secrets are made from the app's."
        ) from error


@contextmanager
def _connection(data_dir: DataDir) -> Iterator[psycopg.Connection]:
    with (
        database(Workspace(data_dir.resolve()), screen(for_programs=True).print) as url,
        psycopg.connect(url, prepare_threshold=None) as conn,
    ):
        yield conn
