"""What the documents say of the code is so."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.workspace import REPOSITORY
from shared.platform.settings import AZURE_NAMES, Settings

OPERATIONS = (REPOSITORY / "docs" / "operations.md").read_text()
LINK = re.compile(r"\]\((?!http)([^)#]+)\)")
CODE = re.compile(r"`([a-z_]+(?:/[\w<>.*-]*)+)`")


def every_setting() -> list[Any]:
    """Each group's fields under their names in the environment, with their defaults."""
    found = []
    for group, model in Settings.model_fields.items():
        assert model.annotation is not None
        if group not in AZURE_NAMES:
            for name, field in model.annotation.model_fields.items():
                setting = f"{group}_{name}".upper()
                found.append(pytest.param(setting, field.default, id=setting))
    return found


@pytest.mark.parametrize(("setting", "default"), every_setting())
def test_a_setting_is_explained_with_its_default(setting: str, default: object) -> None:
    (row,) = re.findall(rf"^\| `{setting}`[^|]*\|(.*?)\|", OPERATIONS, re.MULTILINE)

    said = row.strip(" `")
    assert said in ("required", "" if default is None else str(default))


@pytest.mark.parametrize(
    "document", ["README.md", "docs/architecture.md", "docs/deployment.md", "docs/operations.md"]
)
def test_links_and_paths_lead_somewhere(document: str) -> None:
    path = REPOSITORY / document
    text = path.read_text()

    linked = [path.parent / target for target in LINK.findall(text)]
    named = [REPOSITORY / name for name in CODE.findall(text) if "<" not in name]
    kept = [place for place in linked + named if "watermarks" not in place.parts]
    assert [str(place) for place in kept if not place.exists()] == []


def test_the_readme_stays_short() -> None:
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= 120


def test_the_example_of_local_settings_has_every_required_setting() -> None:
    example = json.loads(Path(REPOSITORY / "local.settings.json.example").read_text())
    required = re.findall(r"^\| `(\w+)` ● \|", OPERATIONS, re.MULTILINE)

    assert set(required) <= example["Values"].keys()
    assert Settings.from_env(example["Values"])
