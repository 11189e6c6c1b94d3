"""Random orchestration programs, and what they come to without any orchestration."""

import random
from collections.abc import Iterator
from itertools import count
from typing import Any

Program = list[Any]


class Programs:
    """Writes programs that keep the retry rule: no retry races, none may fail for good in `all`."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._keys = (f"{seed}-{n}" for n in count())

    def take(self, how_many: int) -> Iterator[Program]:
        for _ in range(how_many):
            yield self._sequence(depth=3)

    def _sequence(self, depth: int) -> Program:
        steps = self._random.randint(1, 4)
        return ["seq", *(self._step(depth - 1) for _ in range(steps))]

    def _step(self, depth: int) -> Program:
        kind = self._random.choice(("leaf", "leaf", "all", "all", "race", "either", "seq", "loses"))
        match kind:
            case "all":
                return ["all", *(self._leaf(depth) for _ in range(self._random.randint(0, 5)))]
            case "race":
                return ["race", self._leaf(depth, may_retry=False)]
            case "either":
                return ["either", self._random.randint(0, 99)]
            case "loses":
                return self._failure()
            case "seq" if depth > 0:
                return self._sequence(depth)
        return self._leaf(depth)

    def _leaf(self, depth: int, *, may_retry: bool = True) -> Program:
        kinds = ["act", "act", "sleep"]
        kinds += ["retry", "subretry"] if may_retry else []
        kinds += ["sub", "sub"] if depth > 0 else []
        match self._random.choice(kinds):
            case "retry":
                attempts = self._random.randint(1, 4)
                failures = self._random.randrange(attempts)
                return ["retry", next(self._keys), failures, attempts, self._random.randint(0, 99)]
            case "subretry":
                attempts = self._random.randint(1, 3)
                return ["subretry", next(self._keys), self._random.randrange(attempts), attempts]
            case "sub":
                return ["sub", self._sequence(depth - 1)]
            case "sleep":
                return ["sleep", self._random.randint(0, 20)]
        return ["act", self._random.randint(0, 99)]

    def _failure(self) -> Program:
        """Fail for good, alone, where the program catches it."""
        attempts = self._random.randint(1, 3)
        return self._random.choice(
            (
                ["fail", 0],
                ["retry", next(self._keys), 9, attempts, 0],
                ["subretry", next(self._keys), 9, attempts],
            )
        )


def interpret(program: Program) -> Any:  # noqa: C901, PLR0911 - one case per kind of step
    """Answer what a program comes to."""
    match program:
        case ["seq", *steps]:
            return [interpret(step) for step in steps]
        case ["all"]:
            return None  # what the SDK makes of an empty task_all
        case ["all", *leaves]:
            return [interpret(leaf) for leaf in leaves]
        case ["race" | "sub", inner]:
            return interpret(inner)
        case ["either", n]:
            return [n + 1, n + 1]
        case ["act", n]:
            return n + 1
        case ["retry", _, failures, attempts, n]:
            return n + 1 if failures < attempts else "failed"
        case ["subretry", _, failures, attempts]:
            return 1 if failures < attempts else "failed"
        case ["fail", _]:
            return "failed"
        case ["sleep", _]:
            return None
    raise ValueError(f"no program: {program}")


def acts(program: Program) -> Iterator[int]:
    """Answer the input of every `act` that a program runs."""
    match program:
        case ["act", n]:
            yield n
        case ["either", n]:
            yield from (n, n)
        case [_, *parts]:
            for part in parts:
                yield from acts(part) if isinstance(part, list) else ()
