"""Links to a purchase's page: signed, nothing stored, and of no use to whoever guesses.

A token is the purchase's id, the moment it ends and 128 bits of HMAC-SHA256 under the key that
other secrets of ours are made from. The same purchase has the same token every time.
"""

import base64
import hashlib
import hmac
import re
from datetime import timedelta
from uuid import UUID

from pydantic import SecretStr

from shared.platform import clock
from shared.platform.errors import NotFound
from shared.platform.settings import settings
from shared.purchases.model import Purchase

TOKEN = re.compile(r"[A-Za-z0-9_-]{48}")
PURPOSE = b"order page\n"
ID_BYTES, TIME_BYTES, MAC_BYTES = 16, 4, 16


class OrderUnknown(NotFound):
    """No order has this link, or not any more."""

    code = "ORDER_UNKNOWN"
    hint = "Follow the whole link you were given."

    def __init__(self) -> None:
        super().__init__("There is no order with this link.")


def token_of(purchase: Purchase) -> str | None:
    """What opens its page; None while there is no key to sign with."""
    masters = settings().access.masters
    if not masters:
        return None
    ends = purchase.created_at + timedelta(days=settings().selling.order_page_days)
    body = purchase.id.bytes + int(ends.timestamp()).to_bytes(TIME_BYTES, "big")
    return base64.urlsafe_b64encode(body + _mac(masters[0], body)).decode()


def purchase_of(token: str) -> UUID:
    """Whose link it is; every one that does not hold is refused alike, and nothing looked up."""
    if not TOKEN.fullmatch(token):
        raise OrderUnknown
    content = base64.urlsafe_b64decode(token)
    body, mac = content[:-MAC_BYTES], content[-MAC_BYTES:]
    signed = [hmac.compare_digest(mac, _mac(key, body)) for key in settings().access.masters]
    ends = int.from_bytes(body[ID_BYTES:], "big")
    if not any(signed) or ends <= clock.now().timestamp():
        raise OrderUnknown
    return UUID(bytes=body[:ID_BYTES])


def _mac(key: SecretStr, body: bytes) -> bytes:
    signed = hmac.new(key.get_secret_value().encode(), PURPOSE + body, hashlib.sha256)
    return signed.digest()[:MAC_BYTES]
