# SPDX-License-Identifier: Apache-2.0
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dispatcher.demo.clock import DemoClock
from dispatcher.demo.daemon_api import DaemonApi
from dispatcher.demo.intake import Intake
from dispatcher.parcel_file import ParcelRow

Post = tuple[str, str, dict[str, object]]


class Desk(ThreadingHTTPServer):
    """Takes parcels as the daemon does: a key that was seen gets the same answer again."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Counter)
        self.posts: list[Post] = []
        self.lose_answers = 0
        self.refuse = ""
        self.state = "announced"

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that we cut on purpose is no news."""


class Counter(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Desk

    def do_GET(self) -> None:
        self.server.posts.append((self.path, "", {}))
        self.answer(200, {"state": self.server.state})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append((self.path, self.headers.get("Idempotency-Key", ""), body))
        if self.server.lose_answers:
            self.server.lose_answers -= 1
            self.close_connection = True
            return
        refused = body.get("parcel") == self.server.refuse
        self.answer(*((422, {"detail": "unknown stop"}) if refused else (201, {})))

    def answer(self, status: int, body: dict[str, str]) -> None:
        answer = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *words: object) -> None:
        """Silence."""


@pytest.fixture
def desk() -> Iterator[Desk]:
    server = Desk()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def row(parcel: str, announced_ms: int, at_station_ms: int) -> ParcelRow:
    return ParcelRow(parcel, announced_ms, at_station_ms, announced_ms, announced_ms + 9, "oak")


def take_in(desk: Desk, *rows: ParcelRow) -> Intake:
    """An intake that has worked through these rows, at 60 times real time from 0 ms on."""
    api = DaemonApi("127.0.0.1", desk.server_address[1], timeout_s=5)
    intake = Intake(rows, api, DemoClock.starting_at(0, 60.0))
    intake.start()
    intake.join(20)
    intake.stop()
    return intake


def test_a_parcel_is_announced_first_and_brought_when_it_is_ready(desk: Desk) -> None:
    intake = take_in(desk, row("late", 0, 6_000), row("here", 0, 0))
    assert intake.finished
    assert [(path, body.get("at_station")) for path, _, body in desk.posts] == [
        ("/v1/parcels", True),
        ("/v1/parcels", False),
        ("/v1/parcels/late", None),
        ("/v1/parcels/late/declare", None),
    ]


def test_a_parcel_that_is_past_the_station_is_not_brought_again(desk: Desk) -> None:
    desk.state = "riding"
    intake = take_in(desk, row("p", 0, 6_000))
    assert intake.finished
    assert [path for path, _, _ in desk.posts] == ["/v1/parcels", "/v1/parcels/p"]


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_key(desk: Desk) -> None:
    desk.lose_answers = 2
    intake = take_in(desk, row("p", 0, 0))
    assert list(intake.accepted) == ["p"]
    assert len(desk.posts) == 3
    assert desk.posts[0] == desk.posts[1] == desk.posts[2]
    assert desk.posts[0][1] == "demo-p"


def test_a_refused_parcel_is_kept_with_its_reason_and_never_brought(desk: Desk) -> None:
    desk.refuse = "bad"
    intake = take_in(desk, row("bad", 0, 5_000), row("good", 1_000, 1_000))
    assert intake.refused == {"bad": "unknown stop"}
    assert list(intake.accepted) == ["good"]
    assert [path for path, _, _ in desk.posts] == ["/v1/parcels", "/v1/parcels"]
