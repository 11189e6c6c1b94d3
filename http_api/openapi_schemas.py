"""JSON Schemas of what endpoints take and answer, with an example for every property."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

Json = dict[str, Any]
Mode = Literal["validation", "serialization"]
Refs = Mapping[tuple[Any, JsonSchemaMode], Json]

REF = "#/components/schemas/{model}"
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
SOME_ID = "0192f0c1-2f7e-5c3a-9d1e-6a4b7c8d9e0f"
EXAMPLES: Mapping[str, Any] = {
    "carats": 1.01,
    "certificate_lab": "GIA",
    "certificate_number": "2141438171",
    "clarity": "VS1",
    "code": "VALIDATION_ERROR",
    "color": "F",
    "comments": "Please engrave nothing.",
    "currency": "CAD",
    "cursor": "WyJwcmljZSIsImFzYyIsIjQzMjEuMDAiXQ",
    "cut": "EX",
    "destination_id": "toronto-shop",
    "email": "ann@example.com",
    "error": "the supplier is not reachable",
    "feed": "demo",
    "fluorescence_intensity": "NONE",
    "message": "Some of the request is not valid.",
    "next_cursor": "WyJwcmljZSIsImFzYyIsIjQzMjEuMDAiXQ",
    "polish": "EX",
    "previous_cursor": "WyJwcmljZSIsImFzYyIsIjQzMjEuMDAiXQ",
    "price": 5321.4,
    "price_max": 9000,
    "price_min": 1000,
    "reason": "agreed with the supplier",
    "reference": "PO-2026-0117",
    "requested_by": "ann",
    "shape": "ROUND",
    "symmetry": "EX",
}
"""By property, as a shop would see them."""
OF_FORMATS: Mapping[str, Any] = {
    "uuid": SOME_ID,
    "date": "2026-01-31",
    "date-time": "2026-01-31T02:00:00Z",
    "uri": "https://shop.example/hooks/diamonds",
}
OF_TYPES: Mapping[str, Any] = {
    "boolean": True,
    "integer": 1,
    "number": 1.5,
    "string": "text",
    "object": {},
    "array": [],
}
PATH_KINDS: Mapping[type, Json] = {
    UUID: {"type": "string", "format": "uuid", "examples": [SOME_ID]},
    int: {"type": "integer", "examples": [1]},
    str: {"type": "string", "pattern": "^[^/]+$"},
}


class Schemas(GenerateJsonSchema):
    """Decimals cross the wire as JSON numbers; stored JSON is passed on as it is."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> Json:
        given: Mapping[str, Any] = {**schema}
        bounds = {theirs: float(given[ours]) for ours, theirs in BOUNDS.items() if ours in given}
        return {"type": "number", **bounds}

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> Json:  # noqa: ARG002
        return {}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Json:
        """A default of null says no more than that the property may be left out."""
        found = super().default_schema(schema)
        if found.get("default", ...) is None:
            del found["default"]
        return found


def components(models: Iterable[tuple[type[BaseModel], Mode]]) -> tuple[Refs, Json]:
    """Where each model's schema is, and all schemas by name."""
    refs, found = models_json_schema([*models], ref_template=REF, schema_generator=Schemas)
    schemas = found.get("$defs", {})
    names = {name: _readable(name) for name in schemas}
    renamed = {names[name]: with_examples(_renamed(one, names)) for name, one in schemas.items()}
    return {key: _renamed(ref, names) for key, ref in refs.items()}, renamed


def parameters_of(model: type[BaseModel]) -> list[tuple[str, bool, Json]]:
    """A query model's fields: name, whether it must be there, schema without references."""
    schema = model.model_json_schema(schema_generator=Schemas)
    definitions, required = schema.get("$defs", {}), schema.get("required", ())
    properties = with_examples(schema).get("properties", {})
    return [
        (name, name in required, _without_null(_inlined(field, definitions)))
        for name, field in properties.items()
    ]


def with_examples(schema: Json) -> Json:
    """Give every property of an object an example, and take pydantic's titles off."""
    plain = {key: value for key, value in schema.items() if key != "title"}
    if "properties" in plain:
        plain["properties"] = {
            name: _exemplified(name, field) for name, field in plain["properties"].items()
        }
    return plain


def _exemplified(name: str, field: Json) -> Json:
    plain = {key: value for key, value in field.items() if key != "title"}
    example = _example(HUMP.sub("_", name).lower(), plain)
    return plain if example is None else {**plain, "examples": [example]}


def _example(name: str, field: Json) -> Any:
    """One that fits; None where the schema stands elsewhere or says nothing."""
    if "default" in field:
        return field["default"]
    kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    kind = kinds[0] if kinds else {}
    if "enum" in kind or "const" in kind:
        return kind.get("enum", [kind.get("const")])[0]
    if kind.get("type") == "array":
        inner = _example(name, kind.get("items", {}))
        return None if inner is None else [inner]
    if "minimum" in kind or "exclusiveMinimum" in kind or "pattern" in kind or "$ref" in kind:
        return EXAMPLES.get(name)
    plain = OF_FORMATS.get(kind.get("format", ""), OF_TYPES.get(kind.get("type", "")))
    return EXAMPLES.get(name, plain)


def _readable(name: str) -> str:
    """`http_api__paging__Page` becomes `PagingPage`."""
    *modules, own = name.split("__")
    return f"{modules[-1].title().replace('_', '')}{own}" if modules else own


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    if isinstance(schema, list):
        return [_renamed(one, names) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return {"$ref": REF.format(model=names[schema["$ref"].rpartition("/")[2]])}
    return {key: _renamed(value, names) for key, value in schema.items()}


def _inlined(schema: Any, definitions: Json) -> Any:
    """A schema that needs no definitions beside it."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str):
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items()}


def _without_null(schema: Json) -> Json:
    """A parameter that is not there is not sent as null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"]
    if not kinds:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**kinds[0], **rest} if len(kinds) == 1 else {**rest, "anyOf": kinds}
