"""Whether both inventories are being asked for at once, which the supplier's gate refuses."""

from time import monotonic

from local.partners.nivoda.shelf import Kind

LINGERS_SECONDS = 0.5


class Crowd:
    def __init__(self) -> None:
        self._last: dict[Kind, float] = {}

    def is_mixed(self, kind: Kind) -> bool:
        """Whether the other kind was asked for a moment ago."""
        now = monotonic()
        self._last[kind] = now
        others = [at for other, at in self._last.items() if other != kind]
        return any(now - at < LINGERS_SECONDS for at in others)
