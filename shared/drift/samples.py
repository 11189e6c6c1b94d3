"""A glimpse of a value: enough to see what it is, and no person, no secret, no cost."""

import re
from typing import Any

from shared.platform import exact_json

LONGEST = 80
FIRST_KEYS = 8
WITHHELD = re.compile(
    r"name|mail|phone|mobile|fax|contact|address|street|person|user|owner|customer|birth|passport"
    r"|token|secret|password|key|price|cost|amount|discount",
    re.IGNORECASE,
)
"""Of people, of secrets and of what stones cost nothing is shown."""
MASKED = (
    (re.compile(r"\S+@\S+"), "(e-mail)"),
    (re.compile(r"\?\S+"), "?..."),
    (re.compile(r"\+?[0-9][0-9 ().-]{5,}[0-9]"), "(digits)"),
)


def sample(path: str, value: Any) -> str:
    if WITHHELD.search(path):
        return "(withheld)"
    text = _told(value)
    for pattern, word in MASKED:
        text = pattern.sub(word, text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _told(value: Any) -> str:
    if isinstance(value, str):
        return repr(value[: 10 * LONGEST])
    if isinstance(value, dict):
        return f"{{{', '.join(list(value)[:FIRST_KEYS])}}}"
    if isinstance(value, list):
        return f"[{len(value)}]"
    return exact_json.dumps(value).decode()
