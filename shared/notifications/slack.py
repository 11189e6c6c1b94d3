"""A notice as a Slack message, through an incoming webhook; its address is the secret."""

import re
from typing import Any

import httpx

from shared.notifications.model import Category, Notice
from shared.platform.errors import Terminal
from shared.platform.http import translated
from shared.platform.setting_groups import Slack

HEADER_LIMIT = 150
TEXT_LIMIT = 2_800
MARKS: dict[Category, str] = {
    "run_completed": "✅",
    "run_recovered": "✅",
    "run_partial": "⚠️",
    "run_stalled": "⚠️",
    "run_skipped": "⚠️",
    "feed_stale": "⚠️",
    "sweep_waiting": "⚠️",
    "payload_drift": "⚠️",
    "run_failed": "🛑",
    "purchase_completed": "✅",
    "purchase_failed": "🛑",
    "incident_opened": "🛑",
    "deadline_near": "⚠️",
    "dispute_ended": "⚖️",
    "customer_asks": "💬",
}


def send(notice: Notice, config: Slack) -> None:
    if config.webhook_url is None:
        raise Terminal("SLACK_WEBHOOK_URL is not set any more")
    with translated("Slack"):
        url = config.webhook_url.get_secret_value()
        response = httpx.post(url, json=rendered(notice), timeout=config.timeout_seconds)
        response.raise_for_status()


def rendered(notice: Notice) -> dict[str, Any]:
    title = f"{MARKS.get(notice.category, '')} {notice.title}".strip()[:HEADER_LIMIT]
    facts = " | ".join(f"{name}: {value}" for name, value in notice.facts.items())
    text = _cut(notice.text)
    return {
        "text": f"{_escaped(title)}: {text}",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": title}},
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(facts or "-")}]},
        ],
    }


def _cut(text: str) -> str:
    """Within Slack's limit, and not through the middle of an escape."""
    return re.sub(r"&[a-z]*$", "", _escaped(text)[:TEXT_LIMIT])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
