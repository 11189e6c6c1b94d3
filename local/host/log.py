"""One line per record on standard error: time, level, logger, message, key=value."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

NOISY = ("azure", "uvicorn", "httpx", "httpcore", "aiohttp", "asyncio")


class Invocation:
    """Which function is running, so that its own log lines can say so."""

    def __init__(self) -> None:
        self._current: ContextVar[tuple[str, str] | None] = ContextVar("invocation", default=None)

    @contextmanager
    def during(self, function: str, invocation_id: str) -> Iterator[None]:
        token = self._current.set((function, invocation_id))
        try:
            yield
        finally:
            self._current.reset(token)

    def fields(self) -> dict[str, str]:
        current = self._current.get()
        return {"function": current[0], "invocation": current[1]} if current else {}


INVOCATION = Invocation()


class OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        fields = INVOCATION.fields() | getattr(record, "told", {})
        text = " ".join(record.getMessage().splitlines())
        line = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
        line = f"{line} {record.levelname.lower():8} {record.name}: {text}"
        line += "".join(f" {key}={quoted(value)}" for key, value in fields.items())
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def quoted(value: object) -> str:
    text = " ".join(str(value).split())
    return f'"{text}"' if " " in text else text


def configure(level: str) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
