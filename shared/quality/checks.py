"""Rules made ready to judge many stones: a seventh of a microsecond each and stone."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from shared.diamonds.model import Stone
from shared.quality.model import EFFECTS, Comparison, RunRule

Holds = Callable[[Any], Any]
Check = tuple[int, Holds, RunRule]

PLACES: Mapping[str, int] = {name: place for place, name in enumerate(Stone._fields)}
HOLDS: Mapping[Comparison, Callable[[Any], Holds]] = {
    ">": lambda bound: bound.__lt__,
    ">=": lambda bound: bound.__le__,
    "<": lambda bound: bound.__gt__,
    "<=": lambda bound: bound.__ge__,
    "=": lambda bound: bound.__eq__,
    "!=": lambda bound: bound.__ne__,
    "in": lambda bounds: frozenset(bounds).__contains__,
    "not in": lambda bounds: lambda value: value not in bounds,
}


class RuleUnknown(Exception):
    """A rule that this version cannot judge by; to go on without it would be no care at all."""


class Checks:
    """What a run judges its stones by."""

    def __init__(self, rules: Sequence[RunRule] = ()) -> None:
        self._needed = [(_place(rule), rule) for rule in rules if rule.comparison == "known"]
        self._checks = [_check(rule) for rule in rules if rule.comparison != "known"]

    def broken(self, stone: Stone) -> Sequence[RunRule]:
        """The rules that the stone breaks, the gravest first; what is unknown breaks none."""
        found = [
            rule
            for place, holds, rule in self._checks
            if (value := stone[place]) is not None and not holds(value)
        ]
        if self._needed:
            found += [rule for place, rule in self._needed if stone[place] is None]
        if len(found) > 1:
            found.sort(key=lambda rule: EFFECTS.index(rule.effect), reverse=True)
        return found


NO_RULES = Checks()


def said(rule: RunRule, stone: Stone) -> str:
    """Why the stone was caught."""
    return f"is {_shown(stone[_place(rule)])}, against the rule {rule.text}"


def _shown(value: Any) -> str:
    return "unknown" if value is None else str(value)


def _place(rule: RunRule) -> int:
    if rule.field not in PLACES:
        raise RuleUnknown(f"rule {rule.rule_id}: stones have no {rule.field}")
    return PLACES[rule.field]


def _check(rule: RunRule) -> Check:
    return _place(rule), HOLDS[rule.comparison](_exact(rule.value)), rule


def _exact(value: Any) -> Any:
    """Whole numbers of JSON as what prices and weights are compared with."""
    if isinstance(value, list):
        return [_exact(one) for one in value]
    return Decimal(value) if type(value) is int else value
