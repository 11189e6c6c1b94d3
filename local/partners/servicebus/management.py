"""Requests to `$cbs` and to an entity's `$management`, each answered by one reply."""

import uuid
from typing import Any

from proton import UNDESCRIBED, Array, Data, symbol
from proton import Message as AmqpMessage

from local.host.servicebus.broker import Broker, LockLost
from local.partners.servicebus.wire import decode, milliseconds, outgoing, scheduled_at

OK, NO_CONTENT, GONE, NOT_IMPLEMENTED = 200, 204, 410, 501
LOCK_LOST = symbol("com.microsoft:message-lock-lost")
VENDOR = "com.microsoft:"
DISPOSITIONS = {"completed", "abandoned", "defered", "suspended"}


class Management:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def put_token(self, request: Any) -> AmqpMessage:
        """Let everybody in: this namespace is on this machine only."""
        return reply(request, {"status-code": OK, "status-description": "OK"}, None)

    def answer(self, queue: str, request: Any) -> AmqpMessage:
        operation = str(request.properties["operation"]).removeprefix(VENDOR)
        given = {str(key): value for key, value in (request.body or {}).items()}
        try:
            status, body = self._perform(queue, operation, given)
        except LockLost:
            return failure(request, GONE, "The lock has expired.", LOCK_LOST)
        if status == NOT_IMPLEMENTED:
            condition = symbol("amqp:not-implemented")
            return failure(request, status, f"No {operation} here.", condition)
        return reply(request, {"statusCode": status, "statusDescription": "OK"}, body)

    def _perform(  # noqa: PLR0911 - one return per operation
        self, queue: str, operation: str, given: dict[str, Any]
    ) -> tuple[int, Any]:
        match operation:
            case "peek-message":
                first, limit = given["from-sequence-number"], given["message-count"]
                return found(
                    [{"message": outgoing(m)} for m in self._broker.peek(queue, first, limit)]
                )
            case "renew-lock":
                until = [self._broker.renew(str(token)) for token in given["lock-tokens"]]
                return OK, {"expirations": array(Data.TIMESTAMP, map(milliseconds, until))}
            case "schedule-message":
                numbers = [self._schedule(queue, bytes(m["message"])) for m in given["messages"]]
                return OK, {"sequence-numbers": array(Data.LONG, numbers)}
            case "cancel-scheduled-message":
                self._broker.cancel_scheduled([int(n) for n in given["sequence-numbers"]])
                return OK, {}
            case "receive-by-sequence-number":
                return found(self._deferred(queue, [int(n) for n in given["sequence-numbers"]]))
            case "update-disposition":
                for token in given["lock-tokens"]:
                    self._settle(str(token), given)
                return OK, {}
        return NOT_IMPLEMENTED, None

    def _schedule(self, queue: str, raw: bytes) -> int:
        message = decode(raw)
        identity = None if message.id is None else str(message.id)
        number = self._broker.send(queue, raw, identity, visible_at=scheduled_at(message))
        return number or 0

    def _deferred(self, queue: str, sequences: list[int]) -> list[dict[str, Any]]:
        return [
            {"lock-token": uuid.UUID(message.lock_token), "message": outgoing(message)}
            for message in self._broker.receive_deferred(queue, sequences)
        ]

    def _settle(self, token: str, given: dict[str, Any]) -> None:
        match given["disposition-status"]:
            case "completed":
                self._broker.complete(token)
            case "abandoned":
                self._broker.abandon(token)
            case "defered":  # the service's own spelling
                self._broker.defer(token)
            case "suspended":
                reason = str(given.get("deadletter-reason", ""))
                self._broker.dead_letter(
                    token, reason, str(given.get("deadletter-description", ""))
                )


def found(messages: list[dict[str, Any]]) -> tuple[int, Any]:
    return (OK, {"messages": messages}) if messages else (NO_CONTENT, None)


def array(kind: Any, values: Any) -> Array:
    return Array(UNDESCRIBED, kind, *values)  # type: ignore[arg-type] # typed for bare values


def failure(request: Any, status: int, text: str, condition: symbol) -> AmqpMessage:
    fields = {"statusCode": status, "statusDescription": text, "errorCondition": condition}
    return reply(request, fields, None)


def reply(request: Any, properties: dict[str, Any], body: Any) -> AmqpMessage:
    return AmqpMessage(body=body, properties=properties, correlation_id=request.id)
