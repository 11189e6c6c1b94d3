"""One canonical line per unit of work: a message and its fields."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Lines logged inside say these fields, too."""
    token = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(token)


class Log:
    """`log.info("page written", stones=40)` prints `page written stones=40`."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, message: str, **fields: Any) -> None:
        self._write(logging.INFO, message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        self._write(logging.WARNING, message, fields)

    def error(self, message: str, *, cause: BaseException | None = None, **fields: Any) -> None:
        self._write(logging.ERROR, message, fields, cause)

    def _write(
        self, level: int, message: str, fields: dict[str, Any], cause: BaseException | None = None
    ) -> None:
        if self._logger.isEnabledFor(level):
            said = {**_about.get(), **fields}
            line = " ".join([message, *(f"{name}={value}" for name, value in said.items())])
            self._logger.log(level, line, exc_info=cause, extra={"fields": said})
