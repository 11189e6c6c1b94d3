"""Where everything is kept that `./opus` writes: one folder, safe to delete while nothing runs."""

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from local.problem import Problem

REPOSITORY = Path(__file__).resolve().parents[1]
DEFAULT_FOLDER = REPOSITORY / ".opus"
LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Workspace:
    folder: Path

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def host(self) -> Path:
        return self.folder / "host"

    @property
    def host_log(self) -> Path:
        return self.folder / "host.log"

    @property
    def previous_host_log(self) -> Path:
        return self.folder / "host.previous.log"

    @property
    def blobs(self) -> Path:
        return self.folder / "blobs"

    @property
    def api_key(self) -> Path:
        return self.folder / "api-key"

    def lay_out(self) -> None:
        """Make the folder and see that there is room in it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            hint = "Choose another folder with --data-dir."
            raise Problem(f"cannot write to {self.folder}: {error.strerror}", hint) from error
        free = shutil.disk_usage(self.folder).free
        if free < LEAST_FREE_BYTES:
            raise Problem(
                f"only {free / 1024**3:.1f} GB are free on the disk of {self.folder}; 2 are needed",
                "Free some space, or choose another folder with --data-dir.",
            )

    def keep_api_key(self, secret: str) -> None:
        _keep(self.api_key, secret)

    def signing_key(self) -> str:
        """What the secrets of signing callers are made from here; made once."""
        kept = self.folder / "signing-key"
        if not kept.exists():
            _keep(kept, secrets.token_urlsafe(48))
        return kept.read_text().strip()


def _keep(file: Path, secret: str) -> None:
    """Only its owner may read it."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(secret + "\n")
