"""Rates come over HTTP from either version of Frankfurter, and bad ones stay out."""

from decimal import Decimal

import pytest

from local.partners.refusals import Refusal
from shared.currency import frankfurter, service
from shared.currency.service import CurrencyUnknown, RateUnavailable
from shared.platform import db
from shared.platform.errors import Terminal, Transient, UpstreamError
from shared.platform.settings import settings
from tests.conftest import AppSettings
from tests.support.currency import Bank, days_ago
from triggers.currency import refresh_exchange_rates


def current(currency: str) -> tuple[Decimal, bool]:
    with db.transaction() as conn:
        rate = service.current(conn, currency)
    return rate.rate, service.is_stale(rate)


def test_the_first_version_gives_the_central_banks_currencies(bank: Bank) -> None:
    assert service.refresh() == 29

    rate, stale = current("EUR")
    assert (Decimal("0.8") < rate < Decimal("0.9"), stale) == (True, False)
    with pytest.raises(CurrencyUnknown, match="not known"):
        current("KWD")


def test_the_second_version_gives_more(bank: Bank, app_settings: AppSettings) -> None:
    app_settings(CURRENCY_API_VERSION="2")
    assert service.refresh() == 32

    assert Decimal("0.30") < current("KWD")[0] < Decimal("0.31")


def test_both_versions_agree(bank: Bank, app_settings: AppSettings) -> None:
    first = {given.quote: given.rate for given in frankfurter.latest(settings().currency)}
    app_settings(CURRENCY_API_VERSION="2")
    second = {given.quote: given.rate for given in frankfurter.latest(settings().currency)}

    assert first.items() <= second.items()


def test_rates_are_asked_for_once_an_hour(bank: Bank) -> None:
    service.refresh()

    assert service.refresh() == 0
    assert bank.refresh() == 29
    assert bank.server.asked == ["/v1/latest"] * 2


def test_trouble_that_passes_is_not_noticed(bank: Bank) -> None:
    bank.server.refusals.expect(Refusal(status=503), Refusal(status=429, retry_after=1))

    assert service.refresh() == 29


@pytest.mark.parametrize("body", ["html", "truncated", "drifted"])
def test_what_is_no_list_of_rates_changes_nothing(bank: Bank, body: str) -> None:
    service.refresh()
    before = current("EUR")
    bank.misbehaves(body=body)

    with pytest.raises(Terminal):
        bank.refresh()
    assert current("EUR") == before


def test_an_outage_is_told_and_the_last_rates_stay_in_use(bank: Bank) -> None:
    service.refresh()
    bank.server.refusals.expect(*[Refusal(status=500)] * 3)

    with pytest.raises(Transient):
        bank.refresh()
    assert current("EUR")[1] is False


def test_an_answer_that_never_ends_is_given_up(bank: Bank, app_settings: AppSettings) -> None:
    app_settings(CURRENCY_TIMEOUT_SECONDS="0.1")
    bank.misbehaves(latency_ms=400)

    with pytest.raises(UpstreamError):
        service.refresh()


def test_a_rate_that_jumps_is_not_believed_until_the_old_one_is_too_old(bank: Bank) -> None:
    service.refresh()
    rate, _ = current("EUR")
    bank.misbehaves(factor={"EUR": "100"})

    assert bank.refresh() == 28
    assert current("EUR")[0] == rate

    bank.pass_days(10)
    assert service.refresh() == 29
    assert current("EUR")[0] == rate * 100


def test_a_rate_of_the_future_is_not_believed(bank: Bank) -> None:
    bank.misbehaves(today=days_ago(-10))

    assert service.refresh() == 0


def test_an_old_rate_is_flagged_and_then_refused(bank: Bank) -> None:
    service.refresh()
    bank.pass_days(4)
    assert current("EUR")[1] is True

    bank.pass_days(4)
    with pytest.raises(RateUnavailable, match="The last rate of EUR is of"):
        current("EUR")


def test_a_source_that_stands_still_does_not_make_rates_young(bank: Bank) -> None:
    bank.misbehaves(today=days_ago(5))
    service.refresh()
    bank.refresh()

    assert current("EUR")[1] is True


def test_without_any_rate_only_dollars_can_be_had(bank: Bank) -> None:
    with pytest.raises(RateUnavailable, match="fetched yet"):
        current("EUR")
    assert current("USD") == (Decimal(1), False)


def test_the_clock_fetches_rates_and_counts_what_fails(bank: Bank) -> None:
    tick = refresh_exchange_rates._function.get_user_function()
    tick(None)
    assert current("EUR")

    bank.pass_days(1)
    bank.misbehaves(body="html")
    tick(None)
    with db.transaction() as conn:
        counted = conn.execute("SELECT service, count FROM error_logs").fetchall()
    assert counted == [("currency", 1)]
