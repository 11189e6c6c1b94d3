"""Child processes that never outlive us, not even when we are killed."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str],
    *,
    cwd: Path,
    output: IO[bytes] | int,
    dies_by: signal.Signals,
    env: Mapping[str, str] | None = None,
    identity: Mapping[str, Any] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own: a Ctrl-C reaches us alone and we stop it in order.

    Call it from a thread that lives on: Linux sends `dies_by` when the starting thread ends.
    """
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # Safe beside threads: it only makes system calls. Nothing else survives a kill -9 of ours.
        preexec_fn=_die_with_parent(os.getpid(), dies_by),  # noqa: PLW1509
        **(identity or {}),
    )


def _die_with_parent(parent: int, dies_by: signal.Signals) -> Callable[[], None] | None:
    if LIBC is None:
        return None
    libc = LIBC

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(dies_by))
        if os.getppid() != parent:
            os._exit(1)

    return arrange
