"""Fill `${NAME}` in a parameter file from the environment; a name that is not set is an error."""

import json
import os
import sys
from collections.abc import Mapping
from string import Template
from typing import Any

MAY_BE_EMPTY = {"GITHUB_REPOSITORY", "PAGER_WEBHOOK_URL", "SLACK_WEBHOOK_URL"}
"""A forgotten variable of a workflow is empty, too: it must not reset what was there."""


def filled(value: Any, given: Mapping[str, str]) -> Any:
    """The same document with every text filled; keys such as `$schema` stay as they are."""
    match value:
        case str():
            return Template(value).substitute(given)
        case list():
            return [filled(each, given) for each in value]
        case dict():
            return {key: filled(each, given) for key, each in value.items()}
        case _:
            return value


if __name__ == "__main__":
    try:
        given = {name: said for name, said in os.environ.items() if said or name in MAY_BE_EMPTY}  # noqa: TID251 - not part of the app
        document = filled(json.load(sys.stdin), given)
    except KeyError as missing:
        sys.exit(f"error: {missing.args[0]} is not set; see docs/deployment.md")
    json.dump(document, sys.stdout, indent=2)
