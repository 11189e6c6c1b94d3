"""The document says of every endpoint who may ask what and what comes back, itself included."""

from collections.abc import Iterator
from typing import Any

import pytest

import function_app
from http_api import documentation, openapi
from tests.support.http import call

Json = dict[str, Any]
DOCUMENT = openapi.document(openapi.operations(function_app.app))
METHODS = ("get", "post", "put", "delete")


def described() -> list[Any]:
    return [
        pytest.param(path, item[method], id=f"{method} {path}")
        for path, item in DOCUMENT["paths"].items()
        for method in METHODS
        if method in item
    ]


@pytest.mark.parametrize(("path", "told"), described())
def test_an_operation_says_what_it_does_and_what_may_come_back(path: str, told: Json) -> None:
    assert told["summary"].endswith((".", "?"))
    assert {"400", "429", "500", "503"} < told["responses"].keys()
    named = (
        {one["name"] for one in told["parameters"] if one["in"] == "path"}
        if told.get("parameters")
        else set()
    )
    assert named == {part.partition("}")[0] for part in path.split("{")[1:]}


@pytest.mark.parametrize(("path", "told"), described())
def test_what_needs_a_key_says_so_and_may_refuse(path: str, told: Json) -> None:
    refuses = {"401", "403"} <= told["responses"].keys()
    assert refuses == bool(told["security"]), path


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        place: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_answers_about_stones_come_with_examples() -> None:
    stone = DOCUMENT["components"]["schemas"]["Diamond"]["properties"]
    assert stone["shape"]["examples"] == ["ROUND"]
    assert stone["price"]["examples"] == [5321.4]


def test_money_is_a_number_and_a_list_takes_several_values() -> None:
    asked = {one["name"]: one for one in DOCUMENT["paths"]["/v2/diamonds"]["get"]["parameters"]}
    assert asked["price_max"]["schema"]["type"] == "number"
    assert (asked["shape"]["schema"]["type"], asked["shape"]["explode"]) == ("array", False)


def test_the_page_brings_all_it_needs_itself() -> None:
    served = function_app.app
    pages = {
        builder._function.get_function_name(): builder for builder in served._function_builders
    }
    page = call(pages["read_docs"])
    assert page.status == 200
    for file in ("swagger-ui.css", "swagger-ui-bundle.js", "docs.js"):
        assert f'"docs/{file}"'.encode() in page.raw
        plain = call(pages["get_docs_file"], route={"file": file})
        packed = call(
            pages["get_docs_file"], route={"file": file}, headers={"Accept-Encoding": "gzip"}
        )
        assert plain.status == packed.status == 200
        assert len(packed.raw) <= len(plain.raw)
    assert documentation.OWN_FILES_ONLY in page.headers["Content-Security-Policy"]


def test_no_other_file_can_be_read_through_the_page() -> None:
    served = function_app.app
    (files,) = [
        builder
        for builder in served._function_builders
        if builder._function.get_function_name() == "get_docs_file"
    ]
    for name in ("../documentation.py", "README.md", "swagger-ui.css.gz", "%2e%2e%2fdocs.py"):
        assert call(files, route={"file": name}).status == 404


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for one in schema:
            yield from references(one)
    elif isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for one in schema.values():
            yield from references(one)
