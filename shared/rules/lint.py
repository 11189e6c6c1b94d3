"""What is suspicious in a set before anybody activates it: rules that lose, and gaps.

"Shadowed" is certain: one earlier rule takes every stone of it. "Dead", "overlap" and "gap" are
found by trying a stone from every corner that rules cut, up to a limit, and come with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice, product
from typing import Literal
from uuid import UUID

from shared.rules.model import Candidate, Condition, Facts, OneOf, Value, Within, first_match

Finding = Literal["shadowed", "dead", "overlap", "gap"]
MOST_EXAMPLES = 4_096
"""How many stones are tried for each rule."""
STEP = Decimal("0.01")


@dataclass(frozen=True)
class Suspicion:
    finding: Finding
    rule_id: UUID | None
    by: UUID | None
    """The earlier rule that wins."""
    message: str
    example: Facts = field(default_factory=dict)


def lint(tried: Sequence[Candidate]) -> list[Suspicion]:
    found: list[Suspicion] = []
    for place, rule in enumerate(tried):
        found += _of(rule, tried[:place], tried)
    found += _gap(tried)
    return found


def _of(
    rule: Candidate, earlier: Sequence[Candidate], tried: Sequence[Candidate]
) -> Iterator[Suspicion]:
    cover = next((one for one in earlier if covers(one, rule)), None)
    if cover is not None:
        yield Suspicion(
            "shadowed", rule.id, cover.id, "an earlier rule takes every stone of it", example(rule)
        )
        return
    winners = {first_match(tried, stone) for stone in _stones(rule, earlier)}
    if rule.id not in winners:
        yield Suspicion("dead", rule.id, None, "earlier rules together take every stone of it")
        return
    for one in earlier:
        shared = example(rule, one)
        if shared and first_match(tried, shared) == one.id and one.conditions:
            yield Suspicion("overlap", rule.id, one.id, "the earlier rule wins", shared)


def covers(one: Candidate, other: Candidate) -> bool:
    """Whether every stone of the other is a stone of this one."""
    return all(
        name in other.conditions and _contains(condition, other.conditions[name])
        for name, condition in one.conditions.items()
    )


def _contains(outer: Condition, inner: Condition) -> bool:
    if isinstance(outer, OneOf) and isinstance(inner, OneOf):
        return inner.values <= outer.values
    if isinstance(outer, Within) and isinstance(inner, Within):
        low = outer.low is None or (inner.low is not None and inner.low >= outer.low)
        below = outer.below is None or (inner.below is not None and inner.below <= outer.below)
        return low and below
    return False


def example(*rules: Candidate) -> Facts:
    """A stone that all of these rules match, or nothing."""
    stone: dict[str, Value] = {}
    for name in dict.fromkeys(name for rule in rules for name in rule.conditions):
        conditions = [rule.conditions[name] for rule in rules if name in rule.conditions]
        fitting = [
            value for value in _values(conditions) if all(c.holds(value) for c in conditions)
        ]
        if not fitting:
            return {}
        stone[name] = fitting[0]
    return stone


def _stones(rule: Candidate, others: Sequence[Candidate]) -> Iterator[Facts]:
    """Stones of a rule, one from every corner that other rules cut out of it, up to a limit."""
    near = [
        one for one in others if not rule.conditions or example(rule, one) or not one.conditions
    ]
    names = list(dict.fromkeys(name for one in (rule, *near) for name in one.conditions))
    choices = []
    for name in names:
        own = rule.conditions.get(name)
        others_say = [one.conditions[name] for one in near if name in one.conditions]
        values = [*_values([own] if own else []), *_values(others_say)]
        kept = [value for value in dict.fromkeys(values) if own is None or own.holds(value)]
        choices.append([*kept, *([] if own else [None])])
    for stone in islice(product(*choices), MOST_EXAMPLES):
        yield dict(zip(names, stone, strict=True))


def _values(conditions: Sequence[Condition]) -> Iterator[Value]:
    """The values at which conditions begin and end."""
    for condition in conditions:
        if isinstance(condition, OneOf):
            yield from sorted(condition.values, key=str)
            continue
        if condition.low is not None:
            yield condition.low
        if condition.below is not None:
            yield max(condition.below - STEP, condition.low or Decimal(0))
            yield condition.below


def _gap(tried: Sequence[Candidate]) -> Iterator[Suspicion]:
    """A stone that no rule takes: it falls to the base margin or the default rating."""
    nothing = Candidate(UUID(int=0), {})
    for stone in _stones(nothing, tried):
        if first_match(tried, stone) is None:
            yield Suspicion("gap", None, None, "no rule takes this stone; the default does", stone)
            return
