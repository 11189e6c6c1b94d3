"""Pure decisions about a run: whether to wait, consolidate or give up, and whether to sweep."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from shared.ingestion.model import Progress, RunType, SweepState

Decision = Literal["wait", "complete", "partial", "failed", "cancelled"]


@dataclass(frozen=True)
class Verdict:
    decision: Decision
    reason: str


def judge(progress: Progress, *, threshold: Decimal, grace_seconds: int) -> Verdict:
    """What the partitions say about their run.

    All done: complete. At the threshold, the rest gets a grace period counted from the last page
    any partition wrote, so that a slow but moving partition is never cut off. Below it: failed.
    """
    if progress.cancelled:
        return Verdict("cancelled", "cancelled on request")
    if progress.completed == progress.partitions:
        return Verdict("complete", "every partition is done")
    share = f"{progress.completed} of {progress.partitions} partitions done"
    reached = progress.completed >= threshold * progress.partitions
    if progress.open and not (reached and progress.quiet_seconds >= grace_seconds):
        return Verdict("wait", share)
    if not reached:
        return Verdict("failed", f"{share}, {threshold:.0%} needed")
    if progress.quiet_seconds < grace_seconds:
        return Verdict("wait", f"{share}, the rest failed; in the grace period")
    return Verdict("partial", f"{share} after the grace period")


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


@dataclass(frozen=True)
class Sweep:
    state: SweepState
    reason: str


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
    return Sweep("done", f"{evidence.unseen} stones not seen")
