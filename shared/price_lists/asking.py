"""Whose prices are shown: said once for a request, known to SQL and to memory alike.

Inside `shown_to` every transaction has the list's terms as settings of its own, which the view
`shown_prices` goes by. So a query has nothing to pass on, and can forget nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal

from shared.platform import db
from shared.price_lists import queries
from shared.price_lists.model import Terms

_terms: ContextVar[Terms | None] = ContextVar("terms", default=None)
_since: ContextVar[datetime | None] = ContextVar("since", default=None)


def terms() -> Terms | None:
    """None: the retail price."""
    return _terms.get()


def since() -> datetime | None:
    """When all prices of who asks last changed at once, with their list; None without one."""
    return _since.get()


def shown(retail: Decimal | None) -> Decimal | None:
    """A retail price as who asks is shown it."""
    asking = terms()
    return asking.price(retail) if asking and retail is not None else retail


@contextmanager
def shown_to(name: str | None) -> Iterator[None]:
    """Work for a caller with this list, or with none; a list that is not in force changes nothing.

    Terms hold for the whole request, whoever changes the list meanwhile.
    """
    if name is None:
        yield
        return
    with db.request_transaction() as conn:
        standing = queries.get_standing(conn, name=name)
    told = _since.set(standing.since)
    try:
        with shown_at(Terms.kept(standing.points, standing.places)):
            yield
    finally:
        _since.reset(told)


@contextmanager
def shown_at(asked: Terms | None) -> Iterator[None]:
    """Work at these terms; only transactions that begin inside know of them."""
    told = _terms.set(asked)
    try:
        with db.local_settings(asked.settings if asked else {}):
            yield
    finally:
        _terms.reset(told)
