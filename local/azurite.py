"""Azurite, Microsoft's storage emulator, installed by npm for the tests."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from local.problem import Problem
from local.system_user import Say
from local.workspace import DEFAULT_FOLDER, REPOSITORY

PINNED = REPOSITORY / "tests" / "azurite"
FOLDER = DEFAULT_FOLDER / "azurite"
PROGRAM = FOLDER / "node_modules" / ".bin" / "azurite-blob"
STAMP = FOLDER / "installed"


def install(say: Say) -> None:
    """Install what the lock file says, once; without Node.js there is nothing to install."""
    wanted = hashlib.sha256((PINNED / "package-lock.json").read_bytes()).hexdigest()
    if shutil.which("npm") is None or _installed() == wanted:
        return
    say("installing Azurite")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, FOLDER / name)
    _npm_ci(FOLDER)
    STAMP.write_text(wanted)


def _installed() -> str | None:
    return STAMP.read_text() if STAMP.exists() and PROGRAM.exists() else None


def _npm_ci(folder: Path) -> None:
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"npm could not install Azurite:\n{done.stderr.strip()}")
