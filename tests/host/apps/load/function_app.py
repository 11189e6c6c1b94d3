"""Orchestrations that are all about numbers."""

from collections.abc import Generator
from typing import Any

import azure.durable_functions as df

app = df.DFApp()


@app.activity_trigger("n")
def step(n: int) -> int:
    return n + 1


@app.orchestration_trigger("context")
def chain(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
    total = 0
    for _ in range((context.get_input() or {})["steps"]):
        total = yield context.call_activity("step", total)
    return total


@app.orchestration_trigger("context")
def chains(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
    given = context.get_input() or {}
    calls = [context.call_sub_orchestrator("chain", given) for _ in range(given["subs"])]
    totals = yield context.task_all(calls)
    return sum(totals)


@app.orchestration_trigger("context")
def wide(context: df.DurableOrchestrationContext) -> Generator[Any, Any, Any]:
    width = (context.get_input() or {})["width"]
    totals = yield context.task_all([context.call_activity("step", n) for n in range(width)])
    return len(totals)
