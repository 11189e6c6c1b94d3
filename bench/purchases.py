"""Purchases killed after every step: `python -m bench.purchases [kills] [seed] [what]`.

Each case is gone through once undisturbed, which tells its steps: every call to a partner before
it is sent and after it is done, every commit. Then the app is killed (-9) at the chosen ones and
started again, its client asks again, and in the end everybody's books are compared. With `what`
as `sequels` the app is killed in what follows purchases instead: cancellations, refunds, an
operator's decisions. Prints JSON.
"""

import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from local.postgres import embedded_programs
from tests.support.killing.audit import audit
from tests.support.killing.cases import CASES, SEQUEL_CASES, Case, Told, go_through
from tests.support.killing.premises import Premises, premises
from tests.support.postgres import server

KILLS = 200
PARTS = {"purchases": CASES, "sequels": SEQUEL_CASES}
PLAIN = (CASES[0],)
SPARE_STONES = 3
"""For each case: the undisturbed one, and what the supplier sells to others."""


def at_every_step(rehearsed: list[Told], dice: Random) -> list[Case]:
    """Every step of the plain cases first, then all steps of the others in any order."""
    plain: list[Case] = []
    rest: list[Case] = []
    for told in rehearsed:
        steps = [replace(told.case, kill_at=at) for at in range(len(told.steps))]
        (plain if told.case in PLAIN else rest).extend(steps)
    return plain + dice.sample(rest, len(rest))


def go(there: Premises, cases: list[Case], *, until_killed: int) -> list[Told]:
    """Stop after so many kills; a purchase may be over before its step comes."""
    told: list[Told] = []
    kills = 0
    for case in cases:
        if kills == until_killed:
            break
        told.append(go_through(there, case))
        kills += told[-1].killed_at is not None
        print(f"{kills} kills, {len(told)} purchases: {told[-1]}", file=sys.stderr, flush=True)
    return told


def drill(kills: int, seed: int, given: list[Case]) -> dict[str, Any]:
    began = time.monotonic()
    with (
        server(embedded_programs()) as postgres,
        postgres.database() as url,
        tempfile.TemporaryDirectory() as folder,
        premises(Path(folder), url, stones=2 * kills + SPARE_STONES * len(given)) as there,
    ):
        rehearsed = go(there, given, until_killed=1)
        cases = at_every_step(rehearsed, Random(seed))
        killed = go(there, cases, until_killed=kills)
        verdict = audit(there)
    return {
        "cases": len(given),
        "purchases": len(rehearsed) + len(killed),
        "kills": sum(told.killed_at is not None for told in killed),
        "killed_in": Counter(told.case.then or "the purchase" for told in killed if told.killed_at),
        "killed_at": Counter(str(told.killed_at) for told in killed),
        "endings": verdict.endings,
        "faults": verdict.faults,
        "seconds": round(time.monotonic() - began),
        "seconds_for_one": max(told.seconds for told in killed),
    }


def main() -> None:
    usual = (str(KILLS), "0", "purchases")
    kills, seed, what = (*sys.argv[1:], *usual[len(sys.argv) - 1 :])
    report = drill(int(kills), int(seed), PARTS[what])
    print(json.dumps(report, indent=2))
    sys.exit(1 if report["faults"] else 0)


if __name__ == "__main__":
    main()
