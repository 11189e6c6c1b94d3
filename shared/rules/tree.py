"""First-match rules as a decision tree, so that a stone meets few of many rules.

The tree answers exactly what trying the rules one after another does. A split is taken only
while all leaves together stay within a multiple of the rules, so the statement stays small.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from shared.rules.model import Candidate, Condition, OneOf, Within

FEW = 3
"""A leaf this short is not worth splitting."""
GROWTH = 8
"""How many times the number of rules all leaves together may hold."""
MANY = 12
"""With more values than this, a list is halved instead of told apart value by value."""


@dataclass(frozen=True)
class Leaf:
    """What is left to try, in order."""

    tried: tuple[Candidate, ...]


@dataclass(frozen=True)
class Threshold:
    """Below a value, at or above it, or unknown; texts in the order of their bytes."""

    dimension: str
    value: Decimal | str
    less: "Node"
    rest: "Node"
    unknown: "Node"


@dataclass(frozen=True)
class Cases:
    """By value; `otherwise` holds for every other value and the unknown."""

    dimension: str
    branches: tuple[tuple[str | bool, "Node"], ...]
    otherwise: "Node"


Node = Leaf | Threshold | Cases
Rules = tuple[Candidate, ...]
Narrow = Callable[[Condition], Condition | bool]


@dataclass(frozen=True)
class _Split:
    """One way to go on: what would be left to try in each branch."""

    dimension: str
    at: Decimal | str | tuple[str | bool, ...]
    branches: tuple[Rules, ...]

    @property
    def total(self) -> int:
        return sum(map(len, self.branches))

    @property
    def expected(self) -> float:
        return self.total / len(self.branches)


def build(tried: Sequence[Candidate]) -> Node:
    rules = _until_certain(tried)
    return _build(rules, GROWTH * len(rules))


def _build(rules: Rules, budget: int) -> Node:
    split = _best(rules, budget) if len(rules) > FEW else None
    if split is None:
        return Leaf(rules)
    nodes = [
        _build(branch, budget * len(branch) // max(split.total, 1)) for branch in split.branches
    ]
    if isinstance(split.at, tuple):
        branches = tuple(zip(split.at, nodes, strict=False))
        return Cases(split.dimension, branches, nodes[-1])
    return Threshold(split.dimension, split.at, *nodes)


def _best(rules: Rules, budget: int) -> _Split | None:
    splits = [
        split
        for split in _splits(rules)
        if split.total <= budget and max(map(len, split.branches)) < len(rules)
    ]
    return min(splits, key=lambda split: (split.expected, split.total), default=None)


def _splits(rules: Rules) -> Iterator[_Split]:
    for dimension in dict.fromkeys(name for rule in rules for name in rule.conditions):
        conditions = [rule.conditions[dimension] for rule in rules if dimension in rule.conditions]
        yield _by_dimension(rules, dimension, conditions)


def _by_dimension(rules: Rules, dimension: str, conditions: list[Condition]) -> _Split:
    if isinstance(conditions[0], Within):
        return _at_threshold(rules, dimension, _median_bound(conditions))
    values = sorted(
        {value for one in conditions if isinstance(one, OneOf) for value in one.values}, key=str
    )
    if len(values) > MANY:
        return _at_threshold(rules, dimension, str(values[len(values) // 2]))
    branches = tuple(_knowing(rules, dimension, frozenset({value})) for value in values)
    return _Split(dimension, tuple(values), (*branches, _without(rules, dimension)))


def _median_bound(conditions: list[Condition]) -> Decimal:
    bounds = sorted(
        bound
        for one in conditions
        if isinstance(one, Within)
        for bound in (one.low, one.below)
        if bound is not None
    )
    return bounds[len(bounds) // 2]


def _at_threshold(rules: Rules, dimension: str, value: Decimal | str) -> _Split:
    less = _mapped(rules, dimension, lambda one: _below(one, value))
    rest = _mapped(rules, dimension, lambda one: _from(one, value))
    return _Split(dimension, value, (less, rest, _without(rules, dimension)))


def _below(one: Condition, value: Decimal | str) -> Condition | bool:
    """What is left of a condition once the value is known to be less; a bool decides it."""
    if isinstance(one, OneOf):
        return _of([each for each in one.values if str(each) < str(value)])
    if one.low is not None and one.low >= Decimal(value):
        return False
    kept = one.below if one.below is not None and one.below < Decimal(value) else None
    return True if one.low is None and kept is None else Within(one.low, kept)


def _from(one: Condition, value: Decimal | str) -> Condition | bool:
    if isinstance(one, OneOf):
        return _of([each for each in one.values if str(each) >= str(value)])
    if one.below is not None and one.below <= Decimal(value):
        return False
    kept = one.low if one.low is not None and one.low > Decimal(value) else None
    return True if kept is None and one.below is None else Within(kept, one.below)


def _of(values: list[str | bool]) -> Condition | bool:
    return OneOf(frozenset(values)) if values else False


def _knowing(rules: Rules, dimension: str, known: frozenset[str | bool]) -> Rules:
    return _mapped(rules, dimension, lambda one: isinstance(one, OneOf) and known <= one.values)


def _without(rules: Rules, dimension: str) -> Rules:
    """What may apply to a stone whose value is unknown or none that any rule names."""
    return _mapped(rules, dimension, lambda _: False)


def _mapped(rules: Rules, dimension: str, narrow: Narrow) -> Rules:
    left = []
    for rule in rules:
        if dimension not in rule.conditions:
            left.append(rule)
            continue
        narrowed = narrow(rule.conditions[dimension])
        if narrowed:
            left.append(_with(rule, dimension, narrowed))
    return _until_certain(left)


def _with(rule: Candidate, dimension: str, narrowed: Condition | Literal[True]) -> Candidate:
    others = {name: one for name, one in rule.conditions.items() if name != dimension}
    if not isinstance(narrowed, bool):
        others[dimension] = narrowed
    return Candidate(rule.id, others)


def _until_certain(tried: Sequence[Candidate]) -> Rules:
    """Nothing after a rule that applies to everything is ever tried."""
    for place, rule in enumerate(tried):
        if not rule.conditions:
            return tuple(tried[: place + 1])
    return tuple(tried)
