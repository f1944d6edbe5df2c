# SPDX-License-Identifier: Apache-2.0
"""One process that does tasks, one after the other, and this side's end of its pipe.

What must hold: it is spawned and shares nothing, so its death is seen here as the end of the pipe
and nowhere else; it is warm (all loaded that `warm` loads) before it says that it is ready.
"""

import contextlib
import gc
import inspect
import multiprocessing
import multiprocessing.connection
import signal
import threading
from collections.abc import Callable
from typing import Any, Final

STOP_S: Final = 2.0
START_S: Final = 120.0
"""A worker that is not ready after so long will never be."""

READY: Final = "ready"
REPORTED: Final = "reported"
DONE: Final = "done"
RAISED: Final = "raised"


def asks_for_report(function: Callable[..., Any]) -> bool:
    """Whether a task has a parameter `report`, and so will be given one."""
    try:
        return "report" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some built-in functions say nothing about themselves
        return False


def nothing() -> None:
    """The warm-up of a worker that needs none."""


def _work(pipe: multiprocessing.connection.Connection, warm: Callable[[], object]) -> None:
    """What the process does: tasks from its pipe, until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends this pipe
    warm()
    gc.freeze()  # what is loaded stays: no collection needs to look at it
    with contextlib.suppress(OSError, EOFError):
        pipe.send((READY, None))
        while True:
            _do(pipe, *pipe.recv())


def _do(
    pipe: multiprocessing.connection.Connection,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """One task and its answer. Raises OSError where the parent is gone."""
    if asks_for_report(function):
        kwargs = {**kwargs, "report": lambda value: pipe.send((REPORTED, value))}
    try:
        answer = (DONE, function(*args, **kwargs))
    except Exception as fault:  # noqa: BLE001  it is the caller's, on the other side
        answer = (RAISED, fault)
    try:
        pipe.send(answer)
    except OSError:
        raise
    except Exception as fault:  # noqa: BLE001  a result that cannot be pickled
        pipe.send((RAISED, TypeError(f"the result of a task cannot be sent back: {fault}")))


class Worker:
    """One process. `generation` is the pool's when it was started; `tasks` were done by it."""

    def __init__(self, warm: Callable[[], object], generation: int) -> None:
        """Starts it. Raises OSError where the machine has no process to give."""
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, warm), daemon=True)
        self.process.start()
        theirs.close()
        self.generation = generation
        self.tasks = 0
        self.late = False

    def end_after(self, seconds: float) -> threading.Timer:
        """Kill it once so much time has passed, unless the timer is cancelled before.

        Whatever it is doing then, also stopped in the middle of a message: its pipe ends, and who
        waits for it here goes on.
        """

        def end() -> None:
            self.late = True
            self.process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        return timer

    def await_ready(self) -> bool:
        """Wait until it is warm; False where it died of that, or took too long."""
        timer = self.end_after(START_S)
        try:
            return bool(self.pipe.recv() == (READY, None))
        except (EOFError, OSError):
            return False
        finally:
            timer.cancel()

    def kill(self) -> None:
        """End it now; its pipe is closed by who reads it."""
        self.process.kill()

    def close(self) -> None:
        """End it and forget it."""
        self.process.kill()
        self.process.join(STOP_S)
        self.pipe.close()
