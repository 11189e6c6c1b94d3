"""The published document is true: fuzzed from outside, spoken by clients that are made of it."""

import importlib
import inspect
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from local.commands import openapi
from shared.currency import queries
from shared.currency.frankfurter import Quoted
from tests.support import stripe
from tests.support.installation import Installation
from tests.support.postgres import Server

TRUTH = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
EXAMPLES = os.environ.get("CONTRACT_EXAMPLES")  # noqa: TID251 - of this test, not of the app
"""By operation; the suite asks for few, a drill for as many as there is time for."""
PHASES = "examples,coverage,fuzzing" if EXAMPLES else "examples,fuzzing"
HERE = Path(__file__).parent
pytestmark = pytest.mark.timeout(900)
STONES = 1_000
RATES = {"CAD": "1.37", "EUR": "0.86", "JPY": "154.2"}


PATIENT = {
    "ACCESS_PROXIES": "0",
    "ACCESS_READS_PER_MINUTE": "1000000",
    "ACCESS_WRITES_PER_MINUTE": "1000000",
}
"""Thousands of wrong keys from one address lock nobody out here."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Installation]:
    """The app with a thousand stones on sale, and a Stripe to pay at."""
    folder = tmp_path_factory.mktemp("served")
    with postgres.database() as url, stripe.running(folder / "stripe.db") as payments:
        made = Installation(folder, url, settings=PATIENT | payments.environment)
        try:
            made.seed(STONES)
            quote_rates(url)
            made.start()
            made.run()
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def document(served: Installation) -> dict[str, Any]:
    told: dict[str, Any] = served.client.get("/v2/openapi.json").json()
    return told


@pytest.mark.parametrize("authenticated", [True, False], ids=["with keys", "without keys"])
def test_whatever_is_asked_the_answer_is_as_documented(
    served: Installation, tmp_path: Path, *, authenticated: bool
) -> None:
    keys = {
        "X-API-Key": str(served.client.headers["X-API-Key"]),
        "x-functions-key": served.app.function_key,
    }
    headers = [f"--header={name}:{key}" for name, key in keys.items()] if authenticated else []
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            f"{served.app.url}/api/v2/openapi.json",
            *("--checks", TRUTH, "--phases", PHASES),
            *("--max-examples", EXAMPLES or "3", "--continue-on-failure", "--workers", "2"),
            *("--warnings", "off", "--suppress-health-check", "all"),
            *headers,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


@pytest.fixture(scope="module")
def python_client(
    document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("python") / "client"
    openapi.make_client(openapi.Client.PYTHON, json.dumps(document), folder)
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module("diamond_opus_client")
    finally:
        sys.path.remove(str(folder))


def test_the_python_client_speaks_to_every_endpoint(
    served: Installation, document: dict[str, Any], python_client: ModuleType
) -> None:
    key = str(served.client.headers["X-API-Key"])
    client = python_client.AuthenticatedClient(
        base_url=f"{served.app.url}/api",
        token=key,
        prefix="",
        auth_header_name="X-API-Key",
        headers={"x-functions-key": served.app.function_key},
        raise_on_unexpected_status=True,
    )
    calls = [*calls_of(python_client)]
    with client:
        for ask in calls:
            ask(client=client, **arguments(ask))

    operations = sum(len(item) for item in document["paths"].values())
    assert len(calls) == operations


def test_the_python_client_finds_stones(served: Installation, python_client: ModuleType) -> None:
    search = importlib.import_module("diamond_opus_client.api.diamonds.search_diamonds")
    client = python_client.AuthenticatedClient(
        base_url=f"{served.app.url}/api",
        token=str(served.client.headers["X-API-Key"]),
        prefix="",
        auth_header_name="X-API-Key",
    )
    with client:
        found = search.sync(client=client, shape=["round", "OVAL"], price_max=2_000.0, limit=5)
    assert len(found.data) == 5
    assert {stone.shape for stone in found.data} <= {"ROUND", "OVAL"}
    assert all(stone.price <= 2_000 for stone in found.data)


@pytest.mark.skipif(not shutil.which("npm"), reason="Node.js is not installed")
def test_the_typescript_client_compiles_and_speaks_to_every_endpoint(
    served: Installation, document: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "client"
    openapi.make_client(openapi.Client.TYPESCRIPT, json.dumps(document), folder)
    shutil.copy(HERE / "round_trip.ts", folder / "src" / "round_trip.ts")
    run(["npx", "tsc"], folder)
    key = str(served.client.headers["X-API-Key"])
    told = run(["node", "dist/round_trip.js", served.app.url, key], folder)
    assert json.loads(told)["asked"] == sum(len(item) for item in document["paths"].values())


def quote_rates(database_url: str) -> None:
    now = datetime.now(UTC)
    quoted = [Quoted(quote=code, date=now.date(), rate=rate) for code, rate in RATES.items()]
    with psycopg.connect(database_url) as conn:
        queries.upsert_rates(conn, quoted=quoted, source="a test", fetched_at=now)


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def calls_of(client: ModuleType) -> Iterator[Callable[..., Any]]:
    api = importlib.import_module("diamond_opus_client.api")
    for found in pkgutil.walk_packages(api.__path__, f"{api.__name__}."):
        module = importlib.import_module(found.name)
        if hasattr(module, "sync_detailed"):
            yield module.sync_detailed
    assert client


def arguments(ask: Callable[..., Any]) -> dict[str, Any]:
    """Something for everything that must be given."""
    must = {
        name: one.annotation
        for name, one in inspect.signature(ask).parameters.items()
        if one.default is inspect.Parameter.empty and name != "client"
    }
    return {name: something(kind) for name, kind in must.items()}


def something(kind: Any) -> Any:
    plain = {UUID: uuid4, int: lambda: 1, str: lambda: "none-such", float: lambda: 1.0}
    if issubclass(kind, Enum):
        return next(iter(kind))
    return plain.get(kind, kind)()
