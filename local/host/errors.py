"""Why a host refuses to start."""


class BrokenApp(Exception):
    """The app, its settings or its host.json cannot be loaded; one reason per line."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons
