"""Frankfurter as a child process of `./opus up`, so that prices in euros need no network."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from local import environment
from local.functions_app import usable_port
from local.partners.children import HOST, running
from local.workspace import Workspace

ADDRESS = "CURRENCY_FRANKFURTER_URL"


@contextmanager
def beside(workspace: Workspace) -> Iterator[Mapping[str, str]]:
    """What the app must be told to use it; nothing, if it has another. Nobody waits for it."""
    if environment.given(ADDRESS):
        yield {}
        return
    port = usable_port(HOST, 0)
    with running(__package__, workspace, port):
        yield {ADDRESS: f"http://{HOST}:{port}"}
