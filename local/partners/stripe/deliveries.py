"""Events on their way to the webhook endpoints: signed, repeated until taken, in no order."""

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import orjson

from local.partners.stripe.faults import Knobs
from local.partners.stripe.store import Delivery, Json, Store

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
LONGEST_WAIT_SECONDS = 60
LOOKS_EVERY_SECONDS = 0.5
AT_ONCE = 8


class Deliveries:
    """Works in a thread of its own between `start` and `stop`."""

    def __init__(self, store: Store, knobs: Callable[[], Knobs], hear: Callable[[], bool]) -> None:
        self._store = store
        self._knobs = knobs
        self._hear = hear
        self._under_way: set[int] = set()
        self._woken = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="deliveries", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._ending.set()
        self.wake()
        self._thread.join()

    def _work(self) -> None:
        with httpx.Client(timeout=TIMEOUT_SECONDS) as http, ThreadPoolExecutor(AT_ONCE) as pool:
            while not self._ending.is_set():
                self._woken.wait(LOOKS_EVERY_SECONDS)
                self._woken.clear()
                for delivery in self._waiting():
                    self._under_way.add(delivery.id)
                    pool.submit(self._attempt, http, delivery)

    def _waiting(self) -> list[Delivery]:
        knobs = self._knobs()
        if knobs.paused:
            return []
        under_way = set(self._under_way)  # before asking, or one that ends meanwhile goes again
        due = self._store.open_deliveries(time.time())
        found = [delivery for delivery in due if delivery.id not in under_way]
        return found[::-1] if knobs.newest_first else found

    def _attempt(self, http: httpx.Client, delivery: Delivery) -> None:
        try:
            self._deliver(http, delivery)
        finally:
            self._under_way.discard(delivery.id)

    def _deliver(self, http: httpx.Client, delivery: Delivery) -> None:
        event, endpoint = self._store.find(delivery.event), self._store.find(delivery.endpoint)
        if event is None or endpoint is None:
            return self._store.attempted(delivery, None, None)
        knobs = self._knobs()
        answers = [self._post(http, event, endpoint) for _ in range(knobs.copies)]
        status = answers[0]
        taken = status is not None and httpx.codes.is_success(status)
        gives_up = taken or delivery.attempts + 1 >= knobs.attempts
        pause = min(knobs.retry_seconds * 2**delivery.attempts, LONGEST_WAIT_SECONDS)
        return self._store.attempted(delivery, status, None if gives_up else time.time() + pause)

    def _post(self, http: httpx.Client, event: Json, endpoint: Json) -> int | None:
        if not self._hear():
            return None
        try:
            return send(http, event, endpoint["url"], endpoint["_secret"])
        except httpx.HTTPError as error:
            log.info("%s did not reach %s: %s", event["type"], endpoint["url"], error)
            return None


def send(http: httpx.Client, event: Json, url: str, secret: str) -> int:
    body = orjson.dumps(event, option=orjson.OPT_INDENT_2)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(body, secret, int(time.time())),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return http.post(url, content=body, headers=headers).status_code


def signature(body: bytes, secret: str, at: int) -> str:
    signed = f"{at}.".encode() + body
    return f"t={at},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
