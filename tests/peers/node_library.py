# SPDX-License-Identifier: Apache-2.0
"""The pinned npm packages of the peers, installed once into the cache, and programs that use them.

`package.json` beside this file names the versions, `package-lock.json` the hash of each package. A
test without node, npm or (the first time) a registry is skipped, saying so.
"""

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import pytest

from tests.tools import require_tool

HERE = Path(__file__).parent
PINS = ("package.json", "package-lock.json")
INSTALL_WITHIN_S = 120
LIBRARY = "vda-5050-lib"

Event = dict[str, Any]


def installed_library() -> Path:
    """The `node_modules` folder with what is pinned; skips the test where it cannot be had."""
    require_tool("node")
    npm = require_tool("npm")
    pins = b"".join((HERE / name).read_bytes() for name in PINS)
    home = _cache() / "peers" / sha256(pins).hexdigest()[:16]
    if not (home / "node_modules").is_dir():
        _install(str(npm), home)
    return home / "node_modules"


def _cache() -> Path:
    named = os.environ.get("DROVER_CACHE", "")
    return Path(named) if named else Path.home() / ".cache" / "drover"


def _install(npm: str, home: Path) -> None:
    """Beside its place first, so that a half-finished install is never taken for a whole one."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        half = Path(folder, "half")
        half.mkdir()
        for name in PINS:
            shutil.copy(HERE / name, half)
        why = _trouble_of_install(npm, half)
        if why:
            pytest.skip(f"needs {LIBRARY} (npm ci: {why})")
        try:
            half.rename(home)
        except OSError:
            # Another run of the tests was quicker.
            assert (home / "node_modules").is_dir()


def _trouble_of_install(npm: str, folder: Path) -> str:
    """Why the packages could not be installed into a folder; empty: they are."""
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "the registry did not answer in time"
    said = [*done.stderr.splitlines(), f"exit code {done.returncode}"]
    return said[0] if done.returncode else ""


class Driver:
    """A running driver program: commands go in, and every event that came out is kept."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.child = child
        self.events: list[Event] = []
        self._news: queue.Queue[Event | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def command(self, do: str, **facts: Any) -> None:
        """Tells the program to do something."""
        assert self.child.stdin is not None
        self.child.stdin.write(json.dumps({"do": do, **facts}) + "\n")
        self.child.stdin.flush()

    def wait(
        self, event: str, wish: Callable[[Event], bool] = lambda _: True, within_s: float = 20
    ) -> Event:
        """The first such event there ever was; waits for it if there has been none."""
        deadline = time.monotonic() + within_s
        at = 0
        while True:
            for one in self.events[at:]:
                at += 1
                if one["event"] == event and wish(one):
                    return one
            try:
                news = self._news.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no such {event}; the last events: {self._last()}")
            if news is None:
                pytest.fail(f"the program ended; the last events: {self._last()}")
            self.events.append(news)

    def so_far(self, event: str, wish: Callable[[Event], bool] = lambda _: True) -> list[Event]:
        """All such events until now, in order."""
        while not self._news.empty():
            news = self._news.get()
            if news is not None:
                self.events.append(news)
        return [one for one in self.events if one["event"] == event and wish(one)]

    def close(self) -> None:
        """After its end: what it still said has been read."""
        self._reader.join()
        assert self.child.stdout is not None
        self.child.stdout.close()

    def _read(self) -> None:
        assert self.child.stdout is not None
        stream: IO[str] = self.child.stdout
        for line in stream:
            self._news.put(json.loads(line))
        self._news.put(None)

    def _last(self) -> str:
        return "\n".join(json.dumps(one)[:1000] for one in self.events[-8:])


@contextmanager
def driver(program: str, *options: str) -> Iterator[Driver]:
    """One of the programs beside this file, run with the library; it ends with the block."""
    env = {**os.environ, "NODE_PATH": str(installed_library())}
    child = subprocess.Popen(
        [str(require_tool("node")), str(HERE / program), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=env,
    )
    running = Driver(child)
    try:
        running.wait("ready")
        yield running
    finally:
        assert child.stdin is not None
        child.stdin.close()
        try:
            child.wait(10)
        finally:
            child.kill()
            child.wait()
            running.close()
