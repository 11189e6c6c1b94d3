"""./opus as people run it: a process with arguments, output and an exit code."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from local.workspace import REPOSITORY

URL = re.compile(r"http://127\.0\.0\.1:\d+")


def opus(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        _command(arguments),
        cwd=REPOSITORY,
        env=_clean(environment),
        capture_output=True,
        text=True,
        check=False,
    )


def start_opus(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start a command; its standard error comes mixed into its standard output."""
    return subprocess.Popen(
        _command(arguments),
        cwd=REPOSITORY,
        env=_clean({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """What it printed up to the line with this word."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if word in line:
            return said
    raise AssertionError(f"it ended without saying {word!r}:\n{said}")


def summary(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The JSON in the last line of standard output."""
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def processes_in(folder: Path) -> list[str]:
    """The command lines of everything that works in this folder."""
    found = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return [" ".join(words) for words in found if any(str(folder) in word for word in words)]


def _command(arguments: tuple[str | Path, ...]) -> list[str]:
    return [sys.executable, "-m", "local.cli", *map(str, arguments)]


def _clean(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings of the app that whoever runs the tests may have."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | dict(extra)  # noqa: TID251
