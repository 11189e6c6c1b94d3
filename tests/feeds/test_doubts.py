import pytest
from psycopg import Connection

from shared.feeds.doubts import LEFT_OUT, Doubt, count_doubts, noted, taken_as, told
from shared.feeds.model import Unmappable
from shared.feeds.nivoda import mapping
from shared.ingestion.alterations import Waiting, quarantined
from shared.ingestion.writing import restage
from shared.platform import exact_json
from tests.feeds.nivoda.samples import SOUND, altered
from tests.support.feeds import ShelfFeed, listing


def test_what_was_not_understood_is_counted_by_field_with_examples(conn: Connection) -> None:
    feed = ShelfFeed()
    sure, odd, odder = (feed.stone(listing(number)) for number in range(3))
    odd = odd._replace(doubts=["cut: 'SUPERB'"])
    odder = odder._replace(doubts=["cut: 'SO: SO'", "girdle: {'from': 'MED'}"])

    restage(conn, feed, [sure, odd, odder])

    assert count_doubts(conn, feed="shelf") == [
        Doubt(field="cut", stones=2, examples=["cut: 'SO: SO'", "cut: 'SUPERB'"]),
        Doubt(field="girdle", stones=1, examples=["girdle: {'from': 'MED'}"]),
    ]
    assert count_doubts(conn, feed="demo") == []


def test_a_doubt_names_path_old_value_and_action() -> None:
    noted_now = noted("diamond.certificate.cut", "'SO; SO'", taken_as("SO; SO"))
    assert told(noted_now).model_dump() == {
        "path": "diamond.certificate.cut",
        "was": "'SO; SO'",
        "action": "taken as SO; SO",
    }
    assert told(noted("table", "'5x'", LEFT_OUT)).action == "left out"
    assert told("cut: 'SUPERB'").model_dump() == {"path": "cut", "was": "'SUPERB'", "action": None}


def test_a_bad_carat_string_names_path_old_value_and_action() -> None:
    bad = altered(SOUND, {"diamond.certificate.carats": "1,5l ct"})
    with pytest.raises(Unmappable) as fault:
        mapping.stone(bad, feed="nivoda-natural", lab_grown=False)
    payload = exact_json.canonical(bad).decode()
    waiting = Waiting(field=fault.value.field, reason=fault.value.reason, payload=payload)

    entry = quarantined(waiting)

    assert (entry.path, entry.was, entry.action) == (
        "diamond.certificate.carats",
        "'1,5l ct'",
        "quarantined",
    )
