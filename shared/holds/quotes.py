"""Signed quotes: a price that is kept until a moment, whoever changes rules or rates meanwhile.

A quote is the promise itself, signed; nothing is stored and nothing has to be looked up to know
it. What it cannot promise is the supplier: an ask at which the price would leave less than the
lowest margin is refused, with the reason.
"""

import base64
import hashlib
import hmac
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from psycopg import Connection
from pydantic import BaseModel, ConfigDict, ValidationError

from shared.currency import conversion
from shared.currency import service as currency
from shared.holds import margins, service
from shared.platform import clock, exact_json
from shared.platform.errors import Conflict, Invalid, Unavailable
from shared.platform.settings import settings

SHORTEST_SECRET = 16


class QuotesNotConfigured(Unavailable):
    code = "QUOTES_NOT_CONFIGURED"
    hint = "Set SELLING_QUOTE_SECRET to at least 16 random characters."


class QuoteInvalid(Invalid):
    """Not a quote of ours, or not for this client or this stone."""

    code = "QUOTE_INVALID"


class QuoteExpired(Conflict):
    code = "QUOTE_EXPIRED"
    hint = "Ask for a new quote."


class NothingToQuote(Conflict):
    """The stone's price would leave less than the lowest margin."""

    code = "NOTHING_TO_QUOTE"


class Promise(BaseModel):
    """`price` in US dollars, `amount` in `currency` at the rate of the day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client: str
    diamond_id: UUID
    price: Decimal
    amount: Decimal
    currency: str
    rate: Decimal
    rated_on: date
    rule_set_version: int
    expires_at: datetime


def issue(
    conn: Connection, client: str, diamond_id: UUID, wanted_currency: str
) -> tuple[str, Promise]:
    """Promise today's price for a while; the token is what the client shows later."""
    stone = service.for_sale(conn, diamond_id)
    if not margins.leaves_enough(conn, stone):
        raise NothingToQuote("This stone cannot be quoted.")
    rate = currency.current(conn, wanted_currency)
    promise = Promise(
        client=client,
        diamond_id=diamond_id,
        price=stone.price,
        amount=conversion.converted(stone.price, rate),
        currency=rate.quote,
        rate=rate.rate,
        rated_on=rate.rated_on,
        rule_set_version=stone.rule_set_version,
        expires_at=clock.now() + timedelta(minutes=settings().selling.quote_minutes),
    )
    return _signed(promise), promise


def redeem(token: str, client: str, diamond_id: UUID) -> Promise:
    """What was promised; raises why it does not hold."""
    body, _, signature = token.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(body).encode()):
        raise _invalid("altered, or not one of ours")
    try:
        padded = body + "=" * (-len(body) % 4)
        promise = Promise.model_validate(exact_json.loads(base64.urlsafe_b64decode(padded)))
    except (ValueError, ValidationError) as error:
        raise _invalid("not one of ours") from error
    if (promise.client, promise.diamond_id) != (client, diamond_id):
        raise _invalid("made for another client or another stone")
    if promise.expires_at <= clock.now():
        raise QuoteExpired(f"The quote ended at {promise.expires_at.isoformat()}.")
    return promise


def _signed(promise: Promise) -> str:
    content = exact_json.canonical(promise.model_dump(mode="json"))
    body = base64.urlsafe_b64encode(content).decode().rstrip("=")
    return f"{body}.{_signature(body)}"


def _signature(body: str) -> str:
    secret = settings().selling.quote_secret
    words = secret.get_secret_value() if secret else ""
    if len(words) < SHORTEST_SECRET:
        raise QuotesNotConfigured("Quotes are not configured.")
    return hmac.new(words.encode(), body.encode(), hashlib.sha256).hexdigest()


def _invalid(fault: str) -> QuoteInvalid:
    return QuoteInvalid("The quote does not hold.", fields={"quote": fault})
