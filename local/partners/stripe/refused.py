"""What Stripe says when it does not do what it was asked, in its own words."""

from typing import Any

Json = dict[str, Any]

DOCUMENTATION = "https://stripe.com/docs/error-codes"


class Refused(Exception):
    """`executed` refusals are what the idempotency key answers from then on; others are not."""

    def __init__(  # as many as an error body may have
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",  # noqa: A002 - the wire's name
        code: str | None = None,
        param: str | None = None,
        executed: bool = False,
        more: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.executed = executed
        link = f"{DOCUMENTATION}/{code.replace('_', '-')}" if code else None
        said = {"type": type, "code": code, "doc_url": link, "message": message, "param": param}
        self.body = {"error": {k: v for k, v in (said | (more or {})).items() if v is not None}}


def missing(kind: str, which: str, param: str = "id") -> Refused:
    return Refused(404, f"No such {kind}: '{which}'", code="resource_missing", param=param)


def unexpected_state(message: str, intent: Json) -> Refused:
    return Refused(
        400,
        message,
        code="payment_intent_unexpected_state",
        executed=True,
        more={"payment_intent": intent},
    )


def declined(code: str, decline_code: str | None, message: str, more: Json) -> Refused:
    told = {"decline_code": decline_code, **more}
    return Refused(402, message, type="card_error", code=code, executed=True, more=told)


def broken() -> Refused:
    return Refused(500, "An unknown error occurred", type="api_error", executed=True)
