# SPDX-License-Identifier: Apache-2.0
import contextlib
import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_agent.campus import read_campus
from robot_agent.core.events import DropMap, FetchMap, MapFetched
from robot_agent.service import map_store
from robot_agent.service.ground import ground_of
from robot_agent.service.map_store import MapStore
from tests.project.source_tree import ROOT

MAP = ROOT / "maps" / "lindenhof" / "campus.geojson"
CONTENT = MAP.read_bytes()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def wanted(url: str, sha256: str = SHA256, version: str = "1") -> FetchMap:
    return FetchMap("a1", "lindenhof", version, url, sha256)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A server of the map, with a door to the file system that must not be taken."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/to-file":
                self.send_response(302)
                self.send_header("Location", f"file://{MAP}")
                self.end_headers()
                return
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/map")
                self.end_headers()
                return
            self.send_response(200 if self.path == "/map" else 404)
            self.end_headers()
            if self.path == "/map":
                self.wfile.write(CONTENT)

        def log_message(self, *words: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/map", "/moved"])
def test_a_map_is_fetched_checked_and_kept(web: str, tmp_path: Path, path: str) -> None:
    store = MapStore(tmp_path / "maps")
    assert store.fetch(wanted(web + path)) == MapFetched("a1", ground_of(read_campus(MAP)))
    assert [file.read_bytes() for file in (tmp_path / "maps").iterdir()] == [CONTENT]
    store.drop(DropMap("lindenhof", "1"))
    assert list((tmp_path / "maps").iterdir()) == []


@pytest.mark.parametrize(
    ("url", "sha256", "version", "fault"),
    [
        ("{web}/map", "", "1", "without the sha256"),
        ("{web}/map", "0" * 64, "1", "not what was said"),
        ("{web}/map", SHA256, "2", "it is map lindenhof 1, not lindenhof 2"),
        ("{web}/none", SHA256, "1", "404"),
        ("{web}/to-file", SHA256, "1", "not allowed|another kind of address"),
        ("ftp://127.0.0.1/map", SHA256, "1", "not by 'ftp'"),
        (f"file://{MAP}", SHA256, "1", "by http, https, not by 'file'"),
        ("http://[", SHA256, "1", "Invalid"),
    ],
)
def test_what_is_not_the_map_that_was_meant_is_not_kept(
    web: str, tmp_path: Path, url: str, sha256: str, version: str, fault: str
) -> None:
    answer = MapStore(tmp_path / "maps").fetch(wanted(url.format(web=web), sha256, version))
    assert answer.ground is None
    assert any(words in answer.fault for words in fault.split("|")), answer.fault
    assert not list((tmp_path / "maps").glob("*"))


def test_a_map_that_never_ends_is_given_up(
    web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_store, "MAX_BYTES", 1_000)
    answer = MapStore(tmp_path / "maps").fetch(wanted(f"{web}/map"))
    assert answer.fault == "a map has at most 1000 bytes"


def test_a_map_from_this_computers_disk_is_taken_where_the_settings_allow_it(
    tmp_path: Path,
) -> None:
    store = MapStore(tmp_path / "maps", file_urls=True)
    assert store.fetch(wanted(f"file://{MAP}")).ground == ground_of(read_campus(MAP))
    assert "No such file" in store.fetch(wanted("file:///nowhere")).fault


@pytest.mark.parametrize("drops", [b"H", b"HTTP/1.0 200 OK\r\n\r\n{"], ids=["headers", "body"])
def test_a_server_that_sends_a_byte_now_and_then_is_given_up_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drops: bytes
) -> None:
    monkeypatch.setattr(map_store, "WITHIN_S", 1.0)
    ended = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(drops)
            while not ended.wait(0.05):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/map"
        fault = MapStore(tmp_path).fetch(wanted(url)).fault
        ended.set()
        thread.join()
    assert fault == "http://127.0.0.1/map: not there within 1 s"


def test_a_password_in_an_address_is_not_repeated(tmp_path: Path) -> None:
    url = "http://user:hunter2@127.0.0.1:1/map?token=hunter3"
    answer = MapStore(tmp_path).fetch(wanted(url))
    assert answer.fault.startswith("http://127.0.0.1/map: ")
    assert "hunter" not in answer.fault
