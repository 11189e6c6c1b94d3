"""A CSV file line by line; a line that cannot be read takes no other with it."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.platform.errors import Invalid, TooLarge

MOST_LINES = 50_000
MOST_CELLS = 300
LONGEST_RECORD = 20
"""Lines that one record may span, where a quoted cell holds line breaks."""
DELIMITERS = ",;\t"
OPEN = "unexpected end of data"
NOT_UTF_8 = "Save it as 'CSV UTF-8': other encodings cannot be told from each other."


@dataclass(frozen=True)
class Record:
    """Cells, or why there are none; lines count from 1, as editors do."""

    line: int
    cells: list[str]
    fault: str | None = None
    raw: str = ""
    """The line itself, where no cells can be told."""


def decoded(content: bytes) -> str:
    """UTF-8, with or without its byte order mark; raises Invalid."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Invalid(f"The file is not UTF-8: line {line}.", hint=NOT_UTF_8) from error
    if "\0" in text:
        raise Invalid("The file holds zero bytes.", hint=NOT_UTF_8)
    return text


def read(text: str) -> tuple[list[str], Iterator[Record]]:
    """The headings, and what follows; raises Invalid and TooLarge."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MOST_LINES:
        raise TooLarge(f"The file has more than {MOST_LINES:,} lines.")
    first = next((place for place, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise Invalid("The file is empty.")
    delimiter = max(DELIMITERS, key=lines[first].count)
    headings = _headings(lines[first], delimiter)
    return headings, _records(lines, first + 1, delimiter, len(headings))


def _headings(line: str, delimiter: str) -> list[str]:
    try:
        headings = _parsed([line], delimiter)
    except csv.Error as error:
        raise Invalid(f"The headings cannot be read: {error}.") from error
    if len(headings) > MOST_CELLS:
        raise TooLarge(f"The file has more than {MOST_CELLS} columns.")
    return headings


def _records(lines: Sequence[str], place: int, delimiter: str, width: int) -> Iterator[Record]:
    while place < len(lines):
        if not lines[place].strip():
            place += 1
            continue
        record, span = _record(lines, place, delimiter, width)
        if record.fault or any(cell.strip() for cell in record.cells):
            yield record
        place += span


def _record(lines: Sequence[str], place: int, delimiter: str, width: int) -> tuple[Record, int]:
    """What begins at this line, and how many lines it takes; a faulty one takes only its first."""
    line = place + 1
    for span in range(1, LONGEST_RECORD + 1):
        try:
            cells = _parsed(lines[place : place + span], delimiter)
        except csv.Error as error:
            if str(error) == OPEN and place + span < len(lines):
                continue
            return Record(line, [], f"cannot be read: {error}", lines[place]), 1
        fault = _misfit(cells, width)
        return Record(line, cells, fault, lines[place]), 1 if fault else span
    return Record(line, [], "opens a quotation mark that nothing closes", lines[place]), 1


def _parsed(lines: Sequence[str], delimiter: str) -> list[str]:
    broken = [f"{line}\n" for line in lines[:-1]]
    (cells,) = csv.reader([*broken, lines[-1]], delimiter=delimiter, strict=True)
    return cells


def _misfit(cells: Sequence[str], width: int) -> str | None:
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        return f"has {len(cells)} cells, the headings are {width}"
    return None
