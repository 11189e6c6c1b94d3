"""Index function_app.py with Microsoft's own worker and print what it found, as JSON.

Runs in a Python of its own, with requirements.txt and azure-functions-runtime: see test_worker.py.
"""

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from azure_functions_runtime import handle_event

APP = Path(__file__).parents[2]


class Message(SimpleNamespace):
    """Stands in for a gRPC message: keeps what it is made of."""

    Success = "Success"
    Failure = "Failure"
    # Of BindingInfo, with the numbers of FunctionRpc.proto.
    out = 1
    inout = 2
    undefined = 0

    def __call__(self, **fields: Any) -> "Message":
        return Message(**fields)

    def __getattr__(self, name: str) -> "Message":
        return Message()


def request(**fields: Any) -> Any:
    return SimpleNamespace(
        request=SimpleNamespace(**fields), properties={"host": "127.0.0.1", "protos": Message()}
    )


async def indexed() -> list[Any]:
    init = SimpleNamespace(capabilities={}, function_app_directory=str(APP))
    answer = await handle_event.worker_init_request(request(worker_init_request=init))
    if answer.result.status != Message.Success:
        sys.exit(f"the worker refuses the app: {answer.result.exception.message}")
    listed = await handle_event.functions_metadata_request(request())
    return list(listed.function_metadata_results)


def described(function: Any) -> dict[str, Any]:
    raw = [json.loads(binding) for binding in function.raw_bindings]
    (trigger,) = [binding for binding in raw if binding["type"].lower().endswith("trigger")]
    return {"name": function.name, "trigger": trigger}


if __name__ == "__main__":
    print(json.dumps([described(function) for function in asyncio.run(indexed())]))  # noqa: T201
