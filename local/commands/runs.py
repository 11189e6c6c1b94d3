"""Commands on ingest runs of an app that is running."""

from typing import Annotated

import typer

from local.api import Api
from local.commands.options import DATA_DIR, DataDir, Feed, Key, Type, Url
from local.follow import follow
from local.problem import Problem
from local.report import one_line, show_run, show_runs
from local.screen import screen
from local.workspace import Workspace

RunId = Annotated[str, typer.Argument(help="As ./opus runs shows it.")]


def run(
    feed: Feed = "demo",
    type: Type = "full",  # noqa: A002 - the option's name
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print the summary as a line of JSON on stdout.")
    ] = False,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
    key: Key = None,
) -> None:
    """Start a run on the running app and follow it."""
    api = api_of(data_dir, url, key)
    _follow(api, api.start_run(feed, type), for_programs=json)


def runs(
    feed: Annotated[str | None, typer.Option(help="Only this feed's.")] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
    key: Key = None,
) -> None:
    """List runs, newest first."""
    show_runs(screen(), api_of(data_dir, url, key).runs(feed=feed, limit=limit))


def retry(
    run_id: RunId,
    partition: Annotated[str | None, typer.Option(help="Only this one, e.g. partition-3.")] = None,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
    key: Key = None,
) -> None:
    """Give a run's failed partitions another attempt and follow it."""
    api = api_of(data_dir, url, key)
    api.retry_run(run_id, partition)
    _follow(api, run_id, for_programs=False)


def cancel(run_id: RunId, data_dir: DataDir = DATA_DIR, url: Url = None, key: Key = None) -> None:
    """Stop a run at its next page; what was fetched stays, nothing is swept."""
    api = api_of(data_dir, url, key)
    api.cancel_run(run_id)
    _follow(api, run_id, for_programs=False)


def api_of(data_dir: DataDir, url: str | None, key: str | None) -> Api:
    if url and key:
        return Api(url, key)
    if url or key:
        raise Problem("--url and --key belong together", "Give both, or neither.")
    return Api.running_from(Workspace(data_dir.resolve()))


def _follow(api: Api, run_id: str, *, for_programs: bool) -> None:
    console = screen(for_programs=for_programs)
    ended = follow(api, run_id, console)
    show_run(console, ended)
    if for_programs:
        print(one_line(ended["summary"]))
    raise typer.Exit(0 if ended["status"] == "completed" else 1)
