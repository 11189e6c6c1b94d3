"""How the columns of a retailer's lists are called: declared once, used by name."""

import re
from datetime import datetime
from typing import Annotated

import azure.durable_functions as df
import azure.functions as func
from pydantic import Field, StringConstraints, field_validator

from http_api.endpoint import Answer, Asked, Call, Nothing, endpoint
from shared.access.model import Scope
from shared.platform.db import request_transaction, transaction
from shared.platform.errors import Invalid
from shared.stock import queries, service
from shared.stock.headings import FIELDS
from shared.stock.model import Mapping

bp = df.Blueprint()

ANONYMOUS = func.AuthLevel.ANONYMOUS

NAME = re.compile(r"[A-Za-z0-9_.-]{1,60}")

Name = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
Cell = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class DeclareMapping(Asked):
    """By our field: the heading of its column, or what every line says that has none."""

    columns: dict[str, Cell] = Field(default_factory=dict, max_length=len(FIELDS))
    constants: dict[str, Cell] = Field(default_factory=dict, max_length=len(FIELDS))

    @field_validator("columns", "constants")
    @classmethod
    def of_known_fields(cls, given: dict[str, str]) -> dict[str, str]:
        unknown = [field[:40] for field in given if field not in FIELDS]
        if unknown:
            raise ValueError(f"no field {', '.join(unknown)}; there are {', '.join(FIELDS)}")
        return given


class MappingView(Answer):
    name: str
    columns: dict[str, str]
    constants: dict[str, str]
    updated_by: str
    updated_at: datetime


class OneMapping(Answer):
    data: MappingView


class Mappings(Answer):
    data: list[MappingView]


@bp.route("v2/stock/mappings", methods=["GET"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.STOCK_WRITE)
def list_stock_mappings(call: Call[Nothing]) -> Mappings:  # noqa: ARG001 - every handler takes the call
    """How columns are called, by the mappings' names."""
    with request_transaction() as conn:
        found = queries.list_mappings(conn)
    return Mappings(data=[MappingView.model_validate(one) for one in found])


@bp.route("v2/stock/mappings/{name}", methods=["PUT"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.STOCK_WRITE, body=DeclareMapping, path={"name": str})
def declare_stock_mapping(call: Call[DeclareMapping]) -> OneMapping:
    """Declare how the columns of a list are called; uploads under this name go by it."""
    asked = call.asked
    name = _named(call)
    with transaction() as conn:
        kept = queries.upsert_mapping(
            conn,
            name=name,
            columns=asked.columns,
            constants=asked.constants,
            updated_by=call.caller.client_name,
        )
    return _one(kept)


@bp.route("v2/stock/mappings/{name}", methods=["DELETE"], auth_level=ANONYMOUS)
@endpoint(scope=Scope.STOCK_WRITE, path={"name": str})
def delete_stock_mapping(call: Call[Nothing]) -> OneMapping:
    """Forget a mapping; what was uploaded by it stays as it is."""
    with transaction() as conn:
        gone = service.get_mapping(conn, str(call.path["name"]))
        service.delete_mapping(conn, gone.name)
    return _one(gone)


def _named(call: Call[DeclareMapping]) -> str:
    name = str(call.path["name"])
    if not NAME.fullmatch(name):
        raise Invalid("The path is not valid.", fields={"name": "not letters, digits, _ . -"})
    return name


def _one(mapping: Mapping) -> OneMapping:
    return OneMapping(data=MappingView.model_validate(mapping))
