"""What suppliers tell us by themselves, signed as Standard Webhooks are."""

import azure.durable_functions as df
import azure.functions as func

from http_api import parsing
from http_api.checkout import SETTLE_PURCHASE, Received
from http_api.endpoint import Call, Nothing, Start, starter
from shared.feeds import registry
from shared.platform import clock
from shared.purchases import supplier_events
from shared.purchases.payloads import SettlePurchase
from shared.purchases.supplier_events import SupplierEvent
from shared.webhooks import signing

bp = df.Blueprint()


@bp.route("v2/webhooks/feeds/{feed}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@bp.durable_client_input(client_name="client")
@starter(scope=None, status=200, also=(401,), path={"feed": str})
def hear_supplier(call: Call[Nothing]) -> Start[Received] | Received:
    """Keep a signed event once: a stone sold out is hidden, an order is asked after."""
    feed = str(call.path["feed"])
    secret = registry.webhook_secret(feed)
    message_id = signing.verified(call.req.headers, call.req.get_body(), secret, clock.now())
    event = parsing.body(call.req, SupplierEvent)
    purchase = supplier_events.heard(feed, message_id, event)
    if purchase is None:
        return Received()
    request = SettlePurchase(purchase_id=purchase.id)
    return Start(SETTLE_PURCHASE, purchase.instance_id, request, Received())
