"""Rules as people send and read them: inclusive bounds, JSON or CSV, everything round-trips."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import ValidationError

from shared.platform.errors import Invalid
from shared.rules.model import RuleRow

R = TypeVar("R", bound=RuleRow)

STEP = Decimal("0.01")
"""All that rules compare has two decimals, so up to 499.99 is below 500.00."""
SEPARATOR = "|"


def said(rule: RuleRow) -> dict[str, Any]:
    """A rule with inclusive upper bounds, as documented."""
    shown = rule.model_dump()
    for name in rule.RANGES:
        below = shown.pop(f"{name}_below")
        shown[f"{name}_max"] = below - STEP if below is not None else None
    return shown


def understood(model: type[R], given: Mapping[str, Any]) -> R:
    """A rule somebody sent; raises Invalid, naming the fields."""
    taken = dict(given)
    for name in model.RANGES:
        highest = taken.pop(f"{name}_max", None)
        if highest is not None:
            taken[f"{name}_below"] = _just_above(f"{name}_max", highest)
    try:
        return model.model_validate(taken)
    except ValidationError as error:
        fields = {
            ".".join(map(str, fault["loc"])) or "(all)": fault["msg"] for fault in error.errors()
        }
        raise Invalid("The rule is not valid.", fields=fields) from error


def to_csv(model: type[RuleRow], rules: Sequence[RuleRow]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns(model), lineterminator="\n")
    writer.writeheader()
    for rule in rules:
        writer.writerow({name: _cell(value) for name, value in said(rule).items()})
    return out.getvalue()


def from_csv(model: type[R], text: str) -> list[R]:
    """Empty cells are criteria not given; raises Invalid, naming the line."""
    reader = csv.DictReader(io.StringIO(text))
    unknown = set(reader.fieldnames or ()) - set(columns(model))
    if unknown:
        raise Invalid(
            "The CSV has unknown columns.", fields=dict.fromkeys(sorted(unknown), "unknown")
        )
    rules = []
    for number, row in enumerate(reader, start=2):
        given = {name: _value(model, name, cell) for name, cell in row.items() if cell}
        try:
            rules.append(understood(model, given))
        except Invalid as fault:
            fields = {f"line {number}: {name}": why for name, why in fault.fields.items()}
            raise Invalid("The CSV has a rule that is not valid.", fields=fields) from fault
    return rules


def columns(model: type[RuleRow]) -> list[str]:
    bounds = {f"{name}_below": f"{name}_max" for name in model.RANGES}
    return [bounds.get(name, name) for name in model.model_fields]


def _just_above(name: str, highest: Any) -> Decimal:
    try:
        above = Decimal(str(highest)) + STEP
    except ArithmeticError as error:
        raise Invalid("The rule is not valid.", fields={name: "not a number"}) from error
    if not above.is_finite():
        raise Invalid("The rule is not valid.", fields={name: "not a number"})
    return above


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return SEPARATOR.join(value) if isinstance(value, tuple) else str(value)


def _value(model: type[RuleRow], name: str, cell: str) -> Any:
    return cell.split(SEPARATOR) if name in model.LISTS else cell
