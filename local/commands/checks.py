"""`./opus check` and `./opus test`: what has to be green."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from local import npm
from local.problem import Problem
from local.screen import screen
from local.workspace import REPOSITORY

PROGRAMS = Path(sys.executable).parent
CHECKS = {
    "ruff check": ("ruff", "check", "."),
    "ruff format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy", "."),
    "import layers": ("lint-imports",),
}
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def check() -> None:
    """Lint, types, import layers, and the length of the local host."""
    console = screen()
    failed = [name for name, command in CHECKS.items() if _run(command) != 0]
    console.print(f"local/host: {_lines(REPOSITORY / 'local' / 'host'):,} lines")
    for name in CHECKS:
        console.print(f"[red]✗[/] {name}" if name in failed else f"[green]✓[/] {name}")
    raise typer.Exit(1 if failed else 0)


def run_tests(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Passed on to pytest, e.g. -k ledger -x.")
    ] = None,
) -> None:
    """Run the tests, on real PostgreSQL and, where Node.js is, on Azurite and in Chromium."""
    npm.install(screen().print)
    raise typer.Exit(
        _run(
            (
                "pytest",
                "-n",
                "auto",
                "--dist",
                "loadfile",
                "--no-loadscope-reorder",
                *(arguments or []),
            )
        )
    )


def run_bench(
    name: Annotated[str, typer.Argument(help="Which one; without a name they are listed.")] = "",
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Passed on, e.g. how many stones.")
    ] = None,
) -> None:
    """Measure, and print one JSON document; nothing here is a test."""
    known = sorted(
        path.stem
        for path in (REPOSITORY / "bench").glob("*.py")
        if '__name__ == "__main__"' in path.read_text()
    )
    if name not in known:
        raise Problem(
            f"there is no bench {name!r}" if name else "which bench?", f"Known: {', '.join(known)}."
        )
    raise typer.Exit(_run(("python", "-m", f"bench.{name}", *(arguments or []))))


def _run(command: Sequence[str]) -> int:
    program, *arguments = command
    found = [str(PROGRAMS / program), *arguments]
    return subprocess.run(found, cwd=REPOSITORY, check=False).returncode


def _lines(folder: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in folder.rglob("*.py"))
