"""`python -m local.host --app DIR --state DIR`: serve one function app until it is told to stop."""

import argparse
import logging
import os
import sys
from pathlib import Path

from local.host.app import Options
from local.host.errors import BrokenApp
from local.host.log import configure
from local.host.server import run

REFUSED = 2


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m local.host", description=__doc__)
    found.add_argument("--app", type=Path, default=Path(), help="folder of function_app.py")
    found.add_argument("--state", type=Path, required=True, help="keys, history, schedules")
    found.add_argument("--host", default="127.0.0.1")
    found.add_argument("--port", type=int, default=7071, help="0 takes a free one")
    found.add_argument("--blobs", type=Path, help="serve a blob endpoint from this folder")
    found.add_argument("--no-auth", dest="auth", action="store_false", help="ask for no keys")
    found.add_argument("--grace", type=float, default=10.0, help="seconds to finish at the end")
    found.add_argument(
        "--exact-timestamps",
        action="store_true",
        help="leave the SDK's slow timestamp parsing as it is",
    )
    found.add_argument("--log-level", default="info")
    return found


def main() -> int:
    arguments = vars(parser().parse_args())
    configure(arguments.pop("log_level"))
    folders = {name: path.resolve() for name, path in arguments.items() if isinstance(path, Path)}
    try:
        return run(Options(**arguments | folders))
    except BrokenApp as error:
        for reason in error.reasons:
            print(f"error: {reason}", file=sys.stderr)
        return REFUSED


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)  # a function that still runs must not hold the process
