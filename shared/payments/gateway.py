"""Stripe, spoken to with its own library: the only file that knows it.

The library is loaded when first needed; a cold start without a payment does without it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from shared.payments import sessions
from shared.payments.model import (
    Checkout,
    DisputeSeen,
    OpenedSession,
    PaymentRefused,
    PaymentSeen,
    PaymentUncertain,
    PaymentUnreachable,
    RefundSeen,
    VerifiedEvent,
)
from shared.platform import exact_json
from shared.platform.errors import NotAuthenticated, Unavailable
from shared.platform.selling_settings import Stripe
from shared.platform.settings import settings

if TYPE_CHECKING:
    import stripe

SERVER_ERROR = 500

_opening = Lock()


class PaymentsNotConfigured(Unavailable):
    """No card can be charged before somebody has configured an account."""

    code = "PAYMENTS_NOT_CONFIGURED"


class SignatureInvalid(NotAuthenticated):
    """Not signed by the payment partner with our secret, or too long ago."""

    code = "SIGNATURE_INVALID"


def require_configured() -> Stripe:
    """The account, or a refusal that says which settings are missing."""
    config = settings().stripe
    if config.missing:
        raise PaymentsNotConfigured(
            "Card payments are not configured.", hint=f"Set {', '.join(config.missing)}."
        )
    return config


def open_session(checkout: Checkout, *, key: str) -> OpenedSession:
    """A page to pay at: the money is authorised there, and captured by us later."""
    config = require_configured()
    with _translated():
        session = _client(config).v1.checkout.sessions.create(
            params=sessions.params(checkout, settings().checkout),  # type: ignore[arg-type]
            options={"idempotency_key": key},
        )
    return OpenedSession(session.id, session.url or "", _moment(session.expires_at))


def look(session_id: str) -> PaymentSeen:
    """A session, its payment, refunds and disputes as they are now."""
    client = _client(require_configured())
    with _translated():
        session = client.v1.checkout.sessions.retrieve(session_id).to_dict()
        which = session.get("payment_intent")
        if which is None:
            return sessions.seen(session, None)
        expanded: Any = {"expand": ["latest_charge"]}
        intent = client.v1.payment_intents.retrieve(which, params=expanded).to_dict()
        refunds = _refunds(client, which) if intent["status"] == "succeeded" else ()
        disputed = sessions.charge_of(intent).get("disputed")
        disputes = _disputes(client, which) if disputed else ()
    return sessions.seen(session, intent, refunds, disputes)


def close_session(session_id: str) -> None:
    with _translated():
        _client(require_configured()).v1.checkout.sessions.expire(session_id)


def capture(intent_id: str, amount: int, *, key: str) -> int:
    """Take the authorised money; how much was taken."""
    with _translated():
        intent = _client(require_configured()).v1.payment_intents.capture(
            intent_id, params={"amount_to_capture": amount}, options={"idempotency_key": key}
        )
    return intent.amount_received


def void(intent_id: str, *, key: str) -> None:
    """Let authorised money go."""
    with _translated():
        _client(require_configured()).v1.payment_intents.cancel(
            intent_id,
            params={"cancellation_reason": "requested_by_customer"},
            options={"idempotency_key": key},
        )


def refund(intent_id: str, amount: int, *, our_id: str, key: str, attempt: int = 1) -> RefundSeen:
    """Give captured money back."""
    with _translated():
        made = _client(require_configured()).v1.refunds.create(
            params={
                "payment_intent": intent_id,
                "amount": amount,
                "metadata": {"refund_id": our_id, "attempt": str(attempt)},
            },
            options={"idempotency_key": key},
        )
    return sessions.refund_seen(made.to_dict())


def refunds(intent_id: str) -> tuple[RefundSeen, ...]:
    with _translated():
        return _refunds(_client(require_configured()), intent_id)


def captured_since(moment: datetime) -> Iterator[tuple[str, str | None, int]]:
    """Every captured payment that is ours: intent, purchase and amount."""
    since: Any = {"created": {"gte": int(moment.timestamp())}, "limit": 100}
    with _translated():
        listed = _client(require_configured()).v1.payment_intents.list(params=since)
        for found in listed.auto_paging_iter():
            intent = found.to_dict()
            ours = intent["metadata"].get("purchase_id")
            if ours and intent["status"] == "succeeded":
                yield intent["id"], ours, intent["amount_received"]


def verified_event(body: bytes, signature: str | None) -> VerifiedEvent:
    """An event that is certainly theirs; raises SignatureInvalid."""
    import stripe  # noqa: PLC0415 - loaded when first needed

    secret = require_configured().webhook_secret
    try:
        stripe.WebhookSignature.verify_header(
            body.decode(), signature or "", secret.get_secret_value() if secret else "", 300
        )
        payload = exact_json.loads(body)
        return sessions.event(payload)
    except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
        raise SignatureInvalid("The signature does not fit the event.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SignatureInvalid("This is no event.") from error


def _refunds(client: "stripe.StripeClient", intent_id: str) -> tuple[RefundSeen, ...]:
    params: Any = {"payment_intent": intent_id, "limit": 100}
    listed = client.v1.refunds.list(params=params)
    return tuple(sessions.refund_seen(one.to_dict()) for one in listed.auto_paging_iter())


def _disputes(client: "stripe.StripeClient", intent_id: str) -> tuple[DisputeSeen, ...]:
    params: Any = {"payment_intent": intent_id, "limit": 100}
    listed = client.v1.disputes.list(params=params)
    return tuple(sessions.dispute_seen(one.to_dict()) for one in listed.auto_paging_iter())


def _client(config: Stripe) -> "stripe.StripeClient":
    with _opening:  # two threads at once would each open connections
        return _opened(config)


@cache
def _opened(config: Stripe) -> "stripe.StripeClient":
    """Kept for the life of the process; safe to share between threads."""
    import stripe  # noqa: PLC0415 - loaded when first needed

    stripe.enable_telemetry = False
    secret = config.secret_key
    return stripe.StripeClient(
        secret.get_secret_value() if secret else "",
        base_addresses={"api": config.api_base},
        max_network_retries=2,
        http_client=_http(config),
    )


@cache
def _http(config: Stripe) -> "stripe.HTTPXClient":
    import stripe  # noqa: PLC0415 - loaded when first needed

    return stripe.HTTPXClient(timeout=config.timeout_seconds, allow_sync_methods=True)


@contextmanager
def _translated() -> Iterator[None]:
    import stripe  # noqa: PLC0415 - loaded when first needed

    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise PaymentRefused(str(error), code=error.code) from error
    except stripe.IdempotencyError as error:
        raise PaymentUncertain(f"Stripe knows another request by this key: {error}") from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise PaymentUnreachable(f"Stripe is not reachable: {error}") from error
    except stripe.StripeError as error:
        status = error.http_status or SERVER_ERROR
        if status >= SERVER_ERROR:
            raise PaymentUncertain(f"Stripe answered {status}: {error}") from error
        raise PaymentUnreachable(f"Stripe answered {status}: {error}") from error


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
