# SPDX-License-Identifier: Apache-2.0
"""A site of one small campus run in-process: the real runner, journal, performer and API parts, and
a scripted link in place of MQTT, whose robots do at once what they are told."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from dispatcher.config import Config, load_config, to_site_spec
from dispatcher.core import events as ev
from dispatcher.core.effects import OrderAction, PublishInstant, PublishOrder
from dispatcher.service.clock import SiteClock
from dispatcher.service.daemon import site_of
from dispatcher.service.engine import EngineSwitch
from dispatcher.service.parts import Parts, open_parts
from dispatcher.service.running import RunningSite
from dispatcher.service.site import SiteRunner
from tests.dispatcher.service.crooked_campus import geojson

ROBOT = "toy/r1"
KEY = "00112233445566778899aabbccddeeff"
SITE = """\
[site]
id = "toy"
map = "map.geojson"
data_dir = "data"
[keys]
file = "keys.json"
[mqtt]
url = "mqtt://127.0.0.1:1"
[api]
port = 0
body_max_bytes = 2048
[clock]
speed = 500
[policy]
plan_interval_ms = 10000
[planner]
engine = "quick"
deadline_ms = 30000
[[robots]]
manufacturer = "toy"
serial = "r1"
compartments = ["S1", "S2", "M1"]
"""


def write_site(folder: Path, text: str = SITE) -> Path:
    """The files of a site; the path of its site file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "map.geojson").write_text(geojson(), encoding="utf-8")
    (folder / "keys.json").write_text(json.dumps({ROBOT: KEY}), encoding="utf-8")
    (folder / "site.toml").write_text(text, encoding="utf-8")
    return folder / "site.toml"


class ScriptedLink:
    """Robots that carry out the base of each order in one report."""

    def __init__(self) -> None:
        self.offer: Callable[[ev.Event], None] = lambda event: None
        self.orders: list[tuple[PublishOrder, dict[str, str]]] = []
        self.result: Callable[[OrderAction], str] = lambda action: ""
        self.connected = True
        self.deaf = self.ponders = False
        self.strangers = ()
        self.counts: Mapping[str, int] = {"received": 0}
        self.message_rates: Mapping[str, float] = {"in": 0.0, "out": 0.0}
        self.positions: Mapping[str, object] = {}

    def publish_order(self, effect: PublishOrder, digests: Mapping[str, str]) -> bool:
        self.orders.append((effect, dict(digests)))
        if not self.deaf:
            asyncio.get_running_loop().call_later(0.01, self._carry_out, effect)
        return True

    def publish_instant(self, effect: PublishInstant) -> bool:
        if self.ponders:
            return True
        done = ev.ActionReport(effect.id, "FINISHED")
        self.offer(ev.RobotReported(effect.robot, actions=(done,)))
        return True

    def come_online(self) -> None:
        """The robot is there, idle at the station."""
        self.offer(ev.RobotLinked(ROBOT, "online"))
        self.offer(
            ev.RobotReported(
                ROBOT,
                order="",
                update=0,
                last_node="st",
                last_sequence=0,
                nodes_left=0,
                errors=(),
                mode="AUTOMATIC",
                battery_pct=90,
                charging=False,
                e_stop="NONE",
            )
        )

    def _carry_out(self, order: PublishOrder) -> None:
        base = [node for node in order.nodes if node.released]
        reports = []
        for action in base[-1].actions:
            word = self.result(action)
            good = {"out": "collected", "in": "received"}.get(action.kind, "")
            status = "FAILED" if word else "FINISHED"
            reports.append(ev.ActionReport(action.id, status, word or good))
        self.offer(
            ev.RobotReported(
                order.robot,
                order=order.order,
                update=order.update,
                last_node=base[-1].node,
                last_sequence=base[-1].sequence,
                nodes_left=len(order.nodes) - len(base),
                actions=tuple(reports),
            )
        )


class Rig(msgspec.Struct):
    """What a test has in hand; `lines` are the log."""

    config: Config
    parts: Parts
    site: RunningSite
    link: ScriptedLink
    lines: list[str]

    def parcel_state(self, parcel: str) -> str:
        """Where a parcel is in its life."""
        found = self.site.state.find(parcel)
        return found.state if found else "unknown"

    async def until(self, what: Callable[[], bool], within_s: float = 20) -> None:
        """Wait until something holds."""
        end = time.monotonic() + within_s
        while not what():
            assert time.monotonic() < end, f"did not come to pass; log: {self.lines[-5:]}"
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(site_file: Path, *, stop: bool = True) -> AsyncIterator[Rig]:
    """The site of a file, alive; `stop` false: it ends as if it had crashed."""
    config = load_config(site_file)
    lines: list[str] = []
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        parts = open_parts(config, stack)
        clock = SiteClock(config.clock, parts.journal.last_at_ms)
        runner = SiteRunner(parts.journal, parts.restored, clock, config.limits, lines.append)
        link = ScriptedLink()
        link.offer = runner.offer
        engines = EngineSwitch(config.planner.engine)
        site = site_of(config, parts, pool, engines, clock, runner, link, lines.append)
        spec = to_site_spec(config, parts.journal.epoch, parts.roll.entries)
        runner.start(site.performer, spec)
        rig = Rig(config, parts, site, link, lines)
        try:
            yield rig
        finally:
            site.performer.close()
            if stop:
                await runner.stop()
            else:
                runner._ended = True
                runner._writer.close()
            site.performer.close()
