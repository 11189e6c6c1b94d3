"""HTTP and timer functions that show what reaches them."""

import asyncio
import json
import logging
import os
import time
from pathlib import Path

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
OPEN = func.AuthLevel.ANONYMOUS


def seen(req: func.HttpRequest) -> str:
    """Everything of a request that a function can see."""
    return json.dumps(
        {
            "method": req.method,
            "url": req.url,
            "params": dict(req.params),
            "route": dict(req.route_params),
            "headers": dict(req.headers),
            "body": req.get_body().hex(),
        }
    )


@app.route("echo", auth_level=OPEN)
def echo(req: func.HttpRequest) -> str:
    return seen(req)


@app.route("echo/{word}", auth_level=OPEN)
def echo_word(req: func.HttpRequest) -> str:
    return "word " + seen(req)


@app.route("echo/{number:int}/{part?}", auth_level=OPEN)
def echo_number(req: func.HttpRequest) -> str:
    return "number " + seen(req)


@app.route("echo/known", auth_level=OPEN, methods=["GET"])
def echo_known(req: func.HttpRequest) -> str:
    return "known"


@app.route("files/{*path}", auth_level=OPEN)
def files(req: func.HttpRequest) -> str:
    return seen(req)


@app.route("cookies", auth_level=OPEN)
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    answer = func.HttpResponse(b"\x00\xff", mimetype="application/octet-stream", status_code=201)
    answer.headers.add("Set-Cookie", "a=1; Path=/; HttpOnly")
    answer.headers.add("Set-Cookie", "b=2; Max-Age=60")
    answer.headers["X-Own"] = "yes"
    return answer


@app.route("nothing", auth_level=OPEN)
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None  # type: ignore[return-value] # what a forgetful function does


@app.route("crash", auth_level=OPEN)
def crash(req: func.HttpRequest) -> str:
    raise RuntimeError("on purpose")


@app.route("too-long", auth_level=OPEN)
async def too_long(req: func.HttpRequest) -> str:
    await asyncio.sleep(30)
    return "never"


@app.route("context", auth_level=OPEN)
def with_context(req: func.HttpRequest, context: func.Context) -> str:
    logging.getLogger("shop").warning("looked at the\ncontext")
    return (
        f"{context.function_name} {context.invocation_id} {Path(context.function_directory).name}"
    )


@app.route("block/{seconds}", auth_level=OPEN)
async def block_the_loop(req: func.HttpRequest) -> str:
    time.sleep(float(req.route_params["seconds"]))  # noqa: ASYNC251 - the mistake under test
    return "blocked"


@app.route("with-key")
def with_key(req: func.HttpRequest) -> str:
    return "function"


@app.route("with-master", auth_level=func.AuthLevel.ADMIN)
def with_master(req: func.HttpRequest) -> str:
    return "admin"


@app.route("switched-off", auth_level=OPEN)
def switched_off(req: func.HttpRequest) -> str:
    return "never"


@app.timer_trigger("timer", "%NIGHTLY%")
def nightly(timer: func.TimerRequest) -> None:
    note(timer)


@app.timer_trigger("timer", "00:00:30", run_on_startup=True)
def often(timer: func.TimerRequest) -> None:
    note(timer)


def note(timer: func.TimerRequest) -> None:
    """Write down what the timer was told."""
    told = {"past_due": timer.past_due, "status": timer.schedule_status}  # type: ignore[attr-defined] # missing in the SDK's interface
    with Path(os.environ["NOTES"]).open("a") as notes:  # noqa: TID251 - the test's setting
        notes.write(json.dumps(told) + "\n")
