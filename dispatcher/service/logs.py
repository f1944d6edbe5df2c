# SPDX-License-Identifier: Apache-2.0
"""The daemon's log: one JSON object a line, to standard error and, where wanted, to a file.

What must hold: no code, token or key is ever given to it. Time in it is UTC wall time.
"""

import sys
from pathlib import Path
from typing import Any, TextIO

import structlog

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class _Tee:
    """Writes whole lines to several streams."""

    def __init__(self, streams: list[TextIO]) -> None:
        self._streams = streams

    def write(self, text: str) -> int:
        for stream in self._streams:
            stream.write(text)
        return len(text)

    def flush(self) -> None:
        for stream in self._streams:
            stream.flush()


def start_log(file: str, level: str) -> None:
    """Raises OSError where the file cannot be opened."""
    streams: list[TextIO] = [sys.stderr]
    if file:
        path = Path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        streams.append(path.open("a", encoding="utf-8", buffering=1))
    sink: Any = _Tee(streams)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sink),
        cache_logger_on_first_use=False,
    )
