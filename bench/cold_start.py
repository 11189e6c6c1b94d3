"""What a cold instance pays before its first request: `python -m bench.cold_start [ROUNDS]`.

Imports function_app in fresh processes and prints CPU seconds, modules and connections as JSON,
beside an interpreter that imports nothing.
"""

import json
import statistics
import subprocess
import sys
from typing import Any

from local.workspace import REPOSITORY

IMPORT = """
import json, resource, sys
connections = []
sys.addaudithook(lambda event, _: connections.append(event) if event == "socket.connect" else None)
{work}
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({{"cpu": used.ru_utime + used.ru_stime, "rss": used.ru_maxrss // 1024,
                  "modules": len(sys.modules), "connections": len(connections)}}))
"""


def start(work: str) -> dict[str, Any]:
    program = [sys.executable, "-c", IMPORT.format(work=work)]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        program, cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def rounds(work: str, count: int) -> dict[str, Any]:
    told = [start(work) for _ in range(count)]
    cpu = [one["cpu"] for one in told]
    return {
        "cpu_seconds": {"min": round(min(cpu), 2), "median": round(statistics.median(cpu), 2)},
        "rss_mb": max(one["rss"] for one in told),
        "modules": told[0]["modules"],
        "connections": max(one["connections"] for one in told),
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    found = {
        "import function_app": rounds("import function_app", count),
        "import nothing": rounds("", count),
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
