"""From the tables into columns: one binary COPY whose rows all have the same length."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import LiteralString
from uuid import UUID

import numpy as np
from psycopg import Connection

from shared.diamonds import filters
from shared.diamonds.columns import WORDS, Block, Lexicon, Numbers, blank, joined, narrow
from shared.diamonds.sorting import SORTS

NUMBERS: dict[str, LiteralString] = {
    each.name: f"COALESCE(({each.column} * {10**each.places})::bigint, -1)"
    for each in filters.BOUNDS
} | {"newest": f"(extract(epoch FROM {SORTS['newest'].expression}) * 1000000)::bigint"}
HASHES: dict[str, LiteralString] = {
    each.name: f"COALESCE(hashtextextended({each.column}, 0), 0)" for each in WORDS
}
FROM: LiteralString = f"""
  FROM diamonds AS diamond
  JOIN diamond_prices AS price ON price.diamond_id = diamond.id
 WHERE {filters.LISTED}"""
COLUMNS: LiteralString = ", ".join(["diamond.id", *HASHES.values(), *NUMBERS.values()])
ROW = np.dtype(
    [("fields", ">i2"), ("id length", ">i4"), ("high", ">u8"), ("low", ">u8")]
    + [
        part
        for name in chain(HASHES, NUMBERS)
        for part in ((f"{name} length", ">i4"), (name, ">i8"))
    ]
)
HEADER, TRAILER = 19, 2
ROWS_AT_ONCE = 20_000

New = dict[tuple[str, int], UUID]
"""Words by column and hash, each with a stone that has it."""


class Unresolved(Exception):
    """A word was gone before it could be read; reading again helps."""


def load(conn: Connection, known: Lexicon, ids: Sequence[UUID] | None = None) -> Block:
    """All listed stones, or those of some ids.

    Reading all wants a transaction that sees one moment; reading a few may raise Unresolved.
    """
    lexicon = known.copy()
    new: New = {}
    blocks = [_block(rows, lexicon, new) for rows in _rows(conn, ids)]
    _resolve(conn, lexicon, new)
    return joined(blocks) if blocks else blank(lexicon)


def _rows(conn: Connection, ids: Sequence[UUID] | None) -> Iterator[Numbers]:
    """The rows of the COPY, some thousands at a time."""
    some: LiteralString = "" if ids is None else " AND diamond.id = ANY(%(ids)s::uuid[])"
    statement: LiteralString = f"COPY (SELECT {COLUMNS}{FROM}{some}) TO STDOUT (FORMAT BINARY)"
    read, skipped = bytearray(), 0
    with conn.cursor() as cursor, cursor.copy(statement, {"ids": list(ids or ())}) as copy:
        for message in copy:
            read += message
            if not skipped:
                skipped = HEADER
                del read[:HEADER]
            if len(read) >= ROWS_AT_ONCE * ROW.itemsize:
                yield np.frombuffer(bytes(read), ROW)
                read.clear()
    if len(read) > TRAILER:
        yield np.frombuffer(bytes(read[:-TRAILER]), ROW)


def _block(rows: Numbers, lexicon: Lexicon, new: New) -> Block:
    words = {}
    for name in HASHES:
        words[name], seen = lexicon.coded(name, rows[name])
        new |= {(name, key): _id(rows[at]) for key, at in seen.items()}
    return Block(
        high=rows["high"].astype(np.uint64),
        low=rows["low"].astype(np.uint64),
        words=words,
        numbers={name: narrow(rows[name].astype(np.int64)) for name in NUMBERS},
        lexicon=lexicon,
    )


def _id(row: Numbers) -> UUID:
    return UUID(int=int(row["high"]) << 64 | int(row["low"]))


def _resolve(conn: Connection, lexicon: Lexicon, new: New) -> None:
    """Read the words behind new hashes where they were seen."""
    pairs = (
        (f"{hashed} AS hash", f"{each.column} AS text")
        for each, hashed in zip(WORDS, HASHES.values(), strict=True)
    )
    columns: LiteralString = ", ".join(part for pair in pairs for part in pair)
    statement: LiteralString = f"SELECT {columns}{FROM} AND diamond.id = ANY(%(ids)s::uuid[])"
    found = conn.execute(statement, {"ids": list(set(new.values()))}).fetchall() if new else []
    texts = {
        (name, row[2 * number]): row[2 * number + 1]
        for row in found
        for number, name in enumerate(HASHES)
    }
    for name, key in new:
        if (name, key) not in texts:
            raise Unresolved(name)
        lexicon.texts[name][lexicon.codes[name][key]] = texts[name, key]
