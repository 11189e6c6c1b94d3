"""Every HTTP function of the app, found from its registration, and called whatever it takes."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import azure.functions as func

import function_app
from http_api.contract import Contract, contract_of
from tests.support.http import Answered, answered_by


@dataclass(frozen=True)
class Endpoint:
    name: str
    method: str
    route: str
    handler: Any
    contract: Contract

    def call(
        self,
        *,
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
        route: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Answered:
        asked = f"?{urlencode(params, errors='surrogatepass')}" if params else ""
        request = func.HttpRequest(
            method=self.method,
            url=f"http://localhost/api/{self.route}{asked}",
            params=params or {},
            route_params=route or {},
            headers=headers or {},
            body=body,
        )
        if hasattr(self.handler, "client_function"):
            return answered_by(asyncio.run(self.handler.client_function(request, NoClient())))
        return answered_by(self.handler(request))


class NoClient:
    """Starts nothing."""

    async def start_new(self, *given: Any) -> None:
        """Nothing."""


def endpoints() -> Iterator[Endpoint]:
    for builder in function_app.app._function_builders:
        function = builder._function
        trigger = function.get_trigger().get_dict_repr()  # type: ignore[union-attr]
        contract = contract_of(function.get_user_function())
        if trigger["type"] == "httpTrigger" and contract is not None:
            (method,) = trigger["methods"]
            yield Endpoint(
                name=function.get_user_function().__name__,
                method=str(method),
                route=str(trigger["route"]),
                handler=function.get_user_function(),
                contract=contract,
            )
