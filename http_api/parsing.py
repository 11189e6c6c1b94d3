"""Requests as models; what is wrong with one is said by field."""

import re
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import azure.functions as func
from pydantic import BaseModel, ValidationError

from shared.platform import exact_json
from shared.platform.errors import Invalid, TooLarge

LARGEST_BODY = 1_000_000
UNSTORABLE = re.compile("[\0\ud800-\udfff]")

Parsed = TypeVar("Parsed", bound=BaseModel)
Kind = type[UUID] | type[int] | type[str]

FAULTS = {UUID: "not a UUID", int: "not a number"}


def query(req: func.HttpRequest, model: type[Parsed]) -> Parsed:
    """The query string as a model; `color[]=D` is accepted as `color=D`."""
    renamed = _renamed(model)
    names = {name: name.removesuffix("[]") for name in req.params}
    given = {renamed.get(names[name], names[name]): value for name, value in req.params.items()}
    _storable(given, ())
    return parsed(model, given, "parameter")


def has_old_names(req: func.HttpRequest, model: type[BaseModel]) -> bool:
    return any(name.removesuffix("[]") in _renamed(model) for name in req.params)


def body(req: func.HttpRequest, model: type[Parsed]) -> Parsed:
    """The JSON body as a model; no body counts as an empty object."""
    try:
        given = exact_json.loads(req.get_body() or b"{}")
    except ValueError as error:
        raise Invalid(f"The body is not JSON: {error}.") from error
    if not isinstance(given, dict):
        raise Invalid("The body must be a JSON object.")
    _storable(given, ())
    return parsed(model, given, "field")


def small_enough(req: func.HttpRequest, most: int = LARGEST_BODY) -> None:
    if len(req.get_body() or b"") > most:
        raise TooLarge(f"The body is larger than {most:,} bytes.")


def path_value(req: func.HttpRequest, name: str, kind: Kind) -> UUID | int | str:
    """A part of the route."""
    _storable(req.route_params[name], (name,))
    try:
        return kind(req.route_params[name])
    except ValueError as error:
        raise Invalid("The path is not valid.", fields={name: FAULTS[kind]}) from error


def _storable(given: Any, where: tuple[int | str, ...]) -> None:
    """Refuse text that no database holds: NUL, and halves of characters."""
    if isinstance(given, str):
        if UNSTORABLE.search(given):
            raise Invalid(
                "Some of the request is not valid.",
                fields={_spelled(where): "holds characters that are no text"},
            )
    elif isinstance(given, dict):
        for name, value in given.items():
            _storable(name, (*where, "(a name)"))
            _storable(value, (*where, name))
    elif isinstance(given, list):
        for number, value in enumerate(given):
            _storable(value, (*where, number))


def _renamed(model: type[BaseModel]) -> Mapping[str, str]:
    names: Mapping[str, str] = getattr(model, "RENAMED", {})
    return names


def parsed(model: type[Parsed], given: dict[str, Any], kind: str) -> Parsed:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        fields = {_spelled(fault["loc"]): _said(fault) for fault in error.errors()}
        known = ", ".join(sorted(model.model_fields))
        unknown = any(fault["type"] == "extra_forbidden" for fault in error.errors())
        hint = f"Known {kind}s: {known}." if unknown else None
        raise Invalid("Some of the request is not valid.", fields=fields, hint=hint) from error


def _spelled(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "(all)"


def _said(fault: Any) -> str:
    said: str = "unknown" if fault["type"] == "extra_forbidden" else fault["msg"]
    return said.removeprefix("Value error, ")
