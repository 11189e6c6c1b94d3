"""What can be wrong on a developer's machine, said so that it can be put right."""


class Problem(Exception):
    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
