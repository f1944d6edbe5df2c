# SPDX-License-Identifier: Apache-2.0
"""Which engine plans: the one asked for, or OR-Tools for as long as the kernel is not compiled.

What must hold: no plan waits for the compiler, and a kernel that cannot be had or keeps failing
never leaves the site without plans; whatever is planned with instead is said once.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from dispatcher.planner.compile import compile_in_background, is_compiled, missing, use_cache
from dispatcher.planner.params import Engine
from dispatcher.planner.pool import PlannerPool

KERNEL: Final[Engine] = "kernel"
MEANWHILE: Final[Engine] = "ortools"
COMPILE_S_MAX: Final = 900.0
FAILURES_MAX: Final = 3
"""So many kernel plans failing in a row, and OR-Tools plans instead."""

log = structlog.get_logger()


class EngineSwitch:
    """`now` is the engine of the next plan."""

    def __init__(self, wanted: Engine) -> None:
        self.now: Engine = wanted
        self._failures = 0
        self._may_compile = False
        if wanted != KERNEL:
            return
        fault = missing()
        note = "" if fault else use_cache()
        if fault or note:
            log.warning(fault or note)
        if fault or not is_compiled():
            self.now = MEANWHILE
            self._may_compile = not fault

    async def bring_kernel(self, renew: Callable[[], None]) -> None:
        """Compile the kernel in a process of its own where that is still to be done; then `renew`
        the workers, who load it, and switch."""
        if not self._may_compile:
            return
        log.info("compiling the planner's kernel, once; OR-Tools plans meanwhile")
        pool = PlannerPool(1, COMPILE_S_MAX)
        try:
            done = await asyncio.wrap_future(pool.submit(compile_in_background))
        except Exception as error:  # noqa: BLE001  whatever it is, the site has a planner
            log.warning("the kernel cannot be compiled: OR-Tools plans", error=str(error))
            return
        finally:
            pool.shutdown(wait=False)
        log.info("kernel compiled: it plans now", seconds=done.seconds, cpu_s=done.cpu_seconds)
        renew()
        self.now = KERNEL

    def ended(self, engine: Engine, *, failed: bool) -> None:
        """How a plan came out."""
        if engine != KERNEL:
            return
        self._failures = self._failures + 1 if failed else 0
        if self._failures == FAILURES_MAX:
            log.warning("the kernel keeps failing: OR-Tools plans from now on")
            self.now = MEANWHILE
