"""Why a stone is not held or sold; what is written down with a hold comes back as it was said."""

from collections.abc import Mapping
from typing import Any

from shared.platform import exact_json
from shared.platform.errors import Conflict, NotFound, Refusal, Unavailable


class HoldNotFound(NotFound):
    code = "HOLD_NOT_FOUND"


class StoneAlreadyHeld(Conflict):
    code = "ALREADY_HELD"
    hint = "Somebody else has it at present; it comes back if they let it go."


class StoneSold(Conflict):
    code = "ALREADY_SOLD"


class StoneNotAvailable(Conflict):
    code = "NOT_AVAILABLE"
    hint = "The supplier does not sell it at present."


class HoldDenied(Conflict):
    code = "HOLD_DENIED"
    hint = "The supplier keeps it for somebody else."


class PriceMoved(Conflict):
    code = "PRICE_MOVED"
    hint = "Nothing is held. Ask again for the new price, which the catalogue shows shortly."


class BelowLowestMargin(Conflict):
    """The price would leave less than the lowest margin on what the stone costs now."""

    code = "BELOW_LOWEST_MARGIN"
    hint = "Ask the operator, or choose another stone."


class HoldEnded(Conflict):
    code = "HOLD_ENDED"


class CannotExtend(Conflict):
    code = "HOLD_NOT_EXTENDED"
    hint = "It is as long as it can be."


class SellingPaused(Unavailable):
    code = "SELLING_PAUSED"
    hint = "Nothing is held or sold until the operator resumes."


class SupplierUnavailable(Unavailable):
    code = "SUPPLIER_UNAVAILABLE"
    hint = "Nothing was held; try again in a minute."


class SupplierSilent(Unavailable):
    code = "SUPPLIER_SILENT"
    hint = "The supplier's answer was lost and is being cleared up; look at the hold in a minute."


class SupplierDeclined(Conflict):
    code = "SUPPLIER_DECLINED"
    hint = "Nothing was bought and nothing is charged."


class CheckoutRefused(Unavailable):
    code = "CHECKOUT_UNAVAILABLE"
    hint = "Nothing is charged; try again in a minute."


KEPT: Mapping[str, type[Refusal]] = {
    kind.code: kind
    for kind in (
        StoneNotAvailable,
        HoldDenied,
        PriceMoved,
        SupplierUnavailable,
        SupplierDeclined,
        CheckoutRefused,
    )
}


def written(refusal: Refusal) -> str:
    """A refusal as text that keeps the digits of its money."""
    content = {"code": refusal.code, "message": refusal.message, "fields": refusal.fields}
    return exact_json.dumps(content).decode()


def said_again(kept: Mapping[str, Any]) -> Refusal:
    """The refusal that was written down."""
    return KEPT[kept["code"]](kept["message"], fields=kept["fields"])
