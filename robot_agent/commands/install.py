# SPDX-License-Identifier: Apache-2.0
"""`robot-agent install`: this computer becomes a robot's.

Exit codes: 0 done, 2 bad input, 3 something needed is missing (rights, an earlier install).
"""

import argparse
import sys
from pathlib import Path

import msgspec

from robot_agent.campus import read_campus
from robot_agent.commands.parsing import InputError, compartments_of
from robot_agent.drivers.base import DriverError
from robot_agent.drivers.loading import check_driver
from robot_agent.service.bundle import Bundle, BundleError, bundle_map, read_bundle
from robot_agent.service.config import ConfigError, check_settings, read_settings
from robot_agent.service.credentials import computer_serial
from robot_agent.service.installing import (
    File,
    InstallError,
    Link,
    command_link,
    config_file,
    secret_names,
    secrets_from,
    settings_from,
    system_files,
)
from robot_agent.service.notices import PROGRAM, say
from robot_agent.service.places import CONFIG, MAP
from robot_agent.service.rollback import install, rollback
from robot_agent.service.settings import ALLOWED, Settings

MISSING = 3
DONE = 0
START = "sudo systemctl daemon-reload && sudo systemctl enable --now drover-agent"
RESTART = "sudo systemctl daemon-reload && sudo systemctl restart drover-agent"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`install` and its flags."""
    command = commands.add_parser(
        "install",
        help="make this computer a robot's: unit, udev names, settings, secrets",
        description="With a bundle: joins a site, or takes new credentials and keeps all else; the"
        " bundle is deleted. Without: a new version, or other settings.",
    )
    add = command.add_argument
    add("--bundle", type=Path, metavar="FILE", help="what dispatcher robot add made for this robot")
    add("--driver", metavar="NAME", help=f"{ALLOWED['driver.name']} (needed at first)")
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
            say(f"back to the install before, with the secrets of now: {RESTART}")
            return DONE
        before = _installed(prefix)
        wanted = _wanted(options, before)
        if options.dry_run:
            for one in wanted:
                sys.stdout.write(f"{prefix / one.path} {_shown(one)}\n")
            return DONE
        install(prefix, wanted)
        if options.bundle:
            options.bundle.unlink()
            say(f"{options.bundle}: used, and deleted: a bundle is good for one robot, once")
    except (BundleError, ConfigError, DriverError) as error:
        raise InputError(str(error)) from None
    except InstallError as error:
        say(str(error))
        return MISSING
    say(f"installed: {START if before is None else RESTART}")
    return DONE


def _installed(prefix: Path) -> Settings | None:
    path = prefix / CONFIG
    return read_settings(path, {}, {}) if path.is_file() else None


def _wanted(options: argparse.Namespace, before: Settings | None) -> list[File | Link]:
    """All of it, checked. Raises what `run` turns into one line."""
    config = options.prefix / CONFIG
    if options.bundle is None and before is None:
        raise InputError(f"{config}: is not there: the first install wants --bundle FILE")
    if before is None and not options.driver:
        raise InputError(f"--driver is missing; allowed: {ALLOWED['driver.name']}")
    bundle = read_bundle(options.bundle) if options.bundle else None
    if bundle is None:
        joined, secrets = before, secret_names(options.prefix)
    else:
        computer = computer_serial()
        if not computer:
            say("this computer has no serial number: a copied card will not be noticed by it")
        joined = settings_from(bundle, computer, before)
        secrets = [file.path.name for file in secrets_from(bundle)]
    assert joined is not None
    settings = check_settings(_with_flags(joined, options), config)
    check_driver(settings.driver.name)
    wanted: list[File | Link] = [*system_files(_program(), secrets)]
    wanted += _map_files(options, bundle, before)
    if bundle is not None:
        wanted += secrets_from(bundle)
    if settings != before:
        wanted.append(config_file(settings))
    return [*wanted, *command_link(_beside(), options.prefix)] if _beside().exists() else wanted


def _with_flags(settings: Settings, options: argparse.Namespace) -> Settings:
    robot, driver = settings.robot, settings.driver
    if options.compartments:
        names = compartments_of(options.compartments)
        robot = msgspec.structs.replace(robot, compartments=names)
    if options.driver:
        driver = msgspec.structs.replace(driver, name=options.driver)
    return msgspec.structs.replace(settings, robot=robot, driver=driver)


def _map_files(
    options: argparse.Namespace, bundle: Bundle | None, before: Settings | None
) -> list[File]:
    """A robot that stays at its site keeps its map, unless another is given."""
    if options.map is not None:
        read_campus(options.map)
        return [File(MAP, options.map.read_bytes())]
    stays = before is not None and (bundle is None or bundle.site == before.robot.site)
    if stays or bundle is None:
        return []
    inside = bundle_map(bundle, options.bundle)
    if inside is None:
        raise InputError(f"{options.bundle}: holds no map: give --map FILE")
    return [File(MAP, inside[0])]


def _shown(one: File | Link) -> str:
    return f"-> {one.target}" if isinstance(one, Link) else f"{one.mode:04o} {len(one.content)} B"


def _beside() -> Path:
    return Path(sys.executable).with_name(PROGRAM)


def _program() -> str:
    """The agent that is installing: the one that the unit shall start."""
    return str(_beside()) if _beside().exists() else f"{sys.executable} -m robot_agent.cli"
