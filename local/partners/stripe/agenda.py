"""What happens by itself once its time has come: expiry, lapse, the end of a refund."""

from local.partners.stripe import intents, refunds, sessions
from local.partners.stripe.desk import Desk


def catch_up(desk: Desk) -> None:
    for which, what in desk.store.due(desk.now):
        body = desk.store.find(which)
        if body is None:
            continue
        match what:
            case "expire" if body["status"] == "open":
                sessions.expired(desk, body)
            case "lapse":
                intents.lapse(desk, body)
            case "settle":
                refunds.settle(desk, body)
