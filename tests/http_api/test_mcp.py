"""The Model Context Protocol as agents speak it: one JSON-RPC message, one answer."""

from typing import Any
from uuid import UUID

import pytest

from http_api.mcp import ask_mcp, end_mcp_session, open_mcp_stream
from shared.access import service
from shared.access.model import Scope
from shared.platform import db
from tests.support.http import Answered, call
from tests.support.offers import put_many_on_sale, put_on_sale


@pytest.fixture
def key(app_database: str) -> dict[str, str]:
    with db.transaction() as conn:
        issued = service.issue(conn, client_name="an agent", scopes=[Scope.DIAMONDS_READ])
    return {"X-API-Key": issued.secret, "Accept": "application/json, text/event-stream"}


@pytest.fixture
def diamond(key: dict[str, str]) -> UUID:
    with db.transaction() as conn:
        put_many_on_sale(conn, 60)
        return put_on_sale(conn)


def sent(key: dict[str, str], method: str, params: Any = None, **message: Any) -> Answered:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, **message}
    return call(ask_mcp, "POST", headers=key, body=body | ({"params": params} if params else {}))


def result(key: dict[str, str], method: str, params: Any = None) -> dict[str, Any]:
    answered = sent(key, method, params)
    assert answered.status == 200
    assert {"jsonrpc": "2.0", "id": 1}.items() <= answered.body.items()
    told: dict[str, Any] = answered.body["result"]
    return told


def used(key: dict[str, str], name: str, **arguments: Any) -> dict[str, Any]:
    return result(key, "tools/call", {"name": name, "arguments": arguments})


def told(key: dict[str, str], name: str, **arguments: Any) -> dict[str, Any]:
    answered = used(key, name, **arguments)
    assert answered["isError"] is False, answered
    content: dict[str, Any] = answered["structuredContent"]
    return content


def test_an_agent_introduces_itself_and_is_answered(key: dict[str, str]) -> None:
    params = {
        "protocolVersion": "2025-03-26",
        "capabilities": {},
        "clientInfo": {"name": "an agent", "version": "1"},
    }
    introduced = result(key, "initialize", params)

    assert introduced["protocolVersion"] == "2025-03-26"
    assert introduced["capabilities"] == {"tools": {"listChanged": False}}
    assert introduced["serverInfo"]["name"] == "diamond-opus"

    unknown = result(key, "initialize", params | {"protocolVersion": "1999-01-01"})
    assert unknown["protocolVersion"] == "2025-06-18"

    ready = call(
        ask_mcp,
        "POST",
        headers=key,
        body={"jsonrpc": "2.0", "method": "notifications/initialized"},
    )
    assert (ready.status, ready.raw) == (202, b"")
    assert result(key, "ping") == {}


def test_the_tools_are_told_with_their_schemas(key: dict[str, str]) -> None:
    tools = {tool["name"]: tool for tool in result(key, "tools/list")["tools"]}

    assert list(tools) == ["search_diamonds", "get_diamond", "compare_diamonds", "explain_diamond"]
    for tool in tools.values():
        assert tool["inputSchema"]["type"] == "object"
        assert tool["annotations"]["readOnlyHint"] is True
    search = tools["search_diamonds"]["inputSchema"]["properties"]
    assert {"shape", "carat_min", "price_max", "cursor"} <= search.keys()
    assert tools["get_diamond"]["inputSchema"]["required"] == ["id"]


def test_stones_are_searched_and_paged(key: dict[str, str], diamond: UUID) -> None:
    asked = {"shape": ["round", "oval"], "price_max": 9000, "lab_grown": False, "limit": 5}
    first = told(key, "search_diamonds", **asked)
    following = first["pagination"]["nextCursor"]
    second = told(key, "search_diamonds", **asked, cursor=following)

    ids = [stone["id"] for stone in first["data"] + second["data"]]
    assert len(set(ids)) == 10
    assert told(key, "search_diamonds")["pagination"]["limit"] == 10
    assert told(key, "search_diamonds", limit=1000)["pagination"]["limit"] == 50


def test_a_stone_is_got_compared_and_explained(key: dict[str, str], diamond: UUID) -> None:
    with db.transaction() as conn:
        other = put_on_sale(conn, price="6000", color="E")

    assert told(key, "get_diamond", id=str(diamond))["data"]["id"] == str(diamond)
    comparison = told(key, "compare_diamonds", ids=[str(diamond), str(other)])["data"]
    assert "color" in {difference["field"] for difference in comparison["differences"]}
    explained = told(key, "explain_diamond", id=str(diamond))
    assert explained["dealScore"]["peers"] >= 0
    assert [step["price"] for step in explained["priceHistory"]] == [5000.0]
    assert explained["alternatives"]


def test_the_text_says_the_same_as_the_structure(key: dict[str, str], diamond: UUID) -> None:
    answered = used(key, "get_diamond", id=str(diamond))

    assert answered["content"][0]["type"] == "text"
    assert str(diamond) in answered["content"][0]["text"]


def test_no_tool_shows_cost_markup_or_supplier(key: dict[str, str], diamond: UUID) -> None:
    for name in ("get_diamond", "explain_diamond"):
        raw = str(used(key, name, id=str(diamond)))
        for word in ("cost", "markup", "supplier", "Secret Supplies", "feed", "4000.0"):
            assert word not in raw


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("get_diamond", {"id": str(UUID(int=7))}, "not found"),
        ("get_diamond", {"id": "1 OR 1=1"}, "id: "),
        ("get_diamond", {}, "id: "),
        ("search_diamonds", {"colour": "D"}, "colour: unknown"),
        ("search_diamonds", {"price_min": 5, "price_max": 1}, "greater than"),
        ("search_diamonds", {"cursor": "nonsense"}, "cursor"),
        ("compare_diamonds", {"ids": ["x"]}, "ids"),
    ],
)
def test_what_a_tool_refuses_is_told_to_the_agent(
    key: dict[str, str], name: str, arguments: dict[str, Any], said: str
) -> None:
    answered = used(key, name, **arguments)

    assert answered["isError"] is True
    assert said in answered["content"][0]["text"]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("tools/sell", None, -32601),
        ("tools/call", {"name": "sell_diamond"}, -32602),
        ("tools/call", {"name": "get_diamond", "arguments": [1]}, -32602),
    ],
)
def test_what_the_protocol_does_not_know_is_an_error_of_the_protocol(
    key: dict[str, str], method: str, params: Any, code: int
) -> None:
    answered = sent(key, method, params)

    assert (answered.status, answered.error["code"]) == (200, code)
    assert "result" not in answered.body


def test_other_versions_bodies_and_methods_are_refused(key: dict[str, str]) -> None:
    version = {**key, "MCP-Protocol-Version": "1999-01-01"}
    assert sent(version, "ping").status == 400
    assert call(ask_mcp, "POST", headers=key, body=b"[]").status == 400
    assert call(ask_mcp, "POST", headers=key, body={"method": "ping", "id": 1}).status == 400
    assert sent({}, "ping").status == 401
    assert call(open_mcp_stream, headers=key).status == 405
    assert call(end_mcp_session, "DELETE", headers=key).status == 405


def test_only_staff_may_ask_whose_stones_they_are(key: dict[str, str], diamond: UUID) -> None:
    refused = used(key, "search_diamonds", feed="shelf")

    assert refused["isError"]
    assert "costs:read" in refused["content"][0]["text"]
