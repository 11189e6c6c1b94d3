"""The pure rating decision; the rating tree in SQL takes the same one for millions."""

from datetime import datetime
from uuid import UUID

from shared.rating.model import DEFAULT_RATING, RatingRules
from shared.rules.model import Facts, candidates, first_match


class RatingEngine:
    """A set of rules as it stands at one moment."""

    def __init__(self, rules: RatingRules, at: datetime) -> None:
        self._ratings = {rule.id: rule.rating for rule in rules.rules}
        self.tried = candidates(rules.rules, at)

    def rate(self, facts: Facts, pricing_rating: int | None) -> tuple[int, UUID | None]:
        """By the first rule that applies, else by the pricing rule, else the middle."""
        rule_id = first_match(self.tried, facts)
        if rule_id is not None:
            return self._ratings[rule_id], rule_id
        return pricing_rating or DEFAULT_RATING, None
