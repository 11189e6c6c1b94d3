"""Processes of their own for what is measured, so that memory and CPU are theirs alone."""

import multiprocessing
from collections.abc import Callable, Iterable
from multiprocessing.context import ForkServerContext
from typing import Any

NEEDED = ["bench.catalogue", "bench.shelf", "shared.ingestion.pages", "shared.reapply.standing"]


def context() -> ForkServerContext:
    """Forked from a process that has imported the app and done nothing."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(NEEDED)
    return found


def elsewhere(work: Callable[..., Any], *given: Any) -> Any:
    with context().Pool(1) as pool:
        return pool.apply(work, given)


def side_by_side(work: Callable[..., Any], shares: Iterable[tuple[Any, ...]]) -> None:
    """Each share in a process of its own."""
    every = list(shares)
    with context().Pool(len(every)) as pool:
        pool.starmap(work, every, chunksize=1)
