"""A real browser: Debian's Chromium, driven by Playwright."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from local.npm import PLAYWRIGHT

CHROMIUM = Path("/usr/bin/chromium")
LIMIT_SECONDS = 90


class Seen(NamedTuple):
    url: str
    title: str
    text: str


def missing() -> str | None:
    """Why there is no browser, if there is none."""
    if not CHROMIUM.exists():
        return "Chromium is not installed (on Debian: apt-get install chromium)"
    return PLAYWRIGHT.missing


def visit(*steps: tuple[Any, ...]) -> Seen:
    """Where a browser ends that takes these steps, e.g. `("click", "text=Pay")`, one by one."""
    done = subprocess.run(
        ["node", str(PLAYWRIGHT.pinned / "visit.mjs"), str(PLAYWRIGHT.modules)],
        input=json.dumps(steps),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Seen(**json.loads(done.stdout))
