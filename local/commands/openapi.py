"""`./opus openapi`: the API as a document, and typed clients made of it."""

import json
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from local.problem import Problem
from local.screen import screen

TYPESCRIPT = Path(__file__).parent / "typescript"


class Client(StrEnum):
    PYTHON = "python"
    TYPESCRIPT = "typescript"


def openapi(
    out: Annotated[
        Path | None, typer.Option(help="Write the document here instead of the screen.")
    ] = None,
    client: Annotated[
        Client | None, typer.Option(help="Make a typed client as well; TypeScript needs Node.js.")
    ] = None,
    into: Annotated[Path, typer.Option(help="The client's folder; it is replaced.")] = Path(
        "client"
    ),
) -> None:
    """Print the OpenAPI 3.1 document, or make a typed client of it."""
    text = json.dumps(document(), indent=2)
    if out:
        out.write_text(text + "\n")
    elif client is None:
        print(text)
    if client:
        make_client(client, text, into)
        screen().print(f"{client.value} client in {into}")


def document() -> dict[str, object]:
    import function_app  # noqa: PLC0415 - loads the whole app
    from http_api import openapi as described  # noqa: PLC0415

    return described.document(described.operations(function_app.app))


def make_client(client: Client, document: str, into: Path) -> None:
    """Generate a client into a new folder."""
    if into.exists() and any(into.iterdir()) and not (into / "openapi.json").exists():
        raise Problem(f"{into} holds something else", "Name an empty or a new folder by --into.")
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    source = into.resolve() / "openapi.json"
    source.write_text(document)
    makers = {Client.PYTHON: _python, Client.TYPESCRIPT: _typescript}
    makers[client](source, into)


def _python(source: Path, into: Path) -> None:
    made = into.resolve() / "made"
    generator = [sys.executable, "-m", "openapi_python_client", "generate"]
    _run([*generator, "--path", str(source), "--output-path", str(made), "--meta", "none"], into)
    made.rename(into / "diamond_opus_client")


def _typescript(source: Path, into: Path) -> None:
    if not shutil.which("npm"):
        raise Problem("npm is not installed", "The TypeScript client is made with Node.js 20.")
    shutil.copytree(TYPESCRIPT, into, dirs_exist_ok=True)
    _run(["npm", "ci", "--no-audit", "--no-fund"], into)
    _run(["npx", "openapi-typescript", source.name, "-o", "src/schema.ts"], into)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"{command[0]} failed", (done.stderr or done.stdout)[-2_000:])
