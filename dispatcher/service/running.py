# SPDX-License-Identifier: Apache-2.0
"""The parts of one running site, as the API and the metrics see them: to read, and to ask."""

from collections.abc import Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from dispatcher.config import Config
from dispatcher.core.state import State as SiteState
from dispatcher.roads.graph import RoadGraph
from dispatcher.service.clock import SiteClock
from dispatcher.service.code_desk import CodeDesk
from dispatcher.service.contacts import Contacts
from dispatcher.service.inbound import Stranger
from dispatcher.service.perform import Performer
from dispatcher.service.planning import PlannerStats
from dispatcher.service.roll import Roll
from dispatcher.service.site import SiteRunner
from robot_agent.vda5050.state import State as RobotState


class Telemetry(Protocol):
    """What the link to the robots tells beside events: lossy, for displays alone."""

    @property
    def connected(self) -> bool:
        """Whether there is a broker."""

    @property
    def strangers(self) -> Sequence[Stranger]:
        """Unregistered robots that were heard."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Messages by what became of them."""

    @property
    def message_rates(self) -> Mapping[str, float]:
        """Messages a second, `in` and `out`."""

    @property
    def positions(self) -> Mapping[str, RobotState]:
        """The last state of each robot that sent one."""


class RunningSite(msgspec.Struct, frozen=True):
    """All there is of a site while it runs. `token` empty: no login."""

    config: Config
    graph: RoadGraph
    timezone: ZoneInfo
    clock: SiteClock
    runner: SiteRunner
    contacts: Contacts
    performer: Performer
    planner: PlannerStats
    link: Telemetry
    desk: CodeDesk
    roll: Roll
    token: str = ""

    @property
    def state(self) -> SiteState:
        """The core's state; the runner may put another one in its place."""
        return self.runner.dispatcher.state
