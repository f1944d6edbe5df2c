# SPDX-License-Identifier: Apache-2.0
"""What a simulated day is made of, as its TOML file says it.

What must hold: a fault is one sentence with file and key, and nothing is read by halves; all but
the seed stands in the file, so that a name and a number tell a run.
"""

import tomllib
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from dispatcher.core.site import Policy
from dispatcher.planner.params import Engine
from dispatcher.simulation.fleet import CHARGE_PCT_PER_H
from robot_agent.emulation.faults import Faults, FaultsError, parse_faults
from robot_agent.emulation.people import PeopleParams

Delay = Annotated[int, Meta(ge=0, le=60_000)]


class ScenarioError(ValueError):
    """The scenario cannot be used: file, key and why, in one sentence."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class Fleet(Section, frozen=True):
    """[robots]: how many, and how close together their states may come."""

    count: Annotated[int, Meta(ge=1, le=5_000)] = 12
    min_state_interval_ms: Annotated[int, Meta(ge=100, le=60_000)] = 1_000


class Demand(Section, frozen=True):
    """[parcels]"""

    count: Annotated[int, Meta(ge=0, le=100_000)] = 300


class Planning(Section, frozen=True):
    """[planner]: work for each plan (`iterations` of the kernel, `solutions` of OR-Tools where that
    plans alone), and how long the answer takes (site time)."""

    engine: Engine = "kernel"
    iterations: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 5_000
    solutions: Annotated[int, Meta(ge=1, le=1_000_000)] = 100
    latency_ms: Delay = 2_000

    @property
    def work(self) -> int:
        """What a plan may take, in the engine's own unit."""
        return self.iterations if self.engine == "kernel" else self.solutions


class Wires(Section, frozen=True):
    """[link]: how long a message takes, either way."""

    delay_ms: Delay = 50


class Scenario(Section, frozen=True):
    """One day. `map` is a shipped map's name or a path relative to the file; `faults` as in
    `robot-agent emulate --faults`."""

    map: Annotated[str, Meta(min_length=1, max_length=4096)]
    start: datetime
    until_h: Annotated[int, Meta(ge=1, le=48)] = 12
    robots: Fleet = Fleet()
    parcels: Demand = Demand()
    planner: Planning = Planning()
    link: Wires = Wires()
    people: PeopleParams = PeopleParams()
    faults: Annotated[str, Meta(max_length=4096)] = ""
    policy: Policy = Policy(charge_pct_per_h=CHARGE_PCT_PER_H)

    @property
    def goes_wrong(self) -> Faults:
        """The faults, read. Raises FaultsError."""
        return parse_faults(self.faults)

    @property
    def start_ms(self) -> int:
        """UTC epoch ms."""
        return round(self.start.timestamp()) * 1000

    @property
    def until_ms(self) -> int:
        """When the day is over, whatever is still open."""
        return self.start_ms + self.until_h * 3_600_000


def parse_scenario(text: str, source: str) -> Scenario:
    """Read a scenario. Raises ScenarioError."""
    try:
        scenario = msgspec.convert(tomllib.loads(text), Scenario)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{source}: not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{source}: {error}") from None
    if scenario.start.tzinfo is None:
        raise ScenarioError(f"{source}: start: it must say its offset, as in 08:00:00+01:00")
    try:
        parse_faults(scenario.faults)
    except FaultsError as error:
        raise ScenarioError(f"{source}: faults: {error}") from None
    return scenario
