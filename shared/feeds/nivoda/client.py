"""GraphQL over HTTP to Nivoda: at the shared pace, with a token, patiently where that is safe."""

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

import httpx

from shared.feeds.model import FeedRejected, FeedShapeChanged, FeedUnreachable, OutcomeUnknown
from shared.feeds.nivoda.answers import (
    PARTNER,
    Answer,
    RequestDeclined,
    Throttled,
    TokenRefused,
    answer_of,
)
from shared.feeds.nivoda.operations import Operation, document
from shared.feeds.nivoda.tokens import Tokens
from shared.feeds.rate_limit import LONGEST_WAIT_SECONDS, Pace, SharedPace, Unpaced
from shared.platform.errors import NotFound
from shared.platform.http import patiently, translated
from shared.platform.setting_groups import Nivoda

PROVIDER = "nivoda"
ATTEMPTS = 4
LONGEST_PAUSE_SECONDS = 20
PROXY_SPARE_SECONDS = 5
PROXY_KEY_HEADER = "X-Internal-Token"

Variables = dict[str, Any]
Send = Callable[[Operation, Variables], Answer]


class NivodaNotConfigured(NotFound):
    def __init__(self, missing: list[str]) -> None:
        super().__init__(
            "The nivoda feeds cannot be used: no account is configured.",
            hint=f"Set {', '.join(missing)}.",
        )


class NotSent(FeedUnreachable):
    """There was nobody to send it to: nothing was done."""


class Client:
    """Safe to share between threads; kept for the life of the process."""

    def __init__(self, config: Nivoda, pace: Pace) -> None:
        self._url, self._http = _connection(config)
        self._config = config
        self._pace = pace
        self._tokens = Tokens(self._login)

    def ask(self, operation: Operation, variables: Variables) -> Answer:
        """Read something, trying again what another try can cure."""
        trying = patiently(attempts=ATTEMPTS, longest_wait=LONGEST_PAUSE_SECONDS)
        return trying(self._with_token, self._send, operation, variables)

    def tell(self, operation: Operation, variables: Variables) -> Answer:
        """Change something, once; raises OutcomeUnknown unless it is certain what became of it."""
        return self._with_token(self._send_for_good, operation, variables)

    def close(self) -> None:
        self._http.close()

    def _with_token(self, send: Send, operation: Operation, variables: Variables) -> Answer:
        """A refused token means that nothing was done: log in once more and say it again."""
        token = self._session_token()
        try:
            return send(operation, {**variables, "token": token})
        except TokenRefused:
            self._tokens.forget(token)
        return send(operation, {**variables, "token": self._session_token()})

    def _session_token(self) -> str:
        """Without one nothing was told yet, whatever the reason."""
        try:
            return self._tokens.current()
        except FeedUnreachable as error:
            raise NotSent(f"no login: {error}", retry_after=error.retry_after) from error

    def _login(self) -> str:
        password = self._config.password
        credentials = {
            "username": self._config.username,
            "password": password.get_secret_value() if password else None,
        }
        try:
            answer = self._send("login", credentials)
        except (TokenRefused, RequestDeclined) as error:
            raise FeedRejected(f"{PARTNER} does not accept the account: {error}") from error
        try:
            return str(answer.data["authenticate"]["username_and_password"]["token"])
        except (KeyError, TypeError) as error:
            raise FeedShapeChanged(f"{PARTNER} answered a login without a token") from error

    def _send(self, operation: Operation, variables: Variables) -> Answer:
        with self._pace.turn():
            return self._exchange(operation, variables)

    def _send_for_good(self, operation: Operation, variables: Variables) -> Answer:
        with self._pace.turn():
            try:
                return self._exchange(operation, variables)
            except (NotSent, Throttled):
                raise
            except (FeedUnreachable, FeedShapeChanged) as error:
                raise OutcomeUnknown(f"{operation} at {PARTNER}: {error}") from error

    def _exchange(self, operation: Operation, variables: Variables) -> Answer:
        body = {"query": document(operation), "variables": variables}
        try:
            with translated(PARTNER, transient=FeedUnreachable, terminal=FeedRejected):
                return answer_of(self._post(body))
        except Throttled as error:
            self._pace.slow_down(error.retry_after)
            raise

    def _post(self, body: Variables) -> httpx.Response:
        try:
            return self._http.post(self._url, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotSent(f"{PARTNER} is not reachable: {error}") from error


def client(config: Nivoda) -> Client:
    """The client of these settings: one session and one set of connections for the process."""
    if config.missing:
        raise NivodaNotConfigured(config.missing)
    with _one_at_a_time:
        return _client(config)


@cache
def _client(config: Nivoda) -> Client:
    return Client(config, _pace(config))


_one_at_a_time = Lock()


def _pace(config: Nivoda) -> Pace:
    if config.proxy_base_url:
        return Unpaced()
    return SharedPace(PROVIDER, config.requests_per_second)


def _connection(config: Nivoda) -> tuple[str, httpx.Client]:
    """To the supplier, or to the proxy, which needs time to wait for its turn besides."""
    if config.proxy_base_url and config.proxy_token:
        key = config.proxy_token.get_secret_value()
        patience = config.timeout_seconds + LONGEST_WAIT_SECONDS + PROXY_SPARE_SECONDS
        url = f"{config.proxy_base_url.rstrip('/')}/graphql"
        return url, httpx.Client(headers={PROXY_KEY_HEADER: key}, timeout=patience)
    return config.endpoint or "", httpx.Client(timeout=config.timeout_seconds)
