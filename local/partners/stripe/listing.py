"""Lists as Stripe pages them: the newest first, from a cursor on."""

from local.partners.stripe.desk import Json
from local.partners.stripe.params import Created, Listing
from local.partners.stripe.refused import missing


def page(found: list[Json], asked: Listing, url: str) -> Json:
    chosen = [body for body in found if _created(body["created"], asked.created)]
    backwards = asked.ending_before is not None
    if cursor := asked.starting_after or asked.ending_before:
        place = _place(chosen, cursor)
        chosen = chosen[:place] if backwards else chosen[place + 1 :]
    shown = chosen[-asked.limit :] if backwards else chosen[: asked.limit]
    return {"object": "list", "data": shown, "has_more": len(chosen) > len(shown), "url": url}


def _place(found: list[Json], cursor: str) -> int:
    for place, body in enumerate(found):
        if body["id"] == cursor:
            return place
    raise missing("object", cursor, "starting_after")


def _created(at: int, asked: int | Created | None) -> bool:
    match asked:
        case None:
            return True
        case int():
            return at == asked
        case Created(gt=gt, gte=gte, lt=lt, lte=lte):
            floor = max(gte or 0, -1 if gt is None else gt + 1)
            ceiling = min(at if lte is None else lte, at if lt is None else lt - 1)
            return floor <= at <= ceiling
