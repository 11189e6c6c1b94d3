"""API calls, from the first byte to the last: answered once for each key, or gone wrong."""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.partners.stripe.asked import Asked, admit, asked_by
from local.partners.stripe.desk import VERSION, Desk, expanded, new, public
from local.partners.stripe.faults import AFTER, BEFORE, Fault
from local.partners.stripe.operations import Operation
from local.partners.stripe.params import checked
from local.partners.stripe.refused import Refused, broken
from local.partners.stripe.store import Reply, Store

A_DAY = 24 * 3600
"""Seconds for which an idempotency key is remembered."""
OTHER_PARAMETERS = (
    "Keys for idempotent requests can only be used with the same parameters they were first used"
    " with. Try using a key other than '{key}' if you meant to execute a different request."
)
OTHER_ENDPOINT = (
    "Keys for idempotent requests can only be used for the same endpoint they were first used for"
    " ('{path}' vs '{first}'). Try using a key other than '{key}' if you meant to execute a"
    " different request."
)
IN_USE = (
    "There is currently another in-progress request using this Idempotent Key (that probably means"
    " you submitted twice, and the other request is still going through): {key}. Please try again"
    " later."
)


class CutOff(Response):
    """Hangs up without a word, at once or after a silence."""

    def __init__(self, silence_seconds: float) -> None:
        super().__init__()
        self._silence_seconds = silence_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await asyncio.sleep(self._silence_seconds)
        uvicorns_own: Any = receive  # ASGI itself knows no way to say nothing
        uvicorns_own.__self__.transport.abort()


@dataclass(frozen=True)
class Work:
    """A call, and what goes wrong with it."""

    operation: Operation
    asked: Asked
    desk: Desk
    fault: Fault | None

    def suffers(self, *kinds: str) -> bool:
        return self.fault is not None and self.fault.kind in kinds

    @property
    def pause(self) -> float:
        """In seconds, before the answer or its loss."""
        waits = self.suffers("slow", "silent_before", "silent_after")
        return self.fault.seconds if self.fault and waits else 0


class Counter:
    """Where calls are answered; of one key, one at a time."""

    def __init__(self, store: Store, secret_key: str) -> None:
        self._store = store
        self._secret_key = secret_key
        self._busy: set[str] = set()

    async def serve(
        self, request: Request, operation: Operation, desk: Desk, fault: Fault | None
    ) -> Response:
        asked = await asked_by(request)
        base = str(request.base_url).rstrip("/")
        desk = replace(desk, base=base, request_id=new("req", 14), key=asked.key)
        work = Work(operation, asked, desk, fault)
        try:
            admit(asked, self._secret_key)
            answer = await self._unless_turned_away(work)
        except Refused as refused:
            answer = _rendered(refused.status, refused.body, desk)
        return CutOff(work.pause) if work.suffers(*AFTER) else answer

    async def _unless_turned_away(self, work: Work) -> Response:
        """Nothing is looked up, done or remembered for who meets one of these."""
        if work.suffers("rate_limited"):
            raise Refused(429, "Too many requests in a short period of time.", code="rate_limit")
        if work.suffers("unavailable"):
            raise Refused(503, "Stripe is temporarily unavailable.", type="api_error")
        if work.suffers(*BEFORE):
            return CutOff(work.pause)
        return await self._alone(work)

    async def _alone(self, work: Work) -> Response:
        key = work.asked.key
        if key is None:
            return await self._answer(work)
        if key in self._busy:
            message = IN_USE.format(key=key)
            code = "idempotency_key_in_use"
            raise Refused(409, message, type="idempotency_error", code=code)
        self._busy.add(key)
        try:
            return await self._answer(work)
        finally:
            self._busy.discard(key)

    async def _answer(self, work: Work) -> Response:
        if work.suffers("slow"):
            await asyncio.sleep(work.pause)
        key, since = work.asked.key, work.desk.now - A_DAY
        known = self._store.reply(key, since=since) if key else None
        return _replayed(known, work) if known else self._execute(work)

    def _execute(self, work: Work) -> Response:
        """What is done, and what the key answers from now on, are one transaction."""
        params = checked(work.operation.params, work.asked.params)
        try:
            with self._store.transaction():
                status, body = self._done(work, params)
                self._keep(work, status, body)
        except Refused as refused:
            if refused.executed:
                self._keep(work, refused.status, refused.body)
            raise
        return _rendered(status, body, work.desk)

    def _done(self, work: Work, params: Any) -> tuple[int, Any]:
        if work.suffers("broken"):
            raise broken()
        result = work.operation.run(work.desk, params, **work.asked.named)
        if work.suffers("broken_after"):
            failure = broken()
            return failure.status, failure.body
        return 200, public(expanded(work.desk, result, work.asked.params.get("expand", [])))

    def _keep(self, work: Work, status: int, body: Any) -> None:
        if work.asked.key:
            desk = work.desk
            kept = Reply(
                work.asked.content, status, json.dumps(body), str(desk.request_id), desk.now
            )
            self._store.keep_reply(work.asked.key, kept)


def _replayed(known: Reply, work: Work) -> Response:
    if known.asked != work.asked.content:
        first = json.loads(known.asked)[0]
        same = first == work.asked.path
        message = OTHER_PARAMETERS if same else OTHER_ENDPOINT
        said = message.format(key=work.asked.key, path=work.asked.path, first=first)
        raise Refused(400, said, type="idempotency_error")
    answer = _rendered(known.status, json.loads(known.body), work.desk)
    answer.headers["Idempotent-Replayed"] = "true"
    answer.headers["Original-Request"] = known.request_id
    return answer


def _rendered(status: int, body: Any, desk: Desk) -> Response:
    headers = {"Request-Id": str(desk.request_id), "Stripe-Version": VERSION}
    if desk.key:
        headers["Idempotency-Key"] = desk.key
    return Response(json.dumps(body, indent=2), status, headers, media_type="application/json")
