"""Who may call what: keys come as `x-functions-key` or `?code=`."""

import hmac
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from local.host.config import Keys

Endpoint = Callable[[Request], Awaitable[Response]]


class Gate:
    def __init__(self, keys: Keys, *, open_to_all: bool) -> None:
        self._keys = keys
        self._open = open_to_all

    def admits(self, request: Request, level: str) -> bool:
        accepted = {
            "anonymous": None,
            "function": (self._keys.function, self._keys.master),
            "system": (self._keys.system, self._keys.master),
            "admin": (self._keys.master,),
        }[level]
        if self._open or accepted is None:
            return True
        given = request.headers.get("x-functions-key") or request.query_params.get("code", "")
        return any(hmac.compare_digest(given.encode(), key.encode()) for key in accepted)

    def protected(self, level: str) -> Callable[[Endpoint], Endpoint]:
        def protect(endpoint: Endpoint) -> Endpoint:
            async def call(request: Request) -> Response:
                if not self.admits(request, level):
                    return Response(status_code=401)
                return await endpoint(request)

            return call

        return protect
