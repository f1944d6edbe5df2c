# SPDX-License-Identifier: Apache-2.0
"""Real brokers for tests: mosquitto on a free port, open or with TLS and client certificates."""

import contextlib
import getpass
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.tools import require_tool

WITHIN_S = 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def mosquitto(folder: Path, *lines: str, port: int | None = None) -> Iterator[int]:
    """Its port. `lines` of configuration; without any it lets everybody in."""
    program = require_tool("mosquitto")
    port = port or free_port()
    config = folder / "mosquitto.conf"
    # Started by root it would become somebody who cannot read its files.
    settings = (
        f"user {getpass.getuser()}",
        f"listener {port} 127.0.0.1",
        *(lines or ("allow_anonymous true",)),
    )
    config.write_text("\n".join((*settings, "")))
    with subprocess.Popen(
        [program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            deadline = time.monotonic() + WITHIN_S
            while True:
                assert process.poll() is None, "mosquitto ended at once"
                assert time.monotonic() < deadline, "mosquitto does not listen"
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.02)
            yield port
        finally:
            process.terminate()
            process.wait()
