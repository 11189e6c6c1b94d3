from collections.abc import Iterator

import pytest
import stripe

from tests.support import stripe as partner


@pytest.fixture(autouse=True)
def _no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe, "enable_telemetry", False)


@pytest.fixture
def running() -> Iterator[partner.Running]:
    with partner.running() as served:
        yield served


@pytest.fixture
def client(running: partner.Running) -> stripe.StripeClient:
    return running.client()
