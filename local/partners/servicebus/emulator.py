"""The AMQP side: links are queues, deliveries are locked messages, outcomes settle them."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from proton import Condition, Delivery, Handler
from proton import Link as AmqpLink
from proton import Message as AmqpMessage
from proton.reactor import Container

from local.host.servicebus.broker import Broker, LockLost
from local.partners.servicebus.management import LOCK_LOST, Management
from local.partners.servicebus.wire import (
    decode,
    entity,
    outgoing,
    scheduled_at,
    split_batch,
    tag_of,
    token_of,
)

Event = Any  # proton types every part of an event as optional
Link = Any

CREDIT = 500
LARGEST_MESSAGE = 1024 * 1024
LOOK_AGAIN = 0.1  # seconds, for schedules and expired locks
CBS, MANAGEMENT = "$cbs", "/$management"


class Emulator(Handler):
    def __init__(self, broker: Broker, address: str, ready: Callable[[], None]) -> None:
        super().__init__()
        self._broker = broker
        self._management = Management(broker)
        self._address = address
        self._ready = ready
        self._outgoing: list[Link] = []

    def on_reactor_init(self, event: Event) -> None:
        event.container.listen(self._address)
        event.container.schedule(LOOK_AGAIN, self)
        self._ready()

    def on_timer_task(self, event: Event) -> None:
        self._pump()
        event.container.schedule(LOOK_AGAIN, self)

    def on_connection_remote_open(self, event: Event) -> None:
        event.connection.open()

    def on_session_remote_open(self, event: Event) -> None:
        event.session.open()

    def on_link_remote_open(self, event: Event) -> None:
        """Mirror the client's end, settlement modes included."""
        link = event.link
        link.source.copy(link.remote_source)
        link.target.copy(link.remote_target)
        link.snd_settle_mode = link.remote_snd_settle_mode
        link.rcv_settle_mode = link.remote_rcv_settle_mode
        link.max_message_size = LARGEST_MESSAGE
        link.open()
        if link.is_sender:
            self._outgoing.append(link)
        else:
            link.flow(CREDIT)

    def on_link_remote_close(self, event: Event) -> None:
        self._forget(event.link)
        event.link.close()

    def on_link_remote_detach(self, event: Event) -> None:
        self._forget(event.link)
        event.link.detach()

    def on_connection_remote_close(self, event: Event) -> None:
        event.connection.close()

    def on_transport_closed(self, event: Event) -> None:
        self._outgoing = [x for x in self._outgoing if x.connection != event.connection]

    def on_link_flow(self, event: Event) -> None:
        if event.link.is_sender:
            self._pump()
            if event.link.drain_mode:
                event.link.drained()

    def on_delivery(self, event: Event) -> None:
        delivery = event.delivery
        if delivery.link.is_sender:
            self._settled(delivery)
        elif delivery.readable and not delivery.partial:
            raw = delivery.link.recv(delivery.pending)
            delivery.link.advance()
            self._arrived(delivery.link, raw)
            delivery.update(Delivery.ACCEPTED)
            delivery.settle()
            delivery.link.flow(1)
            self._pump()

    def _arrived(self, link: Link, raw: bytes) -> None:
        address = entity(link.remote_target.address)
        if address == CBS:
            self._answer(link, self._management.put_token(decode(raw)))
        elif address.endswith(MANAGEMENT):
            queue = address.removesuffix(MANAGEMENT)
            self._answer(link, self._management.answer(queue, decode(raw)))
        else:
            for part in split_batch(raw):
                message = decode(part)
                identity = None if message.id is None else str(message.id)
                self._broker.send(address, part, identity, visible_at=scheduled_at(message))

    def _answer(self, request_link: Link, answer: AmqpMessage) -> None:
        """Reply on the link that the client has opened from the same node."""
        node = entity(request_link.remote_target.address)
        for link in self._outgoing:
            same = link.session == request_link.session
            if same and entity(link.remote_source.address) == node:
                link.send(answer)

    def _pump(self) -> None:
        for link in self._outgoing:
            queue = entity(link.remote_source.address)
            if queue != CBS and not queue.endswith(MANAGEMENT):
                self._deliver(link, queue)

    def _deliver(self, link: Link, queue: str) -> None:
        while link.credit > 0 and (found := self._broker.receive(queue)):
            token = found[0].lock_token or ""
            delivery = link.delivery(tag_of(token))
            link.stream(outgoing(found[0]))
            link.advance()
            if link.remote_snd_settle_mode == AmqpLink.SND_SETTLED:
                delivery.settle()
                self._broker.complete(token)

    def _settled(self, delivery: Any) -> None:
        if not delivery.updated or not delivery.remote_state:
            return
        token, outcome = token_of(delivery.tag), delivery.remote_state
        try:
            self._settle(token, outcome, delivery)
            delivery.update(outcome)
        except LockLost:
            delivery.local.condition = Condition(LOCK_LOST, "The lock has expired.")
            delivery.update(Delivery.REJECTED)
        delivery.settle()
        self._pump()

    def _settle(self, token: str, outcome: int, delivery: Any) -> None:
        if outcome == Delivery.ACCEPTED:
            self._broker.complete(token)
        elif outcome == Delivery.RELEASED:
            self._broker.release(token)
        elif outcome == Delivery.MODIFIED and delivery.remote.undeliverable:
            self._broker.defer(token)
        elif outcome == Delivery.MODIFIED:
            self._broker.abandon(token)
        elif outcome == Delivery.REJECTED:
            info = reasons(delivery)
            reason, text = (info.get(f"DeadLetter{k}", "") for k in ("Reason", "ErrorDescription"))
            self._broker.dead_letter(token, reason, text)

    def _forget(self, link: Link) -> None:
        self._outgoing = [other for other in self._outgoing if other != link]


def reasons(delivery: Any) -> dict[str, str]:
    condition = delivery.remote.condition
    info = (condition.info if condition else None) or {}
    return {str(key): str(value) for key, value in info.items()}


def serve(broker: Broker, host: str, port: int, ready: Callable[[], None]) -> None:
    """Serve until interrupted."""
    container = Container(Emulator(broker, f"{host}:{port}", ready))
    container.container_id = "local-service-bus"
    with suppress(KeyboardInterrupt):
        container.run()
