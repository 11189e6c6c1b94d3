"""Functions that get and send messages."""

import json
import os
import threading
from pathlib import Path

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
LOCK = threading.Lock()


@app.route("send/{queue}", methods=["POST"])
@app.service_bus_queue_output("out", connection="Bus", queue_name="orders")
def send(req: func.HttpRequest, out: func.Out[str]) -> str:
    out.set(req.get_body().decode())
    return "sent"


@app.service_bus_queue_trigger("message", connection="Bus", queue_name="orders")
@app.service_bus_queue_output("$return", connection="Bus", queue_name="%REPLIES%")
def on_order(message: func.ServiceBusMessage) -> str:
    """Reply to an order; refuse the poisoned ones, every time."""
    text = message.get_body().decode()
    note("order", text, message.delivery_count)
    if text == "poison":
        raise ValueError("no good")
    if text == "once more" and message.delivery_count == 1:
        raise ValueError("try again")
    return f"reply to {text}"


@app.service_bus_queue_trigger("text", connection="Bus", queue_name="%REPLIES%")
def on_reply(text: str) -> None:
    note("reply", text, None)


@app.service_bus_queue_trigger("letter", connection="Bus", queue_name="orders/$deadletterqueue")
def on_dead_letter(letter: func.ServiceBusMessage) -> None:
    note("dead", letter.get_body().decode(), letter.dead_letter_reason)


@app.service_bus_queue_trigger("message", connection="Bus", queue_name="long")
def on_long(message: func.ServiceBusMessage) -> None:
    """Work longer than a lock lasts."""
    threading.Event().wait(float(message.get_body()))
    note("long", message.message_id, message.delivery_count)


def note(kind: str, text: str, detail: object) -> None:
    with LOCK, Path(os.environ["NOTES"]).open("a") as notes:  # noqa: TID251 - the test's setting
        notes.write(json.dumps([kind, text, detail]) + "\n")
