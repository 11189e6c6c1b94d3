"""Zip a folder so that the same files make the same bytes: sorted, and all of the commit's time."""

import sys
import time
import zipfile
from pathlib import Path


def zipped(folder: Path, out: Path, at: int) -> None:
    moment = time.gmtime(at)[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), moment)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    zipped(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
