"""`./opus import`: a list of the retailer's own stones, from a file to the search."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.api import Json
from local.commands.options import DATA_DIR, DataDir, Key, Url
from local.commands.runs import api_of
from local.follow import follow, wait_for
from local.problem import Problem
from local.report import show_run
from local.screen import screen

MOST_SHOWN = 20


def import_stock(
    file: Annotated[Path, typer.Argument(help="A CSV in UTF-8; its first line names the columns.")],
    *,
    partial: Annotated[
        bool, typer.Option("--partial", help="Not the whole stock: nothing goes off sale.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Say what would be read; write nothing.")
    ] = False,
    mapping: Annotated[str | None, typer.Option(help="The declared mapping to read it by.")] = None,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
    key: Key = None,
) -> None:
    """Put your own stones on sale: upload a list, show what is wrong with it, follow its run."""
    api, console = api_of(data_dir, url, key), screen()
    content = _content(file)
    if preview:
        _show(console, api.preview_stock(content, mapping))
        return
    upload = api.upload_stock(content, mapping=mapping, filename=file.name, complete=not partial)
    _show(console, upload)
    run_id = wait_for(lambda: api.stock_upload(str(upload["id"]))["runId"])
    run = follow(api, run_id, console)
    show_run(console, run)
    raise typer.Exit(0 if run["status"] == "completed" else 1)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Problem(f"cannot read {file}: {error.strerror}") from error


def _show(console: Console, made: Json) -> None:
    sound = f"{made['stones']:,} of {made['lines']:,} lines can be read"
    console.print(f"{sound}, {made['badLines']:,} cannot.", markup=False)
    if made["ignored"]:
        console.print(f"Nothing is read from: {', '.join(made['ignored'])}", markup=False)
    if made["faults"]:
        console.print(_faults(made["faults"][:MOST_SHOWN]))
    more = made["badLines"] - len({fault["line"] for fault in made["faults"][:MOST_SHOWN]})
    if more > 0:
        where = f"/api/v2/stock/uploads/{made['id']}/faults.csv" if "id" in made else "an upload"
        console.print(f"… and {more:,} lines more: see {where}", markup=False)


def _faults(faults: list[Json]) -> Table:
    table = Table("Line", "Field", "Column", "What it says", "What is wrong")
    for fault in faults:
        cells = (str(fault["line"]), fault["field"], fault["heading"], fault["value"])
        table.add_row(*(_plain(cell) for cell in (*cells, fault["reason"])))
    return table


def _plain(cell: str | None) -> str:
    return escape(cell or "")
