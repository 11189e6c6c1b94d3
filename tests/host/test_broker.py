"""The broker in the host has the semantics of Service Bus."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.host.servicebus.broker import DEAD_LETTERS, Broker, LockLost, Message


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.value = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.value

    def advance(self, seconds: float) -> None:
        self.value += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def broker(time: Time) -> Iterator[Broker]:
    made = Broker(now=time)
    yield made
    made.close()


def one(broker: Broker, queue: str = "q") -> Message:
    [message] = broker.receive(queue)
    return message


def token(message: Message) -> str:
    assert message.lock_token is not None
    return message.lock_token


def test_messages_come_in_order_and_once(broker: Broker) -> None:
    for n in range(3):
        broker.send("q", b"%d" % n)
    assert [m.body for m in broker.receive("q", 2)] == [b"0", b"1"]
    assert [m.body for m in broker.receive("q", 9)] == [b"2"]
    assert broker.receive("q") == []


def test_queues_are_apart(broker: Broker) -> None:
    broker.send("a", b"1")
    assert broker.receive("b") == []


def test_a_completed_message_is_gone(broker: Broker, time: Time) -> None:
    broker.send("q", b"1")
    broker.complete(token(one(broker)))
    time.advance(3600)
    assert broker.receive("q") == []


def test_an_abandoned_message_comes_back_and_is_counted(broker: Broker) -> None:
    broker.send("q", b"1")
    first = one(broker)
    broker.abandon(token(first))
    second = one(broker)
    assert (first.returned, second.returned) == (0, 1)


def test_a_released_message_comes_back_uncounted(broker: Broker) -> None:
    broker.send("q", b"1")
    broker.release(token(one(broker)))
    assert one(broker).returned == 0


def test_an_expired_lock_gives_the_message_to_somebody_else(broker: Broker, time: Time) -> None:
    broker.send("q", b"1")
    first = one(broker)
    time.advance(61)
    for settle in (broker.complete, broker.abandon, broker.defer, broker.renew):
        with pytest.raises(LockLost):
            settle(token(first))
    second = one(broker)
    assert (second.body, second.returned) == (b"1", 1)
    broker.complete(token(second))


def test_a_renewed_lock_holds(broker: Broker, time: Time) -> None:
    broker.send("q", b"1")
    message = one(broker)
    for _ in range(5):
        time.advance(50)
        broker.renew(token(message))
    assert broker.receive("q") == []
    broker.complete(token(message))


def test_a_poison_message_goes_to_the_dead_letters(broker: Broker) -> None:
    broker.send("q", b"poison")
    for _ in range(10):
        broker.abandon(token(one(broker)))
    assert broker.receive("q") == []
    dead = one(broker, "q" + DEAD_LETTERS)
    assert dead.body == b"poison"
    assert dead.properties["DeadLetterReason"] == "MaxDeliveryCountExceeded"


def test_dead_letters_are_not_buried_twice(broker: Broker) -> None:
    broker.send("q", b"1")
    broker.dead_letter(token(one(broker)), "because", "of this")
    for _ in range(20):
        broker.abandon(token(one(broker, "q" + DEAD_LETTERS)))
    dead = one(broker, "q" + DEAD_LETTERS)
    assert dead.properties["DeadLetterReason"] == "because"
    assert dead.properties["DeadLetterErrorDescription"] == "of this"


def test_a_duplicate_within_the_window_is_dropped(broker: Broker, time: Time) -> None:
    assert broker.send("q", b"1", "id") is not None
    assert broker.send("q", b"1", "id") is None
    assert broker.send("other", b"1", "id") is not None
    time.advance(601)
    assert broker.send("q", b"1", "id") is not None
    assert len(broker.receive("q", 9)) == 2


def test_a_scheduled_message_waits_for_its_time(broker: Broker, time: Time) -> None:
    due = time().timestamp() + 100
    broker.send("q", b"later", visible_at=due)
    assert broker.receive("q") == []
    assert broker.next_change("q") == due
    time.advance(100)
    message = one(broker)
    assert (message.body, message.enqueued_at) == (b"later", due)


def test_a_scheduled_message_can_be_cancelled(broker: Broker, time: Time) -> None:
    sequence = broker.send("q", b"never", visible_at=time().timestamp() + 100)
    assert sequence is not None
    broker.cancel_scheduled([sequence])
    time.advance(200)
    assert broker.receive("q") == []


def test_a_deferred_message_is_received_by_number_only(broker: Broker) -> None:
    sequence = broker.send("q", b"1")
    assert sequence is not None
    broker.defer(token(one(broker)))
    assert broker.receive("q") == []
    [message] = broker.receive_deferred("q", [sequence])
    broker.complete(token(message))
    assert broker.receive_deferred("q", [sequence]) == []


def test_peeking_locks_nothing(broker: Broker) -> None:
    broker.send("q", b"1")
    broker.send("q", b"2")
    assert [m.body for m in broker.peek("q", 0, 9)] == [b"1", b"2"]
    assert [m.body for m in broker.peek("q", 2, 9)] == [b"2"]
    assert len(broker.receive("q", 9)) == 2


def test_whoever_waits_is_told(broker: Broker) -> None:
    told: list[str] = []
    broker.arrived.append(told.append)
    broker.send("q", b"1")
    broker.abandon(token(one(broker)))
    broker.dead_letter(token(one(broker)))
    assert told == ["q", "q", "q" + DEAD_LETTERS]
