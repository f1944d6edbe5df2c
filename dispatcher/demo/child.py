# SPDX-License-Identifier: Apache-2.0
"""A process of the demo: started with its log in a file, watched, restarted, stopped.

What must hold: each child is a session of its own, so that Ctrl-C reaches the demo alone and the
demo stops its children in order; a child that was started is stopped, whatever happens.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

RESTARTS_MAX = 5
STOP_GRACE_S = 10.0
KILL_GRACE_S = 5.0
TAIL_BYTES = 4096


class Child:
    """One program under the demo's care; `deaths` counts how often it ended by itself. `first` is
    called in the new process before the program is."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        first: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self._first = first
        self.deaths = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts the program; what it prints goes to the end of its log. Raises OSError."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=self._first,  # noqa: PLW1509 (a board's is one call of the kernel)
            )

    @property
    def pid(self) -> int:
        """The process id; 0 while it does not run."""
        return self.process.pid if self.process else 0

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def died(self) -> bool:
        """True once for each time that the program has ended without being stopped."""
        if self.process is None or self.process.poll() is None:
            return False
        self.deaths += 1
        return True

    def restart(self) -> bool:
        """Starts it again, unless it has died too often."""
        if self.deaths > RESTARTS_MAX:
            return False
        self.start()
        return True

    @property
    def how_it_ended(self) -> str:
        """`killed by SIGKILL` or `exit code 3`."""
        code = self.process.returncode if self.process else None
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def ask_to_stop(self) -> None:
        """Asks the program to end, and does not wait: `stop` is to follow."""
        if self.running and self.process is not None:
            self.process.terminate()

    def stop(self) -> None:
        """Asks the program to end, and kills it where it does not."""
        if self.process is None:
            return
        for ask, grace_s in (
            (self.process.terminate, STOP_GRACE_S),
            (self.process.kill, KILL_GRACE_S),
        ):
            if self.process.poll() is None:
                ask()
            try:
                self.process.wait(grace_s)
                break
            except subprocess.TimeoutExpired:
                continue
        self.process = None

    def last_words(self) -> str:
        """The last line of its log, for the sentence that says why it did not come up."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - TAIL_BYTES))
                lines = log.read().decode(errors="replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def wait_until(ready: Callable[[], bool], child: Child, limit_s: float) -> bool:
    """Waits until `ready()`; False once the child has ended or the time is over."""
    until_s = time.monotonic() + limit_s
    while time.monotonic() < until_s:
        if ready():
            return True
        if not child.running:
            return False
        time.sleep(0.02)
    return False
