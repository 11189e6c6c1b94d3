"""Quiet hours: what can wait until morning does."""

from datetime import datetime, timedelta

from shared.notifications.model import BAD, Category
from shared.platform.setting_groups import Alert

WAKING: frozenset[Category] = frozenset(
    {*BAD, "purchase_failed", "incident_opened", "deadline_near"}
)
"""A catalogue that grows old, money and promises: these never wait."""


def seconds_to_wait(category: Category, now: datetime, alert: Alert) -> float:
    """Until the quiet hours end, if they are on and this does not wake anybody."""
    if alert.quiet is None or category in WAKING:
        return 0
    starts, ends = alert.quiet
    local = now.astimezone(alert.zone)
    since_evening, until_morning = local.time() >= starts, local.time() < ends
    over_midnight = starts > ends
    if not ((since_evening or until_morning) if over_midnight else since_evening and until_morning):
        return 0
    morning = local.date() + timedelta(days=over_midnight and since_evening)
    return (datetime.combine(morning, ends, alert.zone) - now).total_seconds()
