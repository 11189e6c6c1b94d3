"""What a run did, as tables."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.api import Api, Json

COLORS = {"completed": "green", "running": "cyan", "partial": "yellow"}
LEDGER = ("new", "changed", "unchanged", "duplicate", "quarantined")
SAMPLE = {
    "carat_min": 0.9,
    "carat_max": 1.1,
    "sort_by": "price",
    "sort_order": "desc",
    "limit": 5,
}


def show_run(console: Console, run: Json) -> None:
    counts = run["summary"]
    table = Table("", "", title=f"Run {run['runId']}", title_justify="left", show_header=False)
    for name, text in _facts(run, counts).items():
        table.add_row(name, text)
    console.print(table)
    for doubt in run["doubts"] or []:
        said = f"  not understood: {doubt['field']} of {doubt['stones']:,} stones, e.g. "
        console.print(said + doubt["examples"][0], markup=False)
    for partition in run["partitions"]:
        if partition["error"]:
            console.print(f"  {partition['partitionId']}: {partition['error']}", markup=False)


def _facts(run: Json, counts: Json) -> dict[str, str]:
    parts = ("partitions", "smallestPartition", "largestPartition", "fetched")
    partitions, smallest, largest, fetched = (counts[name] for name in parts)
    accounted = " + ".join(f"{counts[name]:,} {name}" for name in LEDGER)
    catalogue = f"{counts['active']:,} active, {counts['removed']:,} removed"
    books = "[green]balanced[/]" if counts["balanced"] else "[red]do not balance[/]"
    facts = {
        "feed": f"{run['feed']}, {run['type']}",
        "status": _status(run["status"]),
        "stones": f"{fetched:,} in {_duration(counts)}",
        "partitions": f"{partitions} of {smallest:,} to {largest:,} stones",
        "ledger": f"{fetched:,} fetched = {accounted}",
        "catalogue": catalogue,
        "books": books,
    }
    sweep = f"{run['sweep']}, {run['sweepReason']}" if run["sweepReason"] else None
    reasons = {"sweep": sweep, "why": run["error"]}
    return facts | {name: escape(text) for name, text in reasons.items() if text}


def _duration(counts: Json) -> str:
    seconds = float(counts["seconds"])
    rate = f", {counts['fetched'] / seconds:,.0f} a second" if seconds else ""
    return f"{seconds:.1f} s{rate}"


def show_sample(console: Console, api: Api) -> None:
    found = api.diamonds(**SAMPLE)
    title = f"The dearest of {found['pagination']['total']:,} stones of about one carat"
    table = Table("shape", "carats", "color", "clarity", "cut", title=title, title_justify="left")
    table.add_column("price", justify="right")
    table.add_column("rating", justify="right")
    for stone in found["data"]:
        grades = [str(stone[name] or "-") for name in ("color", "clarity", "cut")]
        price = f"${stone['price']:,.2f}"
        table.add_row(stone["shape"], f"{stone['carats']}", *grades, price, str(stone["rating"]))
    console.print(table)


def show_runs(console: Console, runs: Iterable[Json]) -> None:
    table = Table()
    table.add_column("run", no_wrap=True, min_width=36)
    for heading in ("feed", "type", "status", "phase", "started", "by"):
        table.add_column(heading, overflow="fold")
    for run in runs:
        started = datetime.fromisoformat(run["startedAt"])
        table.add_row(
            run["runId"],
            run["feed"],
            run["type"],
            _status(run["status"]),
            run["phase"],
            f"{started:%Y-%m-%d %H:%M:%S}",
            run["requestedBy"],
        )
    console.print(table)


def _status(status: str) -> str:
    color = COLORS.get(status, "red")
    return f"[{color}]{status}[/]"


def one_line(summary: Json) -> str:
    """JSON numbers stay as exact as they came."""
    return json.dumps(summary, default=_number)


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"not expected in a summary: {value!r}")
