"""Put Azure's answer to "what if" into a table for a pull request's summary."""

import json
import sys
from collections.abc import Iterator
from typing import Any

QUIET = ("NoChange", "Ignore", "NoEffect")


def told(answer: dict[str, Any]) -> str:
    changes = [each for each in answer.get("changes", []) if each["changeType"] not in QUIET]
    if not changes:
        return "Nothing would change."
    rows = [
        f"| {each['changeType']} | {_short(each['resourceId'])} | {'<br>'.join(_paths(each))} |"
        for each in sorted(changes, key=lambda each: (each["changeType"], each["resourceId"]))
    ]
    return "\n".join(["| change | resource | properties |", "| --- | --- | --- |", *rows])


def _short(resource: str) -> str:
    return resource.rpartition("/providers/")[2]


def _paths(change: dict[str, Any]) -> Iterator[str]:
    """Names only: values may be secret."""
    for each in change.get("delta") or []:
        yield f"`{each['path']}` {each['propertyChangeType'].lower()}"


if __name__ == "__main__":
    print(told(json.load(sys.stdin)))
