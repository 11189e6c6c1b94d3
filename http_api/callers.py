"""Who is calling, what they may still ask, and from where."""

from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

import azure.functions as func

from shared.access import admission
from shared.access.admission import Credentials, Recognised
from shared.access.budgets import Allowance, Budget, Budgets
from shared.access.model import ApiKey
from shared.access.signing import Signed
from shared.platform.settings import settings
from shared.purchases import links

READING = ("GET", "HEAD", "OPTIONS")
ORDER_TOKEN = "X-Order-Token"  # noqa: S105 - the name of a header
LOOKS_PER_MINUTE = 60

budgets = Budgets()
readers = Recognised()


def recognised(req: func.HttpRequest) -> ApiKey:
    """The caller; raises KeyUnknown and LockedOut.

    Who reads with a key is trusted for two seconds, so that a busy shop costs no look-ups.
    """
    shown = Credentials(req.headers.get("X-API-Key"), _signed(req), address(req))
    if shown.key is None or req.method not in READING:
        return admission.admitted(shown)
    return readers.find(shown.key) or readers.remember(shown.key, admission.admitted(shown))


def of_link(req: func.HttpRequest) -> UUID:
    """The purchase whose link is shown; raises OrderUnknown and TooManyRequests.

    A link nobody was given costs no look-up, and a given one has a budget of its own.
    """
    purchase_id = links.purchase_of(req.headers.get(ORDER_TOKEN, ""))
    budgets.take(purchase_id, "link", LOOKS_PER_MINUTE)
    return purchase_id


def forget(req: func.HttpRequest) -> None:
    """Trust who was refused no longer: they may be given the permission in a moment."""
    readers.forget(req.headers.get("X-API-Key", ""))


def counted(key: ApiKey, budget: Budget) -> Allowance:
    """One more request of this caller; raises TooManyRequests."""
    return budgets.spend(key, budget)


def address(req: func.HttpRequest) -> str | None:
    """Where it came from, as the proxy before us saw it; anything else a caller may invent."""
    proxies = settings().access.proxies
    hops = [hop.strip() for hop in req.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if not proxies or len(hops) < proxies:
        return None
    return _without_port(hops[-proxies])


def _without_port(hop: str) -> str | None:
    host = urlsplit(f"//{hop}").hostname if hop.count(":") == 1 or "[" in hop else hop
    try:
        return str(ip_address(host or ""))
    except ValueError:
        return None


def _signed(req: func.HttpRequest) -> Signed | None:
    shown = req.headers.get("X-Signature")
    if shown is None:
        return None
    return Signed(
        client_id=req.headers.get("X-Client-Id", ""),
        timestamp=req.headers.get("X-Timestamp", ""),
        nonce=req.headers.get("X-Nonce"),
        signature=shown,
        method=req.method,
        url=req.url,
        body=req.get_body() or b"",
    )
