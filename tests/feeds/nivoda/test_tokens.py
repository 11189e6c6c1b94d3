"""One login for everybody, early enough, and believed only as long as it says itself."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from shared.feeds.nivoda.tokens import Tokens

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Desk:
    """Hands out tokens, slowly, and knows the time."""

    def __init__(self, *, says: timedelta | None = None) -> None:
        self.now = NOON
        self.logins = 0
        self._says = says

    def login(self) -> str:
        time.sleep(0.02)
        self.logins += 1
        return self._token(self.logins)

    def _token(self, number: int) -> str:
        if self._says is None:
            return f"token-{number}"
        claims = json.dumps({"exp": (self.now + self._says).timestamp(), "n": number}).encode()
        return f"x.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.y"

    def tokens(self) -> Tokens:
        return Tokens(self.login, now=lambda: self.now)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_fifty_who_wait_cause_one_login(desk: Desk) -> None:
    tokens = desk.tokens()

    with ThreadPoolExecutor(50) as pool:
        given = set(pool.map(lambda _: tokens.current(), range(50)))

    assert given == {"token-1"}
    assert desk.logins == 1


def test_fifty_at_the_expiry_cause_one_more_login(desk: Desk) -> None:
    tokens = desk.tokens()
    tokens.current()
    desk.now += timedelta(hours=6)

    with ThreadPoolExecutor(50) as pool:
        given = set(pool.map(lambda _: tokens.current(), range(50)))

    assert given == {"token-2"}
    assert desk.logins == 2


def test_a_token_is_renewed_five_minutes_before_its_six_hours_are_over(desk: Desk) -> None:
    tokens = desk.tokens()
    tokens.current()

    desk.now = NOON + timedelta(hours=5, minutes=54, seconds=59)
    assert tokens.current() == "token-1"
    desk.now = NOON + timedelta(hours=5, minutes=55)
    assert tokens.current() == "token-2"


def test_a_token_that_says_it_ends_earlier_is_believed() -> None:
    desk = Desk(says=timedelta(hours=1))
    tokens = desk.tokens()
    tokens.current()

    desk.now += timedelta(minutes=54, seconds=59)
    tokens.current()
    assert desk.logins == 1
    desk.now += timedelta(seconds=2)
    tokens.current()
    assert desk.logins == 2


def test_a_token_that_claims_more_than_six_hours_is_not_believed() -> None:
    desk = Desk(says=timedelta(days=1))
    tokens = desk.tokens()
    tokens.current()
    desk.now += timedelta(hours=6)

    tokens.current()
    assert desk.logins == 2


def test_a_token_of_a_few_seconds_is_used_for_most_of_them() -> None:
    desk = Desk(says=timedelta(seconds=10))
    tokens = desk.tokens()
    tokens.current()
    desk.now += timedelta(seconds=8)

    tokens.current()
    assert desk.logins == 1


def test_fifty_whose_token_was_refused_cause_one_login(desk: Desk) -> None:
    tokens = desk.tokens()
    refused = tokens.current()

    def after_refusal(_: int) -> str:
        tokens.forget(refused)
        return tokens.current()

    with ThreadPoolExecutor(50) as pool:
        given = set(pool.map(after_refusal, range(50)))

    assert given == {"token-2"}
    assert desk.logins == 2


@pytest.mark.parametrize(
    "value", ["", "plain", "a.b.c", "a.e30.c", "a.bnVsbA.c", "a.eyJleHAiOiAxZTk5OX0.c"]
)
def test_a_token_that_says_nothing_about_itself_lasts_six_hours(value: str) -> None:
    now = NOON
    logins: list[str] = []
    tokens = Tokens(lambda: logins.append(value) or value, now=lambda: now)  # type: ignore[func-returns-value]
    tokens.current()
    now += timedelta(hours=5)

    tokens.current()
    assert len(logins) == 1
