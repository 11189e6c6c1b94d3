"""A file becomes lines for the shelf and a report that names line and field."""

from decimal import Decimal

import pytest

from shared.platform.errors import Invalid, TooLarge
from shared.stock import reading, report, sheet
from shared.stock.headings import ColumnsUnclear
from shared.stock.model import Fault
from shared.stock.reading import Reading
from tests.support.stock import csv_of, stone, stones

RAPNET = (
    b"Stock #,Availability,Shape,Weight,Color,Clarity,Cut Grade,Polish,Symmetry,"
    b"Fluorescence Intensity,Measurements,Lab,Certificate #,Cash Price,Depth %,Table %\n"
    b"A-1,GA,Round,1.01,D,VVS1,EX,EX,VG,N,6.45-6.47x3.98,GIA,2141438171,5000,61.6,57\n"
)


def read(content: bytes, **columns: str) -> Reading:
    return reading.read(content, declared=columns, constants={})


def told(made: Reading) -> list[tuple[int, str]]:
    return [(fault.line, fault.field) for fault in made.faults]


def test_a_list_as_the_trade_heads_it_needs_no_mapping() -> None:
    made = read(RAPNET)

    assert made.faults == []
    assert made.layout.ignored == []
    assert [(line.key, line.price) for line in made.shelf] == [("A-1", Decimal("5050.00"))]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_spreadsheets_of_any_country_are_read(delimiter: str, encoding: str) -> None:
    made = read(csv_of(stones(3), delimiter=delimiter, encoding=encoding))

    assert (made.lines, made.faults) == (3, [])


def test_another_encoding_is_refused_with_the_line_it_shows_in() -> None:
    with pytest.raises(Invalid) as refused:
        read(csv_of(stones(3)) + "OWN-9,Überschliff".encode("latin-1"))

    assert "line 5" in refused.value.message
    assert "UTF-8" in (refused.value.hint or "")


def test_a_heading_that_may_mean_either_price_is_not_guessed_at() -> None:
    content = RAPNET.replace(b"Cash Price", b"Price")
    with pytest.raises(ColumnsUnclear) as refused:
        read(content)

    assert refused.value.fields == {"price": "no column is surely this"}
    assert read(content, price="Price").shelf[0].price == Decimal("5000.00")
    assert read(content, price_per_carat="Price").shelf[0].price == Decimal("5050.00")


def test_a_declared_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ColumnsUnclear) as refused:
        read(RAPNET, shape="Form")

    assert refused.value.fields == {"shape": "there is no column 'Form'"}


def test_a_declared_column_wins_over_the_one_that_looks_like_it() -> None:
    made = read(RAPNET, comments="Stock #", stock_number="Certificate #")

    assert made.shelf[0].key == "2141438171"


def test_all_that_is_wrong_with_a_line_is_said_at_once() -> None:
    bad = stone(1, Shape="Blob", Color="ZZ", **{"Total Price": "free"})

    made = read(csv_of([stone(0), bad, stone(2)]))

    assert told(made) == [(3, "color"), (3, "price"), (3, "shape")]
    assert made.faults[0].heading == "Color"
    assert made.faults[0].value == "ZZ"
    assert (made.lines, made.bad_lines, made.stones) == (3, 1, 2)


def test_lines_count_as_editors_count_them() -> None:
    quoted = stone(0, Comments="first\nsecond\nthird")
    content = csv_of([quoted, stone(1, Shape="Blob", Comments="")])

    assert told(read(content)) == [(5, "shape")]
    assert told(read(b"\n\n" + content)) == [(7, "shape")]


def test_a_quotation_mark_that_nothing_closes_takes_no_other_line_with_it() -> None:
    lines = csv_of(stones(5)).split(b"\r\n")
    lines[2] = b'"' + lines[2]

    made = read(b"\r\n".join(lines))

    assert told(made) == [(3, reading.WHOLE_LINE)]
    assert sum(line.key.startswith("OWN") for line in made.shelf) == 4


def test_a_line_with_too_few_or_too_many_cells_is_reported() -> None:
    lines = csv_of(stones(3)).split(b"\r\n")
    lines[1] += b",more"
    lines[2] = b"OWN-00001,RB"

    assert told(read(b"\r\n".join(lines))) == [(2, reading.WHOLE_LINE), (3, reading.WHOLE_LINE)]


def test_blank_lines_and_blank_cells_at_the_end_do_not_matter() -> None:
    lines = csv_of(stones(2)).split(b"\r\n")

    made = read(b"\r\n".join([lines[0], b"", lines[1] + b",,", b"," * 15, lines[2]]))

    assert (made.lines, made.faults) == (2, [])


def test_a_price_that_carats_do_not_bear_out_is_reported() -> None:
    rows = [stone(0, Weight="2.00", **{"Total Price": "5000", "Price/Ct": "5000"})]

    assert told(read(csv_of(rows))) == [(2, "price")]


@pytest.mark.parametrize(("carats", "each"), [("9000", "2000000"), ("0.01", "0.10")])
def test_a_price_that_no_catalogue_holds_is_reported_however_it_is_written(
    carats: str, each: str
) -> None:
    rows = [stone(0, Weight=carats, **{"Total Price": "", "Price/Ct": each})]

    assert told(read(csv_of(rows))) == [(2, "price")]


def test_a_constant_stands_where_there_is_no_column() -> None:
    made = reading.read(RAPNET, declared={}, constants={"lab_grown": "yes"})

    assert made.shelf[0].item["lab_grown"] == "yes"


def test_a_list_of_too_many_lines_is_refused() -> None:
    with pytest.raises(TooLarge):
        read(RAPNET + b"x\n" * sheet.MOST_LINES)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfeS\0t\0"])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        read(content)


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_nothing_in_the_report_is_run_as_a_formula(evil: str) -> None:
    fault = Fault(line=2, field="shape", heading=evil, value=evil, reason="is unknown")

    written = report.to_csv([fault]).decode("utf-8-sig")

    assert written.count(f"'{evil}") == 2
