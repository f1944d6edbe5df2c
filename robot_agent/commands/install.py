# SPDX-License-Identifier: Apache-2.0
"""`robot-agent install`: this computer becomes a robot's.

Exit codes: 0 done, 2 bad input, 3 something needed is missing (rights, an earlier install).
"""

import argparse
import sys
from pathlib import Path

import msgspec

from robot_agent.commands.parsing import InputError, compartments_of
from robot_agent.service.bundle import BundleError, bundle_map, read_bundle
from robot_agent.service.config import ConfigError, read_settings
from robot_agent.service.credentials import computer_serial
from robot_agent.service.installing import (
    CONFIG,
    MAP,
    File,
    InstallError,
    config_file,
    install,
    rollback,
    secret_names,
    secrets_from,
    settings_from,
    system_files,
)
from robot_agent.service.notices import PROGRAM, say
from robot_agent.service.settings import ALLOWED

MISSING = 3
DONE = 0


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`install` and its flags."""
    command = commands.add_parser(
        "install",
        help="make this computer a robot's: unit, udev names, settings, secrets",
        description="With a bundle: joins a site, and deletes the bundle. Without: a new version.",
    )
    add = command.add_argument
    add("--bundle", type=Path, metavar="FILE", help="what dispatcher robot add made for this robot")
    add("--driver", metavar="NAME", help=f"{ALLOWED['driver.name']} (needed with a bundle)")
    add("--compartments", metavar="IDS", help="such as S1,S2,M1,L1: the first letter is the size")
    add("--map", type=Path, metavar="FILE", help="the campus map, where the bundle holds none")
    add("--prefix", type=Path, default=Path("/"), metavar="DIR", help="write below it, not below /")
    add("--dry-run", action="store_true", help="say what would be written, and write nothing")
    add("--rollback", action="store_true", help="back to the install before this one")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Raises InputError."""
    prefix: Path = options.prefix
    try:
        if options.rollback:
            if not options.dry_run:
                rollback(prefix)
            say("back to the install before: systemctl daemon-reload, then restart drover-agent")
            return DONE
        wanted = _from_bundle(options) if options.bundle else _renewed(prefix, options)
        if options.dry_run:
            for file in wanted:
                sys.stdout.write(f"{prefix / file.path} {file.mode:04o} {len(file.content)} B\n")
            return DONE
        install(prefix, wanted)
        if options.bundle:
            options.bundle.unlink()
            say(f"{options.bundle}: used, and deleted: a bundle is good for one robot, once")
    except (BundleError, ConfigError) as error:
        raise InputError(str(error)) from None
    except InstallError as error:
        say(str(error))
        return MISSING
    say("installed: systemctl daemon-reload && systemctl enable --now drover-agent")
    return DONE


def _from_bundle(options: argparse.Namespace) -> list[File]:
    if not options.driver:
        raise InputError(f"--driver is missing; allowed: {ALLOWED['driver.name']}")
    bundle = read_bundle(options.bundle)
    inside = bundle_map(bundle, options.bundle)
    if options.map is not None:
        from robot_agent.campus import read_campus

        read_campus(options.map)
        content = options.map.read_bytes()
    elif inside is not None:
        content = inside[0]
    else:
        raise InputError(f"{options.bundle}: holds no map: give --map FILE")
    compartments = compartments_of(options.compartments) if options.compartments else None
    computer = computer_serial()
    if not computer:
        say("this computer has no serial number: a copied card will not be noticed by it")
    secrets = secrets_from(bundle)
    settings = settings_from(bundle, options.driver, computer, compartments)
    return [
        *system_files(_program(), [file.path.name for file in secrets]),
        File(MAP, content),
        *secrets,
        config_file(settings),
    ]


def _renewed(prefix: Path, options: argparse.Namespace) -> list[File]:
    """A new version of the agent with the settings and secrets that are there."""
    path = prefix / CONFIG
    if not path.is_file():
        raise InputError(f"{path}: is not there: the first install wants --bundle FILE")
    settings = read_settings(path, {}, {})
    wanted = system_files(_program(), secret_names(prefix))
    if options.driver:
        driver = msgspec.structs.replace(settings.driver, name=options.driver)
        wanted.append(config_file(msgspec.structs.replace(settings, driver=driver)))
    if options.map is not None:
        from robot_agent.campus import read_campus

        read_campus(options.map)
        wanted.append(File(MAP, options.map.read_bytes()))
    return wanted


def _program() -> str:
    """The agent that is installing: the one that the unit shall start."""
    beside = Path(sys.executable).with_name(PROGRAM)
    return str(beside) if beside.exists() else f"{sys.executable} -m robot_agent.cli"
