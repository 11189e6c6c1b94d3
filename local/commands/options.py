"""Options that several commands share, described once."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from local.workspace import DEFAULT_FOLDER

RunType = Literal["full", "incremental", "reconsolidate", "replay"]

DataDir = Annotated[
    Path,
    typer.Option(
        help="Folder for the database, blobs, logs and the API key.", show_default=".opus"
    ),
]
Feed = Annotated[str, typer.Option(help="Whose stones to fetch.")]
Type = Annotated[
    RunType,
    typer.Option(
        help="The whole inventory, what changed since; what is stored or in quarantine, once more."
    ),
]
Url = Annotated[str | None, typer.Option(envvar="OPUS_URL", help="An app elsewhere.")]
Key = Annotated[str | None, typer.Option(envvar="OPUS_KEY", help="Its API key.")]

DATA_DIR = DEFAULT_FOLDER
