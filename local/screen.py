"""What the commands print: a screen for people, one JSON line on standard output for programs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from local.problem import Problem


def screen(*, for_programs: bool = False) -> Console:
    """Standard output, or standard error where standard output belongs to a program."""
    return Console(stderr=for_programs, highlight=False)


@contextmanager
def step(console: Console, doing: str) -> Iterator[None]:
    """Say what is going on, and afterwards how long it took."""
    began = time.monotonic()
    with console.status(doing):
        yield
    console.print(f"[green]✓[/] {doing} [dim]{time.monotonic() - began:.1f} s[/]")


def complain(problem: Problem) -> None:
    console = Console(stderr=True, highlight=False)
    console.print(f"[bold red]error:[/] {_plain(problem.message)}", soft_wrap=True)
    if problem.hint:
        console.print(f"[bold]hint:[/]  {_plain(problem.hint)}", soft_wrap=True)


def _plain(text: str) -> str:
    """Other people's words are not markup."""
    return text.replace("[", r"\[")
