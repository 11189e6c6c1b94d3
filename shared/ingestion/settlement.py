"""Pure decisions about a run: whether to wait, consolidate or give up, and whether to sweep."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from shared.ingestion.model import Progress, RunType, SweepState

Decision = Literal["wait", "complete", "partial", "failed", "cancelled"]


LEAST_PATIENCE_SECONDS = 60
"""How long a partition may at least go without a page before it counts as stuck."""


@dataclass(frozen=True)
class Verdict:
    decision: Decision
    reason: str


def judge(
    progress: Progress, *, threshold: Decimal, grace_seconds: int, waited_seconds: float
) -> Verdict:
    """What the partitions say about their run.

    All done: complete. With some failed, the grace period is the time to heal; after it, a run at
    the threshold goes on without the rest, one below it has failed; one that a rule of data quality
    refused has failed at once. A partition that is slow but
    moving is never cut off: only when no page came for a whole grace period.
    """
    stopped = _stopped(progress)
    if stopped:
        return stopped
    if progress.completed == progress.partitions:
        return Verdict("complete", "every partition is done")
    share = f"{progress.completed} of {progress.partitions} partitions done"
    if progress.forced:
        return Verdict("partial", f"{share}; forced")
    reached = progress.completed >= threshold * progress.partitions
    if progress.open:
        stuck = reached and progress.quiet_seconds >= max(grace_seconds, LEAST_PATIENCE_SECONDS)
        return Verdict("partial" if stuck else "wait", f"{share}, {progress.open} under way")
    if waited_seconds < grace_seconds:
        return Verdict("wait", f"{share}, the rest failed; in the grace period")
    decision: Decision = "partial" if reached else "failed"
    return Verdict(decision, f"{share} after the grace period, {threshold:.0%} needed")


def _stopped(progress: Progress) -> Verdict | None:
    """By a person or by a rule; force overrules a rule."""
    if progress.cancelled:
        return Verdict("cancelled", "cancelled on request")
    if progress.refused and not progress.forced:
        return Verdict("failed", progress.refused)
    return None


@dataclass(frozen=True)
class Evidence:
    """What a sweep is decided on; stored with the run as its proof."""

    run_type: RunType
    tiled: bool
    """The partitions cover the whole axis without a gap."""
    sightings: int
    recount: int
    active_before: int
    unseen: int
    band: str = ""
    """Of the stretches of prices with like many stones, the one that would lose most of them."""
    band_stones: int = 0
    band_unseen: int = 0


@dataclass(frozen=True)
class Sweep:
    state: SweepState
    reason: str


BAND_LIMIT = Decimal("0.5")
"""Stones go one by one. Where half of a whole stretch of prices is gone, the supplier lost it."""


def judge_sweep(evidence: Evidence, *, tolerance: Decimal, limit: Decimal) -> Sweep:
    """Whether stones not seen in a complete run may be taken off sale."""
    if evidence.run_type != "full":
        return Sweep("not_due", "only a full run sweeps")
    if not evidence.tiled:
        return Sweep("refused", "the partitions do not cover the whole price axis")
    apart = abs(evidence.sightings - evidence.recount)
    if apart > tolerance * max(evidence.recount, 1):
        seen = f"{evidence.sightings} seen, {evidence.recount} recounted"
        return Sweep("refused", f"{seen}: more than {tolerance:.0%} apart")
    if evidence.unseen and evidence.unseen >= limit * evidence.active_before:
        share = f"{evidence.unseen} of {evidence.active_before} active stones"
        return Sweep("waiting", f"{share} would go, {limit:.0%} or more: approval needed")
    if evidence.band_unseen and evidence.band_unseen >= BAND_LIMIT * evidence.band_stones:
        share = f"{evidence.band_unseen} of {evidence.band_stones} stones {evidence.band}"
        return Sweep("waiting", f"{share} would go, {BAND_LIMIT:.0%} or more: approval needed")
    return Sweep("done", f"{evidence.unseen} stones not seen")
