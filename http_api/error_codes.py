"""What the codes in error answers mean; `docs` in every error leads here."""

import re
from collections.abc import Iterator

import azure.durable_functions as df
import azure.functions as func

from http_api.endpoint import Answer, Call, Nothing, endpoint
from shared.platform.errors import NotFound, Refusal

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS
WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


class ErrorCodeUnknown(NotFound):
    code = "ERROR_CODE_UNKNOWN"
    hint = "GET /api/v2/errors lists all of them."


class ErrorCode(Answer):
    code: str
    status: int
    meaning: str
    hint: str | None


class ErrorCodes(Answer):
    data: list[ErrorCode]


class OneErrorCode(Answer):
    data: ErrorCode


@bp.route("v2/errors", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=None)
def list_error_codes(call: Call[Nothing]) -> ErrorCodes:  # noqa: ARG001 - every handler takes the call
    """Every code an error may carry."""
    return ErrorCodes(data=sorted(codes().values(), key=lambda one: one.code))


@bp.route("v2/errors/{code}", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=None, path={"code": str})
def get_error_code(call: Call[Nothing]) -> OneErrorCode:
    """What one code means."""
    found = codes().get(call.path["code"].upper())
    if found is None:
        raise ErrorCodeUnknown("There is no such code.")
    return OneErrorCode(data=found)


def codes() -> dict[str, ErrorCode]:
    """By code; every refusal of the product is a class, so none can be forgotten."""
    return {kind.code: _described(kind) for kind in reversed([*_kinds(Refusal)])}


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    """Those that brought a code of their own, the general ones first."""
    if "code" in vars(kind):
        yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)


def _described(kind: type[Refusal]) -> ErrorCode:
    meaning = (kind.__doc__ or "").partition("\n\n")[0].strip()
    return ErrorCode(
        code=kind.code, status=kind.status, meaning=meaning or _words(kind.__name__), hint=kind.hint
    )


def _words(name: str) -> str:
    return f"{WORD.sub(' ', name).capitalize()}."
