"""What Nivoda's answers mean. The status is 200 with most failures; their text says the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import InvalidOperation
from typing import Any

import httpx

from shared.feeds.model import FeedRejected, FeedShapeChanged, FeedUnreachable
from shared.platform import exact_json
from shared.platform.http import retry_after

PARTNER = "Nivoda"

TOO_MANY_REQUESTS = 429
FORBIDDEN = 403
UNAUTHORIZED = 401
BAD_REQUEST = 400

TOKEN_CODES = ("UNAUTHENTICATED",)
TOKEN_WORDS = (
    "jwt expired",
    "jwt malformed",
    "token expired",
    "invalid token",
    "unauthenticated",
    "unauthorized",
    "authentication required",
)
REJECTED_CODES = ("GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "BAD_USER_INPUT")
REJECTED_WORDS = (
    "cannot query field",
    "unknown argument",
    "unknown type",
    "syntax error",
    "invalid value",
    "of required type",
    "limit must",
    "invalid credentials",
)
DECLINED_WORDS = (
    "not available",
    "no longer available",
    "unavailable diamond",
    "already sold",
    "sold out",
    "on hold",
    "not found",
    "permission",
    "not allowed",
)


class TokenRefused(FeedRejected):
    """The supplier does not know the token any more."""


class Throttled(FeedUnreachable):
    """Turned away at the door: nothing was done."""


class RequestDeclined(FeedRejected):
    """The supplier understood and says why it will not; nothing was done."""


@dataclass(frozen=True)
class Answer:
    """The data; `errors` are those of single fields inside it."""

    data: dict[str, Any]
    errors: Sequence[dict[str, Any]] = field(default_factory=tuple)


def answer_of(response: httpx.Response) -> Answer:
    """What came back, or what went wrong; an error without data is one of the whole request.

    Statuses without a meaning of their own here stay httpx's errors.
    """
    if response.status_code in (TOO_MANY_REQUESTS, FORBIDDEN):
        raise Throttled(_said(response), retry_after=retry_after(response))
    if response.status_code == UNAUTHORIZED:
        raise TokenRefused(_said(response))
    content = _content(response)
    errors = _errors(content)
    data = content.get("data")
    if errors and not _has_substance(data):
        raise _failure(errors, response)
    if not isinstance(data, dict):
        raise FeedShapeChanged(f"{PARTNER} answered with neither data nor errors")
    return Answer(data, errors)


def _content(response: httpx.Response) -> dict[str, Any]:
    if response.status_code != BAD_REQUEST:
        response.raise_for_status()
    try:
        content = exact_json.loads(response.content)
    except (ValueError, InvalidOperation) as error:
        raise _unreadable(response) from error
    if not isinstance(content, dict):
        raise _unreadable(response)
    if response.status_code == BAD_REQUEST and "errors" not in content:
        raise FeedRejected(_said(response))
    return content


def _unreadable(response: httpx.Response) -> FeedRejected | FeedShapeChanged:
    rejected = response.status_code == BAD_REQUEST
    return FeedRejected(_said(response)) if rejected else FeedShapeChanged(_said(response))


def _errors(content: dict[str, Any]) -> list[dict[str, Any]]:
    errors = content.get("errors") or []
    if not isinstance(errors, list):
        raise FeedShapeChanged(f"{PARTNER} answered with errors that are no list")
    return [error if isinstance(error, dict) else {"message": str(error)} for error in errors]


def _has_substance(data: Any) -> bool:
    """Whether there is anything in it but nulls."""
    if isinstance(data, dict):
        return any(_has_substance(value) for value in data.values())
    return data is not None


def _failure(errors: list[dict[str, Any]], response: httpx.Response) -> Exception:
    text = "; ".join(str(error.get("message", error)) for error in errors)[:500]
    codes = {_code(error) for error in errors}
    words = text.lower()
    if codes.intersection(TOKEN_CODES) or _any_of(TOKEN_WORDS, words):
        return TokenRefused(f"{PARTNER}: {text}")
    if _any_of(DECLINED_WORDS, words):
        return RequestDeclined(text)
    rejected = response.status_code == BAD_REQUEST or codes.intersection(REJECTED_CODES)
    if rejected or _any_of(REJECTED_WORDS, words):
        return FeedRejected(f"{PARTNER}: {text}")
    return FeedUnreachable(f"{PARTNER}: {text}")


def _code(error: dict[str, Any]) -> str:
    extensions = error.get("extensions")
    return str(extensions.get("code", "")) if isinstance(extensions, dict) else ""


def _any_of(words: Sequence[str], text: str) -> bool:
    return any(word in text for word in words)


def _said(response: httpx.Response) -> str:
    return f"{PARTNER} answered {response.status_code}: {response.text[:200]}"
