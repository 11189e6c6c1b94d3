"""A notice as an e-mail through Resend; the same key on every attempt, so it is sent once."""

from typing import Any

import httpx

from shared.notifications.model import Notice
from shared.platform.errors import Terminal, Transient
from shared.platform.http import translated
from shared.platform.setting_groups import Alert, Resend

USED_UP = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
STILL_BUSY = "concurrent_idempotent_requests"


def send(notice: Notice, config: Resend, alert: Alert) -> None:
    if config.api_key is None:
        raise Terminal("RESEND_API_KEY is not set any more")
    headers = {
        "Authorization": f"Bearer {config.api_key.get_secret_value()}",
        "Idempotency-Key": notice.incident_key,
    }
    with translated("Resend"):
        response = httpx.post(
            f"{config.base_url}/emails",
            json=rendered(notice, alert),
            headers=headers,
            timeout=config.timeout_seconds,
        )
        _judge(response)
        response.raise_for_status()


def rendered(notice: Notice, alert: Alert) -> dict[str, Any]:
    facts = [f"{name}: {value}" for name, value in notice.facts.items()]
    return {
        "from": alert.email_from,
        "to": alert.recipients,
        "subject": f"[{notice.feed}] {notice.title}",
        "text": "\n".join([notice.text, "", *facts]),
        "tags": [{"name": "category", "value": notice.category}],
    }


def _judge(response: httpx.Response) -> None:
    """Two of Resend's refusals mean something else than their status."""
    name = _error_name(response)
    if name == STILL_BUSY:
        raise Transient(f"Resend answered {response.status_code}: {name}")
    if name in USED_UP:
        raise Terminal(f"Resend answered {response.status_code}: {name}")


def _error_name(response: httpx.Response) -> str | None:
    try:
        content = response.json()
    except ValueError:
        return None
    return str(content.get("name")) if isinstance(content, dict) else None
