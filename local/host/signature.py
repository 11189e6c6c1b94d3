"""Check a function's signature against its bindings, as the Python worker does when it loads it."""

import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

import azure.functions as func
from azure.functions import meta
from azure.functions._thirdparty import typing_inspect
from azure.functions.meta import Datum

Binding = dict[str, Any]
Converter = Any
is_generic: Callable[[Any], bool] = typing_inspect.is_generic_type  # knows typing's, not list[int]
registry: Callable[[], Any] = meta.get_binding_registry


class Mismatch(Exception):
    """The signature does not fit the bindings."""


class Generic:
    """Passes text and bytes through: what a parameter annotated str or bytes gets."""

    @staticmethod
    def check_input_type_annotation(pytype: type) -> bool:
        return issubclass(pytype, (str, bytes))

    check_output_type_annotation = check_input_type_annotation

    @staticmethod
    def decode(data: Datum, *, trigger_metadata: Any) -> Any:  # noqa: ARG004 - converters' signature
        return data.value

    @staticmethod
    def encode(value: Any, *, expected_type: Any) -> Datum:  # noqa: ARG004 - converters' signature
        if isinstance(value, str | bytes):
            return Datum(value, "string" if isinstance(value, str) else "bytes")
        raise TypeError(f"cannot send a {type(value).__name__} through a str or bytes binding")


def check(function: Callable[..., Any], bindings: list[Binding]) -> dict[str, Converter]:
    """Raise Mismatch, or tell which converter serves each binding."""
    hints = type_hints(function)
    parameters = dict(inspect.signature(function).parameters)
    bound = {b["name"]: b for b in bindings if b["name"] != "$return"}
    if missing := sorted(set(bound) - set(parameters)):
        raise Mismatch(f"no parameter for the binding {', '.join(missing)}")
    if "context" in parameters and "context" not in bound:
        check_context(hints)
        del parameters["context"]
    if extra := sorted(set(parameters) - set(bound)):
        raise Mismatch(f"no binding for the parameter {', '.join(extra)}")
    converters = {name: check_parameter(binding, hints) for name, binding in bound.items()}
    for binding in bindings:
        if binding["name"] == "$return":
            converters["$return"] = check_return(binding, hints)
    return converters


def wants_context(function: Callable[..., Any], bindings: list[Binding]) -> bool:
    named = {binding["name"] for binding in bindings}
    return "context" in inspect.signature(function).parameters and "context" not in named


def type_hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return typing.get_type_hints(function)
    except NameError as error:
        raise Mismatch(f"an annotation cannot be resolved: {error}") from error


def check_context(hints: Mapping[str, Any]) -> None:
    annotation = hints.get("context")
    if annotation is not None and getattr(annotation, "__name__", "") != "Context":
        raise Mismatch('the "context" parameter must be annotated azure.functions.Context')


def check_parameter(binding: Binding, hints: Mapping[str, Any]) -> Converter:
    name = binding["name"]
    outgoing = binding["direction"] == "OUT"
    if name not in hints:
        return converter_for(binding["type"], None)
    annotation = hints[name]
    is_out = is_generic(annotation) and is_subclass(typing.get_origin(annotation), func.Out)
    if is_out != outgoing:
        raise Mismatch(
            f"parameter {name} and its binding disagree whether it is azure.functions.Out"
        )
    inner = typing.get_args(annotation)[0] if is_out else annotation
    converter = converter_for(binding["type"], check_annotation(name, inner))
    test = "check_output_type_annotation" if is_out else "check_input_type_annotation"
    if not passes(getattr(converter, test), inner):
        raise Mismatch(f"parameter {name} of a {binding['type']} binding cannot be {inner!r}")
    return converter


def check_return(binding: Binding, hints: Mapping[str, Any]) -> Converter:
    converter = registry().get(binding["type"])
    if "return" not in hints:
        return converter
    annotation = hints["return"]
    if not isinstance(annotation, type):
        raise Mismatch(f"the return annotation {annotation!r} is not a type")
    if not passes(converter.check_output_type_annotation, annotation):
        raise Mismatch(f"a {binding['type']} binding cannot return {annotation!r}")
    return converter


def check_annotation(name: str, annotation: Any) -> Any:
    if isinstance(annotation, type) or is_generic(annotation):
        return annotation
    raise Mismatch(f"parameter {name} has the invalid non-type annotation {annotation!r}")


def converter_for(binding_type: str, annotation: Any) -> Converter:
    converter = registry().get(binding_type)
    implicit = getattr(converter, "has_implicit_output", bool)()
    if annotation in (str, bytes) and not implicit:
        return Generic
    return converter or Generic


def passes(test: Callable[[Any], bool], annotation: Any) -> bool:
    try:
        return test(annotation)
    except TypeError:  # issubclass() of something that is no class
        return False


def is_subclass(candidate: Any, parent: type) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, parent)
