# SPDX-License-Identifier: Apache-2.0
"""`robot-agent board emulate`: real firmware without hardware, in a world with people.

Exit codes: 0 ended in good order, 2 bad input, 3 a program it needs is missing (one line says how
to get it).
"""

import argparse
import asyncio
import tempfile
from pathlib import Path

from robot_agent.board.emulated_boards import MPS2_DOORS, PORTS, MissingError, find_firmware
from robot_agent.board.plant_process import PlantOptions, run_plant
from robot_agent.board.plant_site import plants_of, street_of
from robot_agent.campus import read_campus
from robot_agent.commands.open_files import allow_files
from robot_agent.commands.parsing import (
    HelpWithDefaults,
    InputError,
    check_range,
    compartments_of,
    make_folder,
)
from robot_agent.emulation.people import PeopleParams
from robot_agent.service.notices import say

MISSING = 3
MAX_ROBOTS = 200
SPARE_FILES = 64
FILES_A_ROBOT = 6


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`board emulate` and its options."""
    command = commands.add_parser(
        "emulate",
        help="boards without hardware: the real firmware, and a world around it",
        description="Two boards a robot, their wheels, doors and people; Ctrl-C ends it all.",
        formatter_class=HelpWithDefaults,
    )
    command.set_defaults(run=run)
    add = command.add_argument
    people = PeopleParams()
    add("--map", required=True, metavar="FILE", type=Path, help="the campus map")
    add("--count", default=1, type=int, metavar="N", help="how many robots")
    add("--port", default="host", choices=PORTS, help="processes, or Cortex-M3s in QEMU")
    add("--dir", type=Path, metavar="DIR", help="lines are DIR/R1/drive and DIR/R1/locker, ...")
    add("--firmware", type=Path, metavar="DIR", help="built boards (else they are built now)")
    add("--serial-prefix", default="R", metavar="P", help="robots are P1, P2, ...")
    add("--compartments", default="S1,S2,M1,L1", metavar="IDS", help="first letter: size")
    add("--codes", type=Path, metavar="FILE", help="JSON lines with what recipients are told")
    add("--errands", type=Path, metavar="FILE", help="JSON lines: who waits where for which parcel")
    add("--seed", default=1, type=int, metavar="N", help="of the recipients' luck")
    add("--no-show-pct", default=people.no_show_pct, type=int, metavar="PCT", help="never come")
    add("--late-pct", default=people.late_pct, type=int, metavar="PCT", help="come late")
    add("--prompt-max-ms", default=people.prompt_max_ms, type=int, metavar="MS", help="the others")
    add("--service-max-ms", default=people.service_max_ms, type=int, metavar="MS", help="at a door")
    add("--charge-permille", default=900, type=int, metavar="N", help="of the batteries at first")
    add("--verbose", action="store_true", help="a line every few seconds")


def run(options: argparse.Namespace) -> int:
    """Runs until it is told to end. Raises InputError, CampusError."""
    try:
        with tempfile.TemporaryDirectory(prefix="robot-agent-") as folder:
            plant = _options(options, options.dir or Path(folder))
            allow_files(FILES_A_ROBOT * len(plant.robots) + SPARE_FILES)
            asyncio.run(run_plant(plant))
    except MissingError as error:
        say(str(error))
        return MISSING
    return 0


def _options(options: argparse.Namespace, folder: Path) -> PlantOptions:
    compartments = compartments_of(options.compartments)
    check_range("--count", options.count, 1, MAX_ROBOTS)
    check_range("--no-show-pct", options.no_show_pct, 0, 100)
    check_range("--late-pct", options.late_pct, 0, 100)
    check_range("--charge-permille", options.charge_permille, 0, 1_000)
    check_range("--prompt-max-ms", options.prompt_max_ms, 0, 3_600_000)
    check_range("--service-max-ms", options.service_max_ms, 1_000, 3_600_000)
    if options.port == "mps2" and len(compartments) > MPS2_DOORS:
        raise InputError(f"--port mps2 has {MPS2_DOORS} doors, not {len(compartments)}")
    campus = read_campus(options.map)
    defaults = PeopleParams()
    people = PeopleParams(
        no_show_pct=options.no_show_pct,
        late_pct=options.late_pct,
        prompt_min_ms=min(defaults.prompt_min_ms, options.prompt_max_ms),
        prompt_max_ms=options.prompt_max_ms,
        service_min_ms=min(defaults.service_min_ms, options.service_max_ms),
        service_max_ms=options.service_max_ms,
    )
    names = tuple(f"{options.serial_prefix}{number}" for number in range(1, options.count + 1))
    try:
        robots = plants_of(campus, names, compartments, options.charge_permille)
    except ValueError as error:
        raise InputError(str(error)) from None
    firmware = find_firmware(options.port, options.firmware)
    make_folder(folder)
    return PlantOptions(
        firmware=firmware,
        folder=folder.resolve(),
        robots=tuple(robots),
        street=street_of(campus, options.seed, people),
        codes=options.codes,
        errands=options.errands,
        verbose=options.verbose,
    )
