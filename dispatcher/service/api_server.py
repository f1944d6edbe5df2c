# SPDX-License-Identifier: Apache-2.0
"""The HTTP server, on the daemon's own loop and on a socket that is bound already."""

import contextlib
from collections.abc import Iterator
from typing import Final

import uvicorn
from litestar import Litestar

REQUESTS_END_WITHIN_S: Final = 5
CONNECTIONS_MAX: Final = 1_000


class ApiServer(uvicorn.Server):
    """Serves until `should_exit`; leaves the signals to the daemon."""

    def __init__(self, app: Litestar) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                limit_concurrency=CONNECTIONS_MAX,
                timeout_graceful_shutdown=REQUESTS_END_WITHIN_S,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None of them."""
        yield
