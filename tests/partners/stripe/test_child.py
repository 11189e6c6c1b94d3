"""Stripe beside `./opus up`."""

from pathlib import Path

import httpx
import pytest
import stripe

from local.partners.stripe import child
from local.workspace import Workspace
from tests.partners.stripe.test_books import wait_for
from tests.support.stripe import session_of

APP = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(child.SECRET_KEY, raising=False)


def test_the_app_is_told_where_it_is_and_by_which_keys(tmp_path: Path) -> None:
    with child.beside(Workspace(tmp_path), APP) as told:
        wait_for(told["STRIPE_API_BASE"])
        client = stripe.StripeClient(
            told["STRIPE_SECRET_KEY"], base_addresses={"api": told["STRIPE_API_BASE"]}
        )

        assert client.v1.checkout.sessions.create(session_of()).status == "open"
        assert told["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")


def test_keys_address_and_open_payment_pages_outlast_a_restart(tmp_path: Path) -> None:
    with child.beside(Workspace(tmp_path), APP) as told:
        wait_for(told["STRIPE_API_BASE"])
        client = stripe.StripeClient(
            told["STRIPE_SECRET_KEY"], base_addresses={"api": told["STRIPE_API_BASE"]}
        )
        page = str(client.v1.checkout.sessions.create(session_of()).url)

    with child.beside(Workspace(tmp_path), APP) as again:
        wait_for(again["STRIPE_API_BASE"])

        assert again == told
        assert httpx.get(page).status_code == 200
    assert (tmp_path / "stripe.json").stat().st_mode & 0o777 == 0o600


def test_nothing_is_started_for_who_has_a_stripe_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(child.SECRET_KEY, "sk_test_real")

    with child.beside(Workspace(tmp_path), APP) as told:
        assert told == {}
    assert not (tmp_path / "stripe.log").exists()
