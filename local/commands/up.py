"""`./opus up`: everything from an empty folder to a served catalogue."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from local.access import ensure_api_key
from local.api import Api, Json
from local.commands.options import DATA_DIR, DataDir, Feed, RunType, Type
from local.database import database
from local.follow import follow
from local.functions_app import FunctionsApp, usable_port
from local.partners.frankfurter import child as frankfurter
from local.partners.nivoda import child as nivoda
from local.partners.stripe import child as stripe
from local.report import one_line, show_run, show_sample
from local.screen import screen, step
from local.workspace import Workspace
from shared.platform import migrations

TERMINATED = 128 + signal.SIGTERM
DEMO = "demo"
RATES_SECONDS = 20
SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True)
class Served:
    app: FunctionsApp
    api: Api
    key: str
    database_url: str


def up(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="End after the run, with a line of JSON on stdout.")
    ] = False,
    feed: Feed = DEMO,
    type: Type = "full",  # noqa: A002 - the option's name
    data_dir: DataDir = DATA_DIR,
    port: Annotated[int, typer.Option(help="Where to serve; 0 takes a free one.")] = 7071,
    host: Annotated[str, typer.Option(help="On which address to serve.")] = "127.0.0.1",
) -> None:
    """Start everything, fetch and price the supplier's stones, and serve them.

    Embeds PostgreSQL (unless DATABASE_URL is set), migrates it, serves the Functions app on this
    machine, seeds the demo supplier, runs the nightly ingest and shows what happened. A run that
    was interrupted is continued. Ctrl-C stops everything that was started.
    """
    signal.signal(signal.SIGTERM, _end)
    console = screen(for_programs=once)
    workspace = Workspace(data_dir.resolve())
    with serving(workspace, console, feed, host=host, port=usable_port(host, port)) as served:
        run = fetch(served, console, feed, type)
        show_run(console, run)
        show_sample(console, served.api)
        if not once:
            show_addresses(console, workspace, served)
            served.app.serve_until_interrupted()
    if once:
        print(one_line(run["summary"]))
        raise typer.Exit(0 if run["status"] == "completed" else 1)


@contextmanager
def serving(
    workspace: Workspace, console: Console, feed: str, *, host: str, port: int
) -> Iterator[Served]:
    """The app and all it needs, until the end of the block."""
    with ExitStack() as stack:
        with step(console, "starting PostgreSQL"):
            url = stack.enter_context(database(workspace, console.print))
        with step(console, "migrating the database"):
            migrations.apply(url)
        key = ensure_api_key(workspace, url)
        with step(console, f"finding the supplier of {feed}"):
            supplier = stack.enter_context(nivoda.beside(workspace, feed))
        app = FunctionsApp(workspace, host=host, port=port)
        partners = {
            **supplier,
            **stack.enter_context(frankfurter.beside(workspace)),
            **stack.enter_context(stripe.beside(workspace, app.url)),
        }
        stack.enter_context(app)
        with step(console, f"starting the app on {app.url}"):
            app.start(url, partners)
        api = Api(app.url, key)
        with step(console, "fetching exchange rates"):
            fetch_rates(app, api, console)
        yield Served(app, api, key, url)
        console.print("stopping")


def fetch_rates(app: FunctionsApp, api: Api, console: Console) -> None:
    """Prices in other currencies work from the first moment, not from the next minute on."""
    app.fire("refresh_exchange_rates")
    deadline = time.monotonic() + RATES_SECONDS
    while not api.has_exchange_rates():
        app.check()
        if time.monotonic() > deadline:
            console.print("no exchange rates yet: prices are in US dollars until they come")
            return
        time.sleep(SECONDS_BETWEEN_LOOKS)


def fetch(served: Served, console: Console, feed: str, run_type: RunType) -> Json:
    """Follow the feed's open run, or start one and follow that."""
    if feed == DEMO:
        with step(console, "seeding the demo supplier"):
            served.api.seed_demo_supplier(served.app.function_key)
    run_id = served.api.open_run(feed)
    if run_id:
        console.print(f"continuing run {run_id}")
    else:
        run_id = served.api.start_run(feed, run_type)
    return follow(served.api, run_id, console, check=served.app.check)


def show_addresses(console: Console, workspace: Workspace, served: Served) -> None:
    url = served.app.url
    console.print(
        f"""
serving     {url}
API key     {served.key} [dim](also in {workspace.api_key})[/]
try         curl -H "X-API-Key: $(cat {workspace.api_key})" "{url}/api/v2/diamonds?limit=3"
database    {served.database_url}
app's log   {workspace.host_log}

Ctrl-C stops everything.""",
        soft_wrap=True,
    )


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler
    sys.exit(TERMINATED)
