"""`./opus migrate`: bring a database up to date."""

from typing import Annotated, Literal

import typer

from local import schema
from local.commands.options import DATA_DIR, DataDir
from local.database import database
from local.screen import screen
from local.workspace import Workspace
from shared.platform import migrations


def migrate(
    *,
    stage: Annotated[
        Literal["pre", "post", "all"],
        typer.Option(help="Before new code is deployed, after it, or both."),
    ] = "all",
    dump_schema: Annotated[
        bool, typer.Option("--dump-schema", help="Write sql/schema.sql anew and do nothing else.")
    ] = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Apply sql/migrations to DATABASE_URL, or to the embedded database."""
    console = screen()
    if dump_schema:
        schema.FILE.write_text(schema.of_migrations())
        console.print(f"wrote {schema.FILE}")
        return
    with database(Workspace(data_dir.resolve()), console.print) as url:
        applied = migrations.apply(url, stage)
    for name in applied:
        console.print(f"applied {name}")
    console.print("the database is up to date" if stage == "all" else f"stage {stage} is done")
