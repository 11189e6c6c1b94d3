"""Watches a run to its end and draws how far it is."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from local.api import Api, Json, NotReachable

SECONDS_BETWEEN_LOOKS = 0.5
SECONDS_OF_PATIENCE = 60
SECONDS_TO_SETTLE = 15
PHASES = ("counting", "fetching", "consolidating", "closing", "closed")


class Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} stones/s" if speed else "", style="dim")


class Bars:
    """One bar for each phase that takes time; on a pipe one line for each phase."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase = ""
        self.progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description:<14}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            Rate(),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._counting = self._bar("counting", 1)
        self._fetching = self._bar("fetching", None)
        self._consolidating = self._bar("consolidating", None)

    def _bar(self, name: str, total: int | None) -> TaskID:
        return self.progress.add_task(name, total=total, start=False)

    def show(self, run: Json) -> None:
        """Draw one look at the run."""
        counts, phase = run["summary"], PHASES.index(run["phase"])
        self._announce(run)
        self._draw(self._counting, phase, int(phase > 0), 1)
        if phase >= PHASES.index("fetching"):
            self._draw(self._fetching, phase - 1, counts["fetched"], run["expected"])
        if phase >= PHASES.index("consolidating"):
            staged = counts["new"] + counts["changed"]
            done = max(0, staged - counts["waiting"])
            self._draw(self._consolidating, phase - 2, done, staged)

    def _draw(self, bar: TaskID, since: int, done: int, total: int | None) -> None:
        """`since` counts phases: at 0 this one goes on, after that it is over."""
        self.progress.start_task(bar)
        if since > 0:
            self.progress.update(bar, completed=done, total=done)
        else:
            self.progress.update(bar, completed=done, total=max(done, total or 0))

    def _announce(self, run: Json) -> None:
        if run["phase"] != self._phase and not self._console.is_terminal:
            self._console.print(f"  {run['phase']}, {run['summary']['fetched']:,} stones fetched")
        self._phase = run["phase"]


def follow(
    api: Api, run_id: str, console: Console, *, check: Callable[[], None] = lambda: None
) -> Json:
    """The run as it ended; `check` may find out that there is nobody left to answer."""
    bars = Bars(console)
    ended_at = None
    with bars.progress:
        while True:
            run = _looked_at(api, run_id, check)
            bars.show(run)
            if run["status"] != "running":
                ended_at = ended_at or time.monotonic()
                if _is_settled(run) or time.monotonic() > ended_at + SECONDS_TO_SETTLE:
                    return run
            time.sleep(SECONDS_BETWEEN_LOOKS)


def wait_for(look: Callable[[], str | None]) -> str:
    """What `look` finds, as soon as it finds something."""
    while not (found := look()):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return found


def _is_settled(run: Json) -> bool:
    """A completed run still lets its watermark out; who stopped the app now would delay that."""
    moves = run["status"] == "completed" and run["type"] in ("full", "incremental")
    return not moves or run["watermarkAfter"] is not None


def _looked_at(api: Api, run_id: str, check: Callable[[], None]) -> Json:
    """A busy app may miss a look or two."""
    deadline = time.monotonic() + SECONDS_OF_PATIENCE
    while True:
        check()
        try:
            return api.run(run_id)
        except NotReachable:
            if time.monotonic() > deadline:
                raise
            time.sleep(SECONDS_BETWEEN_LOOKS)
