"""What the commands print: a screen for people, one JSON line on standard output for programs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from local.problem import Problem

WIDTH_OF_A_PIPE = 140


def screen(*, for_programs: bool = False) -> Console:
    """Standard output, or standard error where standard output belongs to a program."""
    console = Console(stderr=for_programs, highlight=False)
    if not console.is_terminal:
        console.width = WIDTH_OF_A_PIPE
    return console


@contextmanager
def step(console: Console, doing: str) -> Iterator[None]:
    """Say what is going on, and afterwards how long it took."""
    began = time.monotonic()
    with console.status(doing):
        yield
    console.print(f"[green]✓[/] {doing} [dim]{time.monotonic() - began:.1f} s[/]")


def complain(problem: Problem) -> None:
    console = Console(stderr=True, highlight=False)
    console.print(f"[bold red]error:[/] {escape(problem.message)}", soft_wrap=True)
    if problem.hint:
        console.print(f"[bold]hint:[/]  {escape(problem.hint)}", soft_wrap=True)
