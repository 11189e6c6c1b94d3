from psycopg import Connection

from shared.feeds.doubts import Doubt, count_doubts
from shared.ingestion.writing import restage
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
