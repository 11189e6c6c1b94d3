"""What was wrong with an upload, as a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from shared.stock.model import Fault

HEADINGS = ("line", "field", "heading", "value", "reason")
RUN_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(faults: Iterable[Fault]) -> bytes:
    """UTF-8 with its mark, for Excel; a cell that it would run as a formula becomes text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for fault in faults:
        told = fault.model_dump()
        writer.writerow([_harmless(told[name]) for name in HEADINGS])
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: object) -> str:
    said = "" if value is None else str(value)
    return f"'{said}" if said.startswith(RUN_AS_FORMULA) else said
