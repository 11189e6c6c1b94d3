"""What npm installs for the tests, each by its own lock file."""

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local.problem import Problem
from local.system_user import Say
from local.workspace import DEFAULT_FOLDER, REPOSITORY


@dataclass(frozen=True)
class Package:
    name: str
    pinned: Path
    folder: Path
    entry: str
    """What is there once it is installed."""

    @property
    def modules(self) -> Path:
        return self.folder / "node_modules"

    @property
    def program(self) -> Path:
        return self.modules / self.entry

    @property
    def missing(self) -> str | None:
        """Why it is not there, if it is not."""
        if shutil.which("node") is None:
            return f"{self.name} needs Node.js, which is not installed"
        return None if self.program.exists() else f"{self.name} is not installed; ./opus test does"


def _package(name: str, folder: str, entry: str) -> Package:
    return Package(name, REPOSITORY / "tests" / folder, DEFAULT_FOLDER / folder, entry)


AZURITE = _package("Azurite", "azurite", ".bin/azurite-blob")
PLAYWRIGHT = _package("Playwright", "browser", "playwright-core/package.json")


def install(say: Say) -> None:
    """Install what the lock files say, once; without Node.js there is nothing to install."""
    if shutil.which("npm") is None:
        return
    for package in (AZURITE, PLAYWRIGHT):
        _install(package, say)


def _install(package: Package, say: Say) -> None:
    wanted = hashlib.sha256((package.pinned / "package-lock.json").read_bytes()).hexdigest()
    stamp = package.folder / "installed"
    if package.program.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"installing {package.name}")
    package.folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(package.pinned / name, package.folder / name)
    _npm_ci(package)
    stamp.write_text(wanted)


def _npm_ci(package: Package) -> None:
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=package.folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"npm could not install {package.name}:\n{done.stderr.strip()}")
