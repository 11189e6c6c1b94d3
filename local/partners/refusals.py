"""What a partner will answer next instead of doing its work; set by tests and demos."""

from collections import deque
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Refusal(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    status: int
    error: str = "internal_error"
    retry_after: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


SEVERAL = TypeAdapter(list[Refusal])


class Refusals:
    """Handed out one by one, then no more."""

    def __init__(self) -> None:
        self._pending: deque[Refusal] = deque()

    def expect(self, *refusals: Refusal) -> None:
        self._pending.extend(refusals)

    def next(self) -> Refusal | None:
        return self._pending.popleft() if self._pending else None

    async def change(self, request: Request) -> Response:
        """`PUT` a list of refusals; an empty one ends the trouble."""
        try:
            wanted = SEVERAL.validate_json(await request.body())
        except ValidationError as error:
            return JSONResponse({"error": str(error)}, 400)
        self._pending = deque(wanted)
        return JSONResponse({"pending": len(wanted)})


def as_json(records: list[dict[str, Any]]) -> Response:
    return JSONResponse({"data": records})
