"""The job as a process on the host: started over HTTP, killed, and finished all the same."""

import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from local import environment
from shared.access import service
from shared.access.model import Scope
from shared.platform import db
from shared.pricing.model import PricingRule, PricingRules
from tests.reapply.conftest import Catalogue
from tests.support.host import REPOSITORY, running
from tests.support.rules import activate_pricing

JOBS = "/api/v2/pricing-rules/reapply"


@pytest.fixture
def settings(app_database: str) -> dict[str, str]:
    return environment.of_app(url="http://127.0.0.1:9", database_url=app_database, signing_key="")


@pytest.fixture
def key() -> dict[str, str]:
    with db.transaction() as conn:
        activate_pricing(conn, PricingRules(rules=(PricingRule(markup_ratio=Decimal(2)),)))
        scopes = [Scope.RULES_READ, Scope.RULES_WRITE]
        issued = service.issue(conn, client_name="the pricing manager", scopes=scopes)
    return {"X-API-Key": issued.secret}


def finished(client: httpx.Client, key: dict[str, str], job_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 40
    while True:
        job = client.get(f"{JOBS}/jobs/{job_id}", headers=key).json()["data"]
        if job["status"] not in ("pending", "running"):
            return dict(job)
        assert time.monotonic() < deadline, job
        time.sleep(0.1)


@pytest.mark.timeout(300)
def test_a_job_survives_the_death_of_its_host(
    catalogue: Catalogue, settings: dict[str, str], key: dict[str, str], tmp_path: Path
) -> None:
    with running(REPOSITORY, tmp_path, settings) as host:
        answer = host.client.post(f"{JOBS}/start", headers=key)
        assert answer.status_code == 202
        job_id = answer.json()["data"]["id"]
        host.kill()

    with running(REPOSITORY, tmp_path, settings) as host:
        job = finished(host.client, key, job_id)

        assert (job["status"], job["processed_diamonds"]) == ("completed", len(catalogue.stones))
        back = host.client.post(f"{JOBS}/jobs/{job_id}/revert", headers=key)
        assert back.status_code == 202
        assert finished(host.client, key, job_id)["status"] == "reverted"
