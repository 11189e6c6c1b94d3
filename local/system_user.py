"""PostgreSQL refuses to run as root: who it runs as instead, and what that one may enter."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNPRIVILEGED = ("postgres", "nobody")
SHELTER = Path("/var/lib")

Say = Callable[[str], None]


@dataclass(frozen=True)
class SystemUser:
    """Who a server runs as; `uid` None means as ourselves."""

    uid: int | None = None
    gid: int | None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        test = ["test", "-x", str(folder)]
        return subprocess.run(test, cwd="/", check=False, **self.identity).returncode == 0

    def takes(self, path: Path) -> None:
        """Make it theirs and nobody else's."""
        path.chmod(0o700)
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def server_user(folder: Path) -> SystemUser:
    """Whoever owns the folder already, or an existing unprivileged account."""
    if os.geteuid() != 0:
        return SystemUser()
    if folder.exists() and folder.stat().st_uid != 0:
        return SystemUser(folder.stat().st_uid, folder.stat().st_gid)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known:
            return SystemUser(known[name].pw_uid, known[name].pw_gid)
    raise LookupError(f"running as root needs one of the accounts {', '.join(UNPRIVILEGED)}")


def settle(folder: Path, user: SystemUser, say: Say) -> Path:
    """A folder of the user's own: this one, or a shelter it then links to.

    A folder below, say, /root cannot be entered by an unprivileged account; we leave the
    permissions of other people's folders alone and keep the data elsewhere.
    """
    if folder.exists():
        return folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    if user.can_enter(folder.parent):
        folder.mkdir()
    else:
        folder.unlink(missing_ok=True)
        folder.symlink_to(tempfile.mkdtemp(prefix="diamond-opus-", dir=SHELTER))
        say(f"{folder.parent} is closed to PostgreSQL's account; data kept in {folder.resolve()}")
    user.takes(folder)
    return folder.resolve()


def reachable_programs(programs: Path, user: SystemUser, shelter: Path) -> Path:
    """These programs, or a copy of the Python package they are in where the user can run it."""
    if user.can_enter(programs / "postgres"):
        return programs
    stamp = f"programs-{int((programs / 'postgres').stat().st_mtime)}"
    copy = shelter / stamp
    package = programs.parents[1]
    if not copy.exists():
        unfinished = shelter / f"{stamp}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        # The programs find the libraries that came with them by this relative place.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        unfinished.rename(copy)
    return copy / programs.relative_to(package.parent)
