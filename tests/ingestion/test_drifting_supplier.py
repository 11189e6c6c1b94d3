"""A schema that drifts at the supplier, noticed by runs over HTTP."""

from collections.abc import Iterator

import pytest

from local.partners.nivoda.knobs import Knobs
from shared.drift import queries
from shared.feeds import registry
from shared.platform import db
from tests.conftest import AppSettings
from tests.ingestion.conftest import Shop
from tests.support import nivoda


@pytest.fixture
def premises() -> Iterator[nivoda.Running]:
    with nivoda.running() as running:
        yield running


@pytest.fixture
def shop(
    premises: nivoda.Running, database_url: str, storage: str, app_settings: AppSettings
) -> Iterator[Shop]:
    app_settings(
        DATABASE_URL=database_url,
        AzureWebJobsStorage=storage,
        INGEST_GRACE_SECONDS="0",
        **premises.environment,
    )
    with nivoda.hanging_up():
        yield Shop(registry.feed("nivoda-natural"))  # type: ignore[arg-type]


def test_what_drifts_at_the_supplier_is_told_once_and_loses_no_stone(
    shop: Shop, premises: nivoda.Running
) -> None:
    first = shop.run()
    premises.supplier.knobs = Knobs(drift=True)
    second = shop.run()
    third = shop.run()

    assert (first.new, second.changed, third.unchanged) == (170, 170, 170)
    with db.transaction() as conn:
        found = queries.list_drift(conn, feed="nivoda-natural", unseen=True, before=None, limit=100)
    assert {one.path: (one.drift, one.type, one.types_before) for one in found} == {
        "sparkle": ("new_field", "object", []),
        "diamond.certificate.carats": ("type_changed", "string", ["number"]),
        "diamond.certificate.table": ("type_changed", "number", ["string"]),
        "diamond.certificate.girdle": ("type_changed", "object", ["string"]),
    }
    assert len({one.run_id for one in found}) == 1
    assert shop.rows("SELECT count(*) FROM outbox WHERE category = 'payload_drift'") == [(1,)]
