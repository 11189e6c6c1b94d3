"""Quiet hours: nobody is woken for what can wait, and nothing is lost or told late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.notifications.model import Category
from shared.notifications.quiet import WAKING, seconds_to_wait
from shared.platform import clock
from shared.platform.setting_groups import Alert
from shared.platform.settings import Settings, SettingsInvalid
from tests.conftest import AppSettings
from tests.notifications.conftest import Partners, a_notice

TORONTO = ZoneInfo("America/Toronto")
NIGHT = Alert(quiet_hours="22:00-07:00", time_zone="America/Toronto")
NOON = Alert(quiet_hours="12:00-13:30")


@pytest.mark.parametrize(
    ("now", "hours"),
    [("21:59", 0), ("22:00", 9), ("23:30", 7.5), ("00:00", 7), ("06:59", 1 / 60), ("07:00", 0)],
)
def test_what_can_wait_waits_for_the_morning(now: str, hours: float) -> None:
    local = datetime.fromisoformat(f"2026-11-20T{now}").replace(tzinfo=TORONTO)

    assert seconds_to_wait("run_completed", local.astimezone(UTC), NIGHT) == hours * 3600


def test_quiet_hours_may_lie_within_a_day() -> None:
    now = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)

    assert seconds_to_wait("run_completed", now, NOON) == timedelta(hours=1).total_seconds()
    assert seconds_to_wait("run_completed", now + timedelta(hours=1), NOON) == 0


def test_a_night_in_which_clocks_change_ends_at_seven_all_the_same() -> None:
    eve = datetime(2026, 10, 31, 23, 0, tzinfo=TORONTO)  # 25 hours: summer time ends at 2

    assert seconds_to_wait("run_completed", eve.astimezone(UTC), NIGHT) == 9 * 3600


@given(st.integers(0, 2 * 365 * 24 * 3600))
def test_after_waiting_the_quiet_hours_are_over(seconds: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    waited = now + timedelta(seconds=seconds_to_wait("run_completed", now, NIGHT))

    assert seconds_to_wait("run_completed", waited, NIGHT) == 0
    assert waited - now <= timedelta(hours=10)


@pytest.mark.parametrize("category", sorted(WAKING))
def test_bad_news_never_wait(category: Category) -> None:
    midnight = datetime(2026, 11, 20, 5, tzinfo=UTC)

    assert seconds_to_wait(category, midnight, NIGHT) == 0


def test_in_quiet_hours_slack_hears_only_what_wakes_people(
    partners: Partners, app_settings: AppSettings
) -> None:
    now = clock.now()
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    app_settings(ALERT_QUIET_HOURS=hours)

    partners.tell(a_notice("run_completed"), a_notice("run_failed"))
    partners.relay()
    assert [said["text"][0] for said in partners.slack.messages] == ["🛑"]

    partners.later()
    partners.relay()
    assert len(partners.slack.messages) == 2


def test_the_log_has_no_quiet_hours(partners: Partners, app_settings: AppSettings) -> None:
    now = clock.now()
    hours = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    app_settings(ALERT_QUIET_HOURS=hours, SLACK_WEBHOOK_URL="", RESEND_API_KEY="")

    partners.tell(a_notice("run_completed"))

    assert partners.relay() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"ALERT_QUIET_HOURS": "22-7"},
        {"ALERT_QUIET_HOURS": "24:00-07:00"},
        {"ALERT_TIME_ZONE": "Mars/Olympus"},
        {"ALERT_TIME_ZONE": "../etc/passwd"},
    ],
)
def test_hours_and_zones_that_do_not_exist_are_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid, match="ALERT_"):
        Settings.from_env({"DATABASE_URL": "postgresql://localhost/opus", **wrong})
