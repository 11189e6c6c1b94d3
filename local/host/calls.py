"""One way to call a function, whatever triggered it: with its inputs, and its outputs delivered."""

from collections.abc import Mapping
from dataclasses import dataclass

from azure.functions.meta import Datum

from local.host.index import Function
from local.host.servicebus.triggers import Bus
from local.host.worker import Outcome, Worker


@dataclass(frozen=True)
class Calls:
    worker: Worker
    bus: Bus
    durable_client: str

    async def __call__(
        self,
        function: Function | None,
        name: str,
        data: Datum,
        metadata: Mapping[str, Datum] | None = None,
        traceparent: str | None = None,
    ) -> Outcome:
        """Answer how it went; a function that is not there has failed."""
        if function is None:
            return Outcome(error=LookupError(f"The function '{name}' doesn't exist."))
        client = Datum(self.durable_client, "string")
        inputs = {binding["name"]: client for binding in function.bound("durableClient")}
        given = {function.trigger["name"]: data, **inputs}
        outcome = await self.worker.invoke(function, given, metadata or {}, traceparent)
        return await self.bus.deliver(function, outcome)
