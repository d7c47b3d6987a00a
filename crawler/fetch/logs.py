"""Sends our events, and Scrapy's warnings among them, to stderr."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO, cast

import structlog

from crawler import measures

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class Lasting:
    """A stream that goes on where its own does not: what a full or vanished disk does not take is counted and lost."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.lost = 0

    def _lose(self) -> None:
        self.lost += 1
        measures.LOST.inc()

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError):  # ValueError: it was closed
            self._lose()
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._lose()

    def isatty(self) -> bool:
        return self._stream.isatty()


def log_to_stderr(level: str = "info", format: str = "auto") -> None:
    """Write events of *level* and above, as JSON lines or for eyes; "auto" looks whether stderr is a terminal.

    Where stderr takes nothing more, a full disk say, the work goes on without a log.
    """
    stream = Lasting(sys.stderr)
    for_eyes = format == "console" or (format == "auto" and sys.stderr.isatty())
    render: list[Any] = (
        [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), repr_native_str=True)]
        if for_eyes
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*_SHARED, *render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, stream)),
    )
    handler = logging.StreamHandler(cast(TextIO, stream))
    # Scrapy tells each step at INFO and below; those steps are our own events already.
    handler.setLevel(logging.WARNING)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_one_line, *_SHARED, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    logging.root.handlers[:] = [handler]


def _one_line(logger: Any, name: str, event: Any) -> Any:
    # Scrapy's messages quote what sites sent: that must not draw on a terminal.
    text = str(event["event"])
    return {**event, "event": "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)}
