"""The supplier telling a customer something by itself, signed as Standard Webhooks are."""

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

import httpx
import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

TIMEOUT_SECONDS = 10


class Telling(BaseModel):
    """What to tell where; the same `id` again is the same event sent again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    secret: str
    type: Literal["stone.sold", "order.updated"] = "stone.sold"
    id: str = Field(default_factory=lambda: f"evt_{uuid4().hex}")
    stone_id: str | None = None
    order_id: str | None = None
    occurred_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    signed_at: int = Field(default_factory=lambda: int(time.time()))


def tell(asked: Telling) -> int:
    """The status that the customer answered with."""
    about = {"stoneId": asked.stone_id, "orderId": asked.order_id}
    said = {"type": asked.type, "occurredAt": asked.occurred_at, "data": about}
    body = orjson.dumps(said)
    headers = signed(asked, body) | {"Content-Type": "application/json"}
    return httpx.post(asked.url, content=body, headers=headers, timeout=TIMEOUT_SECONDS).status_code


def signed(asked: Telling, body: bytes) -> dict[str, str]:
    key = base64.b64decode(asked.secret.removeprefix("whsec_"))
    content = f"{asked.id}.{asked.signed_at}.".encode() + body
    made = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": asked.id,
        "webhook-timestamp": str(asked.signed_at),
        "webhook-signature": f"v1,{made}",
    }
