"""The tools that agents may use: search, get, compare, explain; all of them only read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from http_api import diamonds, parsing
from http_api.comparisons import Compare, compared
from http_api.currency import Converting, told
from http_api.diamond_query import DiamondSearch
from http_api.stone import Deal, OneStone, PriceStep, offered
from http_api.stone_views import whole
from shared.access.model import ApiKey
from shared.diamonds import frontier, neighbours, stones
from shared.platform import exact_json
from shared.platform.db import request_transaction
from shared.platform.errors import Invalid, Refusal

SEARCHED_BY = (
    *("shape", "color", "clarity", "cut", "lab_grown", "fancy_color", "certificate_lab"),
    *("fluorescence_intensity", "carat_min", "carat_max", "price_min", "price_max"),
    *("rating_min", "display_price_min", "display_price_max", "currency", "sort_by"),
    *("sort_order", "limit", "cursor"),
)
"""What an agent is told of; search takes the other filters as well."""
USUAL_LIMIT, MOST_FOUND = 10, 50
STEPS, OFFERS, BUDGET_PCT = 10, 5, Decimal(25)


class OneOf(Converting):
    id: UUID = Field(description="of a diamond, from a search")


@dataclass(frozen=True)
class Tool:
    name: str
    title: str
    about: str
    takes: type[BaseModel]
    use: Callable[[ApiKey, Any], bytes]
    shown: tuple[str, ...] | None = None

    @property
    def schema(self) -> dict[str, Any]:
        full = self.takes.model_json_schema()
        properties = {
            name: part
            for name, part in full["properties"].items()
            if self.shown is None or name in self.shown
        }
        return {
            "type": "object",
            "properties": properties,
            "required": full.get("required", []),
            **({"$defs": full["$defs"]} if "$defs" in full else {}),
        }


def described() -> list[dict[str, Any]]:
    return [
        {
            "name": tool.name,
            "title": tool.title,
            "description": tool.about,
            "inputSchema": tool.schema,
            "annotations": {"readOnlyHint": True, "openWorldHint": False},
        }
        for tool in TOOLS.values()
    ]


def used(tool: Tool, caller: ApiKey, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A tool's result; what it refuses is told to the agent, which may ask better."""
    try:
        asked = parsing.parsed(tool.takes, _as_parameters(arguments), "argument")
        text = tool.use(caller, asked).decode()
    except Refusal as refusal:
        return {"content": [{"type": "text", "text": _said(refusal)}], "isError": True}
    return {
        "content": [{"type": "text", "text": text}],
        "structuredContent": exact_json.loads(text),
        "isError": False,
    }


def _as_parameters(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as the query string has them; what is null was not given."""
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else value
        for name, value in arguments.items()
        if value is not None
    }


def _said(refusal: Refusal) -> str:
    fields = refusal.fields if isinstance(refusal, Invalid) else {}
    faults = [f"{name}: {fault}" for name, fault in fields.items()]
    return "\n".join(text for text in (refusal.message, *faults, refusal.hint) if text)


def _search(caller: ApiKey, asked: Any) -> bytes:
    limit = min(asked.limit, MOST_FOUND) if "limit" in asked.model_fields_set else USUAL_LIMIT
    return diamonds.answered(caller, asked.model_copy(update={"limit": limit}))


def _get(_: ApiKey, asked: OneOf) -> bytes:
    with request_transaction() as conn:
        rate = asked.rate(conn)
        stone = stones.get(conn, asked.id)
    return _written(OneStone(data=whole(stone, rate), exchange_rate=told(rate)))


def _compare(_: ApiKey, asked: Compare) -> bytes:
    return _written(compared(asked))


def _explain(_: ApiKey, asked: OneOf) -> bytes:
    """What can be said of a price in public: never what the stone cost us."""
    with request_transaction() as conn:
        rate = asked.rate(conn)
        stone = stones.get(conn, asked.id)
        deal = neighbours.deal(conn, stone)
        steps = stones.price_history(conn, asked.id, limit=STEPS)
        offers = frontier.frontier(conn, stone, budget_pct=BUDGET_PCT)
    explained = {
        "diamond": whole(stone, rate).model_dump(by_alias=True),
        "dealScore": Deal.model_validate(deal).model_dump(by_alias=True) if deal else None,
        "priceHistory": [PriceStep.model_validate(s).model_dump(by_alias=True) for s in steps],
        "alternatives": [
            offered(offer, other, rate).model_dump(by_alias=True)
            for offer, other in offers[:OFFERS]
        ],
    }
    return exact_json.dumps(explained)


def _written(answer: BaseModel) -> bytes:
    return exact_json.dumps(answer.model_dump(by_alias=True))


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "search_diamonds",
            "Search diamonds",
            "Find diamonds on sale by shape, the four Cs, laboratory and price in US dollars. Lists"
            " take several values. Answers a page, and cursors of the pages beside it.",
            DiamondSearch,
            _search,
            SEARCHED_BY,
        ),
        Tool(
            "get_diamond",
            "Get one diamond",
            "Everything about one diamond: grades, measures, report, pictures, price.",
            OneOf,
            _get,
        ),
        Tool(
            "compare_diamonds",
            "Compare diamonds",
            "Two to five diamonds side by side: where they differ, and which is best in what.",
            Compare,
            _compare,
        ),
        Tool(
            "explain_diamond",
            "Explain a diamond's price",
            "How its price per carat stands among comparable diamonds on sale, what it cost"
            " before, and what a little more or less money buys instead.",
            OneOf,
            _explain,
        ),
    )
}
