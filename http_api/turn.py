"""One request on its way through an endpoint: admitted, counted, validated, done once, noted."""

from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import azure.functions as func
from pydantic import BaseModel

from http_api import callers, parsing, repeats
from http_api.contract import Answer, Call, Contract, Nothing, Start, Written
from http_api.deprecation import Deprecated
from http_api.exchange import JSON, Exchange, json_response
from shared.access import service
from shared.access.audit import Deed
from shared.access.budgets import Budget, TooManyRequests
from shared.access.model import ApiKey, Scope
from shared.platform.db import one_transaction, request_transaction, transaction
from shared.platform.errors import NotAllowed, NotAuthenticated, Refusal, TooMany, Unavailable
from shared.platform.log import Log
from shared.price_lists import asking

log = Log("http_api")

OLD_NAMES = Deprecated(since=date(2026, 11, 21))


class Turn:
    def __init__(self, contract: Contract, exchange: Exchange) -> None:
        self._contract = contract
        self._exchange = exchange
        self._req = exchange.req
        self._key: ApiKey | None = None
        reads = contract.reads or self._req.method in callers.READING
        self._budget: Budget = "reads" if reads else "writes"
        self._writes = contract.scope is not None and not reads
        self.wanted: Start[Any] | None = None
        """What is to be started now."""

    def response(self) -> func.HttpResponse:
        try:
            call = self._admitted()
            with asking.shown_to(self._key.price_list if self._key else None):
                return self._written(call) if self._writes else self._handled(call).response
        except Refusal as error:
            self._note(error)
            raise

    def _admitted(self) -> Call[Any]:
        req, contract = self._req, self._contract
        if contract.deprecated:
            self._exchange.headers |= contract.deprecated.headers()
        parsing.small_enough(req, contract.most_bytes)
        if contract.scope is not None:
            self._key = self._recognised(contract.scope)
        path = {
            name: parsing.path_value(req, name, contract.path.get(name, UUID))
            for name in req.route_params
        }
        order = callers.of_link(req) if contract.by_link else None
        asked = self._asked()
        repeated = repeats.key_of(req, asked) if self._writes else None
        return Call(req, self._exchange.trace_id, path, asked, self._key, repeated, order)

    def _recognised(self, scope: Scope) -> ApiKey:
        key = self._key = callers.recognised(self._req)
        self._exchange.client = key.client_name
        try:
            self._exchange.headers |= callers.counted(key, self._budget).headers()
        except TooManyRequests as error:
            self._exchange.headers |= error.allowance.headers()
            raise
        service.permit(key, scope)
        return key

    def _asked(self) -> BaseModel:
        if self._contract.query:
            if parsing.has_old_names(self._req, self._contract.query):
                self._exchange.headers |= OLD_NAMES.headers()
            return parsing.query(self._req, self._contract.query)
        if self._contract.body:
            return parsing.body(self._req, self._contract.body)
        return Nothing()

    def _written(self, call: Call[Any]) -> func.HttpResponse:
        """A write and the note of it are one transaction, unless it goes in steps."""
        if call.idempotency_key is not None:
            request = repeats.repeatable(
                call.caller,
                call.idempotency_key,
                self._contract.name,
                call.path,
                call.asked,
                file=self._req.get_body() if self._contract.file else None,
            )
            return repeats.once(request, self._contract.once, lambda: self._noted(call))
        if self._contract.once == "steps":
            return self._noted(call).response
        with one_transaction():
            return self._noted(call).response

    def _noted(self, call: Call[Any]) -> repeats.Made:
        made = self._handled(call)
        with transaction() as conn:
            self._deed().done(conn, self._key, made.response.status_code)
        return made

    def _handled(self, call: Call[Any]) -> repeats.Made:
        result = self._contract.handler(call)
        if isinstance(result, Start):
            self.wanted = result
            result = result.answer
        if isinstance(result, Written):
            result = func.HttpResponse(
                result.body,
                status_code=result.status or self._contract.status,
                headers=dict(result.headers),
                mimetype=JSON,
            )
        if isinstance(result, func.HttpResponse):
            return repeats.Made(result, result)
        response = json_response(result, self._contract.status)
        kept = result.remembered() if isinstance(result, Answer) else result
        same = kept is result
        return repeats.Made(
            response, response if same else json_response(kept, self._contract.status)
        )

    def _note(self, error: Refusal) -> None:
        """Refused writes, and whoever was not let in; not those who merely ask too often."""
        turned_away = isinstance(error, NotAuthenticated | NotAllowed)
        if isinstance(error, NotAllowed):
            callers.forget(self._req)
        if isinstance(error, TooMany | Unavailable) or not (turned_away or self._writes):
            return
        try:
            with request_transaction() as conn:
                self._deed().refused(conn, self._key, error.status, error.code)
        except Unavailable as unavailable:
            log.warning("refusal not noted", reason=unavailable.message)

    def _deed(self) -> Deed:
        return Deed(
            operation=self._contract.name,
            method=self._req.method,
            path=urlsplit(self._req.url).path,
            address=callers.address(self._req),
            trace_id=self._exchange.trace_id,
        )
