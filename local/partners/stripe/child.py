"""Stripe as a child process of `./opus up`: own keys, and books that outlast it."""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from local import environment
from local.functions_app import usable_port
from local.partners.children import HOST, running
from local.problem import Problem
from local.workspace import Workspace

BACK = {
    "CHECKOUT_SUCCESS_URL": "thanks?session={CHECKOUT_SESSION_ID}",
    "CHECKOUT_CANCEL_URL": "cart",
}
"""Where customers return to unless a checkout says where."""
SECRET_KEY = "STRIPE_SECRET_KEY"  # noqa: S105 - the setting's name
HOOK_PATH = "/api/v2/webhooks/stripe"


class Account(NamedTuple):
    """Kept, so that a payment page opened before a restart still works after it."""

    secret_key: str
    hook_secret: str
    port: int


@contextmanager
def beside(workspace: Workspace, app_url: str) -> Iterator[Mapping[str, str]]:
    """What the app must be told to use it; nothing, if it has the real one. Nobody waits for it."""
    if environment.given(SECRET_KEY):
        yield {}
        return
    account = _account(workspace.folder / "stripe.json")
    options = {
        "--books": str(workspace.folder / "stripe.db"),
        "--secret-key": account.secret_key,
        "--hook": app_url + HOOK_PATH,
        "--hook-secret": account.hook_secret,
    }
    flat = [word for option in options.items() for word in option]
    here = f"http://{HOST}:{account.port}"
    with running(__package__, workspace, account.port, *flat):
        yield {
            SECRET_KEY: account.secret_key,
            "STRIPE_WEBHOOK_SECRET": account.hook_secret,
            "STRIPE_API_BASE": here,
            **{
                name: environment.given(name) or f"{here}/shop/{page}"
                for name, page in BACK.items()
            },
        }


def _account(file: Path) -> Account:
    """The kept one, elsewhere if its port is taken by now, or a new one."""
    kept = Account(**json.loads(file.read_text())) if file.exists() else _new()
    account = kept._replace(port=_free_port(kept.port))
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as written:
        json.dump(account._asdict(), written)
    return account


def _new() -> Account:
    return Account(f"sk_test_{secrets.token_hex(16)}", f"whsec_{secrets.token_hex(16)}", 0)


def _free_port(wanted: int) -> int:
    try:
        return usable_port(HOST, wanted)
    except Problem:
        return usable_port(HOST, 0)
