# SPDX-License-Identifier: Apache-2.0
"""From a driver's name to the driver: one of ours, or a vendor's factory by module and name."""

import importlib
from collections.abc import Callable
from typing import Any

import msgspec

from robot_agent.drivers.base import Driver, DriverError, Setup

OURS = {
    "emulated": "robot_agent.drivers.emulated:make",
    "emulated-base": "robot_agent.drivers.emulated_base:make",
    "lines": "robot_agent.drivers.lines:make",
}
NAMES = "emulated, emulated-base, lines://HOST:PORT or package.module:factory"


def load_driver(name: str, setup: Setup) -> Driver:
    """`setup.address` is taken from the name. Raises DriverError."""
    kind, marked, address = name.partition("://")
    if kind in OURS and bool(marked) == (kind == "lines"):
        where = OURS[kind]
    elif ":" in name and not marked:
        where, address = name, ""
    else:
        raise DriverError(f"driver {name!r} is none of {NAMES}")
    factory = _factory(where)
    driver = factory(msgspec.structs.replace(setup, address=address))
    for method in ("run", "perform", "look"):
        if not callable(getattr(driver, method, None)):
            raise DriverError(f"driver {name!r}: what its factory made has no method {method}")
    made: Driver = driver
    return made


def _factory(where: str) -> Callable[[Setup], Any]:
    module_name, _, attribute = where.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise DriverError(f"driver {where!r}: cannot be imported: {error}") from None
    factory = getattr(module, attribute, None)
    if not callable(factory):
        raise DriverError(f"driver {where!r}: {module_name} has no function {attribute!r}")
    made: Callable[[Setup], Any] = factory
    return made
