# SPDX-License-Identifier: Apache-2.0
"""The client of the daemon's API against servers that do what real ones may."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dispatcher.demo.daemon_api import DaemonApi, DaemonGone

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def server_that_closes_after_each_answer() -> Iterator[tuple[int, list[bytes]]]:
    """It says nothing of closing, as a server that ends idle connections does not."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(4096))
                    connection.sendall(ANSWER)

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(listener.getsockname()[1]), asked
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_a_question_on_a_kept_connection_that_the_daemon_has_closed_is_asked_again() -> None:
    with server_that_closes_after_each_answer() as (port, asked):
        api = DaemonApi("127.0.0.1", port)
        for _ in range(3):
            assert api.get("/healthz").status == 200
        assert len(asked) == 3
        with pytest.raises(DaemonGone):
            api.post("/v1/parcels", {})
        assert api.post("/v1/parcels", {}).status == 200
        assert len(asked) == 4, "what was posted may have been done: it is not sent twice"
        api.close()


def test_a_daemon_that_is_not_there_is_asked_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = int(unused.getsockname()[1])
    with pytest.raises(DaemonGone, match=f"no daemon answers at 127.0.0.1:{port}"):
        DaemonApi("127.0.0.1", port).get("/healthz")
