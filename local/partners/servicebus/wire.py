"""What Service Bus adds to AMQP messages: batches, broker properties, lock tokens."""

import os
import struct
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from proton import Message as AmqpMessage
from proton import symbol, timestamp

from local.host.servicebus.broker import Message

EMPTY_HEADER = b"\x00\x53\x70\x45"
DATA_SECTION = b"\x00\x53\x75"
SECTIONS = range(0x70, 0x79)  # descriptors of header to footer, in their short form
SCHEDULED = symbol("x-opt-scheduled-enqueue-time")


def entity(address: str | None) -> str:
    """Links carry full URLs, management nodes bare names; both mean a queue."""
    path = urlsplit(address or "").path if "://" in (address or "") else (address or "")
    return path.strip("/").casefold()


def lock_token() -> str:
    """Make a token whose bytes survive as a delivery tag, which proton treats as text."""
    return str(uuid.UUID(bytes=bytes(byte & 0x7F for byte in os.urandom(16))))


def tag_of(token: str) -> str:
    return uuid.UUID(token).bytes_le.decode("ascii")


def token_of(tag: str) -> str:
    return str(uuid.UUID(bytes_le=tag.encode("ascii")))


def split_batch(raw: bytes) -> list[bytes]:
    """Answer the messages of a batch, which travels as data sections holding whole messages."""
    parts = list(data_sections(raw))
    if parts and all(part[:2] == b"\x00\x53" and part[2] in SECTIONS for part in parts):
        return parts
    return [raw]


def data_sections(raw: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(raw):
        descriptor, value = raw[position : position + 3], position + 3
        start, end = extent(raw, value)
        if descriptor == DATA_SECTION:
            yield raw[start:end]
        position = end


def extent(raw: bytes, position: int) -> tuple[int, int]:
    """Find where a sized value begins and ends; what has no size is a last section."""
    code = raw[position]
    if code in (0xA0, 0xC0, 0xC1):
        start = position + 2
        return start, start + raw[position + 1]
    if code in (0xB0, 0xD0, 0xD1):
        start = position + 5
        return start, start + int(struct.unpack_from(">I", raw, position + 1)[0])
    if code == 0x45:  # noqa: PLR2004 - the empty list
        return position + 1, position + 1
    return position, len(raw)


def decode(raw: bytes) -> Any:  # proton types a fresh message's parts as None
    message = AmqpMessage()
    message.decode(raw)
    return message


def scheduled_at(message: Any) -> float:
    moment = (message.annotations or {}).get(SCHEDULED)
    return float(moment) / 1000 if moment else 0.0


def outgoing(stored: Message) -> bytes:
    """Write a stored message with what the broker knows of it."""
    message = decode(stored.body)
    message.durable, message.ttl, message.priority = False, 0, AmqpMessage.DEFAULT_PRIORITY
    message.first_acquirer, message.delivery_count = False, 0  # proton's header is then empty
    annotations = dict(message.annotations or {})
    annotations[symbol("x-opt-sequence-number")] = stored.sequence
    annotations[symbol("x-opt-enqueued-time")] = milliseconds(stored.enqueued_at)
    if stored.locked_until:
        annotations[symbol("x-opt-locked-until")] = milliseconds(stored.locked_until)
    message.annotations = annotations
    message.properties = {**(message.properties or {}), **stored.properties}
    encoded: bytes = message.encode()
    return header(stored.returned) + encoded.removeprefix(EMPTY_HEADER)


def header(delivery_count: int) -> bytes:
    """Write a header that has only the delivery count, zero included, which proton cannot."""
    fields = b"\x40\x40\x40\x40" + struct.pack(">BI", 0x70, delivery_count)
    return b"\x00\x53\x70\xc0" + bytes([len(fields) + 1, 5]) + fields


def milliseconds(moment: float) -> timestamp:
    return timestamp(int(moment * 1000))
