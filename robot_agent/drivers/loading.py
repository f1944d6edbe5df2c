# SPDX-License-Identifier: Apache-2.0
"""From a driver's name to the driver: one of ours, or a vendor's factory by module and name."""

import importlib
from collections.abc import Callable
from typing import Any

import msgspec

from robot_agent.drivers.base import Driver, DriverError, Setup, host_and_port

OURS = {
    "board": "robot_agent.board.driver:make",
    "emulated": "robot_agent.drivers.emulated:make",
    "emulated-base": "robot_agent.drivers.emulated_base:make",
    "lines": "robot_agent.drivers.lines:make",
}
NAMES = "emulated, emulated-base, board, lines://HOST:PORT or package.module:factory"


def check_driver(name: str) -> None:
    """Whether there is such a driver, without making one. Raises DriverError."""
    where, address = _place(name)
    _factory(where)
    if where == OURS["lines"]:
        host_and_port(address)


def load_driver(name: str, setup: Setup) -> Driver:
    """`setup.address` is taken from the name. Raises DriverError."""
    where, address = _place(name)
    factory = _factory(where)
    try:
        driver = factory(msgspec.structs.replace(setup, address=address))
    except DriverError:
        raise
    except Exception as error:
        # A vendor's own: it may raise anything.
        fault = f"driver {name!r}: its factory raised {type(error).__name__}: {error}"
        raise DriverError(fault) from error
    for method in ("run", "perform", "look"):
        if not callable(getattr(driver, method, None)):
            raise DriverError(f"driver {name!r}: what its factory made has no method {method}")
    made: Driver = driver
    return made


def _place(name: str) -> tuple[str, str]:
    """Module and function, and what stands behind `NAME://`."""
    kind, marked, address = name.partition("://")
    if kind in OURS and bool(marked) == (kind == "lines"):
        return OURS[kind], address
    if ":" in name and not marked:
        return name, ""
    raise DriverError(f"driver {name!r} is none of {NAMES}")


def _factory(where: str) -> Callable[[Setup], Any]:
    module_name, _, attribute = where.partition(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        what = "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
        raise DriverError(f"driver {where!r}: cannot be imported: {what}{error}") from error
    factory = getattr(module, attribute, None)
    if not callable(factory):
        raise DriverError(f"driver {where!r}: {module_name} has no function {attribute!r}")
    made: Callable[[Setup], Any] = factory
    return made
