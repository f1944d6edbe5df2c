# SPDX-License-Identifier: Apache-2.0
"""A real Chromium without a window, told what to do over its DevTools pipe (no port, no library).

What must hold: whatever a page asks of a network, throws, or says on its console is kept.
"""

import base64
import json
import os
import select
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.tools import require_tool

ANSWER_S = 60.0
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # tests run as root in containers, where its sandbox cannot start
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
)


class PageError(AssertionError):
    """The browser refused what it was told, or the page's script threw."""


class Browser:
    """One Chromium; `open` gives a page."""

    def __init__(self, folder: Path) -> None:
        # The browser expects its pipe on descriptors 3 and 4.
        pipes = 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null'
        program = str(require_tool("chromium"))
        self._process = subprocess.Popen(
            ["sh", "-c", pipes, program, *FLAGS, f"--user-data-dir={folder}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._write = self._process.stdin
        self._read = self._process.stdout
        self._number = 0
        self._rest = b""
        self.pages: dict[str, Page] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._read.close()

    def open(
        self,
        path: Path,
        width: int = 1400,
        height: int = 900,
        dark: bool = False,
        fragment: str = "",
    ) -> "Page":
        """The page of a local file, loaded, in a window of this size."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        answer = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        page = Page(self, answer["sessionId"], target)
        self.pages[page.session] = page
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.ask(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        calm = {"name": "prefers-reduced-motion", "value": "reduce"}
        page.ask("Emulation.setEmulatedMedia", features=[scheme, calm])
        page.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        page.ask("Page.navigate", url=f"{path.as_uri()}#{fragment}")
        page.wait_for("document.readyState === 'complete'")
        page.settle()
        return page

    def ask(self, method: str, session: str = "", **arguments: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": arguments}
        if session:
            message["sessionId"] = session
        self._write.write(json.dumps(message).encode() + b"\0")
        end_s = time.monotonic() + ANSWER_S
        while True:
            said = self._next(end_s)
            if said.get("id") == self._number:
                if "error" in said:
                    raise PageError(f"{method}: {said['error']['message']}")
                return dict(said["result"])
            # The answer to a question that was given up says no method.
            if "method" in said and said.get("sessionId") in self.pages:
                self.pages[said["sessionId"]].hear(said["method"], said["params"])

    def _next(self, end_s: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end_s - time.monotonic()))
            more = os.read(self._read.fileno(), 1 << 20) if ready else b""
            if not more:
                raise PageError("the browser does not answer")
            self._rest += more
        first, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(first))


class Page:
    """One page: `run` its script's words, use mouse and keys, see what it asked and said."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self.browser = browser
        self.session = session
        self.target = target
        self.requests: list[str] = []
        self.said: list[str] = []

    def ask(self, method: str, **arguments: Any) -> dict[str, Any]:
        return self.browser.ask(method, self.session, **arguments)

    def hear(self, method: str, facts: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.said.append(json.dumps(facts["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.said.append(json.dumps(facts["args"]))
        elif method == "Log.entryAdded":
            self.said.append(facts["entry"]["text"])

    def run(self, script: str) -> Any:
        """The value of an expression; a promise is waited for."""
        answer = self.ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise PageError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def text(self, selector: str) -> str:
        """What a person reads there."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def wait_for(self, script: str) -> None:
        end_s = time.monotonic() + ANSWER_S
        while not self.run(script):
            if time.monotonic() > end_s:
                raise PageError(f"it never came true: {script}")
            time.sleep(0.02)

    def settle(self) -> None:
        """Until what was asked for is drawn."""
        self.run(
            "new Promise(done => setTimeout(() => "
            "requestAnimationFrame(() => requestAnimationFrame(() => done(1))), 160))"
        )

    def point(self, x: float, y: float) -> None:
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x: float, y: float) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def type(self, text: str) -> None:
        self.ask("Input.insertText", text=text)

    def leave(self) -> None:
        """Close the page: the browser has less to do."""
        del self.browser.pages[self.session]
        self.browser.ask("Target.closeTarget", targetId=self.target)

    def picture(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])
