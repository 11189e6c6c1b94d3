"""HTTP triggers get requests, and answer them, as on Azure."""

import threading
import time

import httpx
import pytest

from tests.support.host import RunningHost


def test_a_function_sees_the_whole_request(web: RunningHost) -> None:
    answer = web.client.post(
        "/api/echo?a=1&a=2&empty=&b=x%20y",
        content=b"\x00\xff",
        headers=[("X-Twice", "1"), ("X-Twice", "2"), ("Cookie", "c=d")],
    )

    seen = answer.json()
    assert seen["method"] == "POST"
    assert seen["url"] == f"{web.url}/api/echo?a=1&a=2&empty=&b=x%20y"
    assert seen["params"] == {"a": "1,2", "b": "x y"}  # empty ones are dropped, as on Azure
    assert seen["headers"]["x-twice"] == "1,2"
    assert seen["headers"]["cookie"] == "c=d"
    assert seen["body"] == "00ff"


def test_a_body_without_length_arrives_empty(web: RunningHost) -> None:
    answer = web.client.post("/api/echo", content=iter([b"chunk"]))
    assert answer.json()["body"] == ""


@pytest.mark.parametrize(
    ("path", "function", "route"),
    [
        ("echo/known", "known", None),
        ("ECHO/Known", "known", None),
        ("echo/other", "word", {"word": "other"}),
        ("echo/a%20b%2Fc", "word", {"word": "a b/c"}),
        ("echo/7", "number", {"number": "7"}),
        ("echo/7/x", "number", {"number": "7", "part": "x"}),
    ],
)
def test_the_most_specific_route_wins(
    web: RunningHost, path: str, function: str, route: dict[str, str] | None
) -> None:
    answer = web.client.get(f"/api/{path}")

    name, _, seen = answer.text.partition(" ")
    assert name == function
    if route is not None:
        assert httpx.Response(200, text=seen).json()["route"] == route


def test_a_catch_all_takes_slashes(web: RunningHost) -> None:
    assert web.client.get("/api/files/a/b.txt").json()["route"] == {"path": "a/b.txt"}
    assert web.client.get("/api/files").json()["route"] in ({}, {"path": ""})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/absent"),
        ("GET", "/echo"),
        ("GET", "/api/echo/x/y"),
        ("GET", "/api/switched-off"),
        ("GET", "/"),
    ],
)
def test_what_no_function_serves_is_not_found(web: RunningHost, method: str, path: str) -> None:
    assert web.client.request(method, path).status_code == 404


def test_another_method_falls_to_another_route(web: RunningHost) -> None:
    assert web.client.post("/api/echo/known").text.startswith("word")


def test_an_answer_keeps_status_bytes_headers_and_cookies(web: RunningHost) -> None:
    answer = web.client.get("/api/cookies")

    assert (answer.status_code, answer.content) == (201, b"\x00\xff")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-own"] == "yes"
    assert answer.headers.get_list("set-cookie") == ["a=1; HttpOnly; Path=/", "b=2; Max-Age=60"]


def test_text_is_plain_and_nothing_is_no_content(web: RunningHost) -> None:
    text, nothing = web.client.get("/api/echo/known"), web.client.get("/api/nothing")

    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert (nothing.status_code, nothing.content) == (204, b"")


def test_an_exception_is_an_empty_500_and_a_line_in_the_log(web: RunningHost) -> None:
    answer = web.client.get("/api/crash")

    assert (answer.status_code, answer.content) == (500, b"")
    assert "failed function=crash invocation=" in web.log()
    assert 'error="RuntimeError: on purpose"' in web.log()


def test_a_function_may_not_exceed_the_function_timeout(web: RunningHost) -> None:
    assert web.client.get("/api/too-long").status_code == 500
    assert "Timeout value of 1 s was exceeded by function too_long" in web.log()


def test_the_context_and_the_log_name_the_invocation(web: RunningHost) -> None:
    name, invocation_id, folder = web.client.get("/api/context").text.split()

    assert (name, folder) == ("with_context", "web")
    line = f"shop: looked at the context function=with_context invocation={invocation_id}"
    assert line in web.log()


def test_an_async_function_that_blocks_does_not_stop_the_host(web: RunningHost) -> None:
    blocking = threading.Thread(target=httpx.get, args=[f"{web.url}/api/block/0.8"])
    blocking.start()
    time.sleep(0.2)

    began = time.monotonic()
    assert web.client.get("/api/echo/known").text == "known"
    assert time.monotonic() - began < 0.4
    blocking.join()
