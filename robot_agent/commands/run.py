# SPDX-License-Identifier: Apache-2.0
"""`robot-agent run`: one robot on its own computer, until SIGTERM.

Exit codes: 0 stopped in good order, 2 bad input, 3 a part it needs has failed (systemd starts it
again).
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from robot_agent.commands.parsing import BAD_INPUT, InputError
from robot_agent.service.config import ConfigError, as_toml, read_settings
from robot_agent.service.notices import say
from robot_agent.service.settings import ALLOWED, Settings

MISSING = 3
FLAGS = {
    "broker": "broker.url",
    "interface": "broker.interface",
    "manufacturer": "robot.manufacturer",
    "serial": "robot.serial",
    "keys_file": "robot.keys_file",
    "map": "files.map",
    "state_dir": "files.state_dir",
    "driver": "driver.name",
    "bench": "driver.bench",
    "clock_trust": "clock.trust",
}


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`run` and its flags."""
    command = commands.add_parser(
        "run",
        help="the agent of one robot, on its own computer",
        description="Carries out VDA 5050 orders with a robot's body; SIGTERM takes it offline.",
    )
    add_settings(command)
    command.add_argument(
        "--print-config", action="store_true", help="print the settings in force, and stop"
    )
    command.set_defaults(run=run)


def add_settings(command: argparse.ArgumentParser) -> None:
    """The flags that stand above the configuration file and the environment."""
    add = command.add_argument
    add("--config", type=Path, metavar="FILE", help="TOML; see robot_agent/README.md")
    add("--broker", metavar="URL", help=ALLOWED["broker.url"])
    add("--interface", metavar="NAME", help="first level of the topics (default uagv)")
    add("--manufacturer", metavar="M", help="a level of the topics")
    add("--serial", metavar="S", help="a level of the topics")
    add("--keys-file", metavar="FILE", help="the robot's keys, hex, one a line, newest first")
    add("--map", metavar="FILE", help="the campus map")
    add("--state-dir", metavar="DIR", help="where it remembers")
    add("--driver", metavar="NAME", help=ALLOWED["driver.name"])
    add("--bench", action="store_true", default=None, help="below 0.3 m/s nobody need look out")
    add("--clock-trust", metavar="HOW", help=ALLOWED["clock.trust"])


def settings_of(options: argparse.Namespace) -> Settings:
    """Raises InputError."""
    given: dict[str, Any] = {
        key: value
        for flag, key in FLAGS.items()
        if (value := getattr(options, flag, None)) is not None
    }
    try:
        return read_settings(options.config, os.environ, given)
    except ConfigError as error:
        raise InputError(str(error)) from None


def run(options: argparse.Namespace) -> int:
    """Raises InputError."""
    settings = settings_of(options)
    if options.print_config:
        sys.stdout.write(as_toml(settings))
        return 0
    from robot_agent.campus import CampusError
    from robot_agent.drivers.base import DriverError
    from robot_agent.service.agent import AgentError
    from robot_agent.service.assembly import agent_of, state_folder
    from robot_agent.service.credentials import CredentialError
    from robot_agent.service.state_lock import LockedError, state_lock
    from robot_agent.service.store import StoreError

    async def work() -> None:
        folder = state_folder(settings, os.environ.get("STATE_DIRECTORY"))
        with state_lock(folder):
            await agent_of(settings, folder).run()

    try:
        # asyncio's own loop: for one robot uvloop saves nothing and costs megabytes.
        asyncio.run(work())
    except (ConfigError, CredentialError, DriverError, CampusError) as error:
        say(str(error))
        return BAD_INPUT
    except (AgentError, LockedError, StoreError) as error:
        say(str(error))
        return MISSING
    return 0
