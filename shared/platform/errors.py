"""Everything this product raises on purpose.

Refusal               understood and declined; HTTP renders it with its status
├─ NotAuthenticated   401
├─ NotAllowed         403
├─ NotFound           404
├─ Conflict           409
├─ Invalid            400, names the offending fields
├─ TooLarge           413
├─ Unprocessable      422
├─ TooMany            429, says when to come again
└─ Unavailable        503, worth trying again soon
UpstreamError         a supplier or Azure did not do its part
├─ Transient          raise it: a retry can cure it
└─ Terminal           decide it: retrying is pointless
anything else         a bug: uncaught, 500, alert
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class Refusal(Exception):
    """A request that was understood and declined.

    `code` is stable and documented, `hint` says what the caller can do about it, `fields` holds
    the figures and parameters it is about, as the caller spells them.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "BAD_REQUEST"
    hint: str | None = None
    retry_after: int | None = None
    """Seconds after which the same request may succeed."""

    def __init__(
        self, message: str, *, hint: str | None = None, fields: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.hint
        self.fields = dict(fields or {})


class NotAuthenticated(Refusal):
    status = 401
    code = "UNAUTHORIZED"


class NotAllowed(Refusal):
    status = 403
    code = "FORBIDDEN"


class NotFound(Refusal):
    status = 404
    code = "NOT_FOUND"


class Conflict(Refusal):
    status = 409
    code = "CONFLICT"


class Invalid(Refusal):
    """`fields` maps each offending parameter, as the caller spelled it, to its fault."""

    status = 400
    code = "VALIDATION_ERROR"


class TooLarge(Refusal):
    status = 413
    code = "PAYLOAD_TOO_LARGE"


class Unprocessable(Refusal):
    status = 422
    code = "UNPROCESSABLE"


class TooMany(Refusal):
    status = 429
    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unavailable(Refusal):
    status = 503
    code = "SERVICE_UNAVAILABLE"
    retry_after: int | None = 5


class UpstreamError(Exception):
    """Somebody we depend on did not do their part."""


class Transient(UpstreamError):
    """Worth another try; `retry_after` is what they asked for, in seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Terminal(UpstreamError):
    """Not worth another try."""
