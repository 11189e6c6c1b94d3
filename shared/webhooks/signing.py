"""Signatures of the Standard Webhooks specification, version 1 (HMAC-SHA256)."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.platform.errors import NotAuthenticated

PREFIX = "whsec_"
SECRET_BYTES = 32
TOLERANCE_SECONDS = 300
MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,200}")
TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
MOST_SIGNATURES = 10


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(message_id: str, moment: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """One signature for each secret, so that a receiver may know either."""
    timestamp = str(int(moment.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class SignatureInvalid(NotAuthenticated):
    code = "SIGNATURE_INVALID"


def verified(sent: Mapping[str, str], body: bytes, key: str | None, now: datetime) -> str:
    """The message's id, if whoever has the key signed it within five minutes of now.

    `key` may hold two secrets with a blank between them, while one takes the other's place. Raises
    SignatureInvalid, whatever is wrong; without a key nothing fits.
    """
    message_id, timestamp = sent.get("webhook-id", ""), sent.get("webhook-timestamp", "")
    if not MESSAGE_ID.fullmatch(message_id) or not TIMESTAMP.fullmatch(timestamp):
        raise SignatureInvalid("The message is not signed.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureInvalid("The signature is too old, or from the future.")
    signed = f"{message_id}.{timestamp}.".encode() + body
    given = [one.encode() for one in sent.get("webhook-signature", "").split(" ")[:MOST_SIGNATURES]]
    known = [f"v1,{_signature(one, signed)}".encode() for one in (key or "").split()]
    if not any(hmac.compare_digest(one, other) for one in given for other in known):
        raise SignatureInvalid("The signature does not fit the message.")
    return message_id
