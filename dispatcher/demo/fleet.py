# SPDX-License-Identifier: Apache-2.0
"""The demo's processes: broker, daemon, robots. Started in order, kept alive, stopped.

What must hold: whoever dies unexpectedly is named and started again, a few times; when the demo
ends none of them is left.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final

from dispatcher.demo.board_folder import BOARD_COMPARTMENTS
from dispatcher.demo.broker import AMQTT_LACKS, HOST, broker_child, listens
from dispatcher.demo.child import RESTARTS_MAX, Child, wait_until
from dispatcher.demo.clock import DemoClock
from dispatcher.demo.daemon_api import DaemonApi, DaemonGone
from dispatcher.demo.options import EXIT_BAD_INPUT, EXIT_MISSING, DemoError
from dispatcher.demo.run_folder import RunFolder
from dispatcher.simulation.fleet import COMPARTMENTS, MANUFACTURER, SERIAL_PREFIX

BROKER_UP_S: Final = 15.0
DAEMON_UP_S: Final = 60.0
PROBE_TIMEOUT_S: Final = 2.0
AGENT_EACH_S: Final = 0.6
"""What a Python program takes to start, about."""
WORLD_UP_S: Final = 120.0
"""Its firmware may have to be built first."""
PROMPT_MAX_MS: Final = 20_000
SERVICE_MAX_MS: Final = 12_000
AFTER_THE_WORLD: Final = ("nice", "-n", "10")
"""A hundred boards and their plant must be on time, or pins go stale and robots stop; agents that
are late only make theirs wait."""
AGENT_PROGRAM: Final = (sys.executable, "-m", "robot_agent.cli")


class Fleet:
    """The processes of one run. `world`: the plant of robots that have boards."""

    def __init__(self, folder: RunFolder, broker_kind: str, mqtt_port: int, api_port: int) -> None:
        self.folder = folder
        self.broker_kind = broker_kind
        self.mqtt_port = mqtt_port
        self.api_port = api_port
        self.broker = broker_child(broker_kind, mqtt_port, folder.path)
        self.daemon = Child(
            "daemon",
            [
                *(sys.executable, "-m", "dispatcher.cli.main"),
                *("serve", "--config", str(folder.site_file)),
            ],
            folder.logs / "daemon.err",
        )
        self.robots: list[Child] = []
        self.world: Child | None = None

    def start_broker(self) -> str:
        """Starts the broker and says which. Raises DemoError where it does not come up."""
        self._start(self.broker)
        if not wait_until(lambda: listens(self.mqtt_port), self.broker, BROKER_UP_S):
            raise self._did_not_come_up(self.broker)
        lacks = f" (it has {AMQTT_LACKS})" if self.broker_kind == "amqtt" else ""
        return f"MQTT broker: {self.broker_kind} on mqtt://{HOST}:{self.mqtt_port}{lacks}"

    def start_daemon(self) -> None:
        """Starts the daemon; it takes a while until it answers."""
        self._start(self.daemon)

    def await_daemon(self) -> None:
        """Waits until the daemon answers. Raises DemoError where it does not."""
        if not wait_until(self._healthy, self.daemon, DAEMON_UP_S):
            raise self._did_not_come_up(self.daemon)

    def start_robots(self, count: int, clock: DemoClock, seed: int) -> None:
        """Starts the emulator."""
        options = {
            "--broker": f"mqtt://{HOST}:{self.mqtt_port}",
            "--map": self.folder.campus,
            "--count": count,
            "--manufacturer": MANUFACTURER,
            "--serial-prefix": SERIAL_PREFIX,
            "--compartments": ",".join(COMPARTMENTS),
            "--keys": self.folder.keys,
            "--codes": self.folder.outbox,
            "--seed": seed,
            "--speed": clock.speed,
            "--clock-start-wall-ms": clock.start_wall_ms,
            "--clock-start-site-ms": clock.start_site_ms,
            "--state-dir": self.folder.robots,
        }
        words = [str(word) for option in options.items() for word in option]
        command = [*AGENT_PROGRAM, "emulate", *words]
        self.robots = [Child("robots", command, self.folder.logs / "robots.log")]
        self._start(self.robots[0])

    def start_world(self, port: str, count: int, seed: int) -> None:
        """Starts the robots' boards and the plant around them. Raises DemoError where they do not
        come up, as without a compiler."""
        boards = self.folder.boards
        options = {
            "--map": self.folder.campus,
            "--count": count,
            "--port": port,
            "--dir": boards.lines,
            "--serial-prefix": SERIAL_PREFIX,
            "--compartments": ",".join(BOARD_COMPARTMENTS),
            "--codes": self.folder.outbox,
            "--errands": boards.errands,
            "--seed": seed,
            "--no-show-pct": 0,
            "--late-pct": 0,
            "--prompt-max-ms": PROMPT_MAX_MS,
            "--service-max-ms": SERVICE_MAX_MS,
        }
        words = [str(word) for option in options.items() for word in option]
        command = [*AGENT_PROGRAM, "board", "emulate", *words, "--verbose"]
        self.world = Child("plant", command, self.folder.logs / "plant.log")
        self._start(self.world)
        if not wait_until(boards.control.exists, self.world, WORLD_UP_S):
            is_missing = self.world.process is not None and self.world.process.poll() == 3
            code = EXIT_MISSING if is_missing else EXIT_BAD_INPUT
            raise DemoError(self.world.last_words() or "the plant does not come up", code)

    def start_agents(self, robots: Sequence[str]) -> None:
        """Starts an agent for each robot whose boards are there, one after the other: all at once
        would keep the plant from its turns, which reads as broken wires."""
        for serial in robots:
            settings = str(self.folder.boards.agent(serial))
            command = [*AFTER_THE_WORLD, *AGENT_PROGRAM, "run", "--config", settings]
            agent = Child(f"agent of {serial}", command, self.folder.logs / f"{serial}.log")
            self.robots.append(agent)
            self._start(agent)
            time.sleep(AGENT_EACH_S)

    def look_after(self) -> Iterator[str]:
        """Starts again whoever died, and says so. Raises DemoError once that is no use."""
        for child in self._children():
            if not child.died():
                continue
            ended = f"the {child.name} ended ({child.how_it_ended})"
            # Robots and parcels of a world that was started again would be elsewhere.
            if child is self.world:
                raise DemoError(f"{ended}: {child.last_words()}", EXIT_MISSING)
            if not child.restart():
                raise DemoError(
                    f"{ended} for the {child.deaths}th time: {child.last_words()}", EXIT_MISSING
                )
            yield f"{ended}: started again ({child.deaths} of at most {RESTARTS_MAX} times)"

    @property
    def restarts(self) -> int:
        return sum(child.deaths for child in self._children())

    def stop(self) -> None:
        """Stops all: robots first, broker last, so that goodbyes are heard."""
        for robot in self.robots:
            robot.ask_to_stop()
        for child in reversed(self._children()):
            child.stop()

    def _children(self) -> list[Child]:
        world = [self.world] if self.world else []
        return [self.broker, self.daemon, *world, *self.robots]

    def _healthy(self) -> bool:
        api = DaemonApi(HOST, self.api_port, timeout_s=PROBE_TIMEOUT_S)
        try:
            return api.get("/healthz").status == 200
        except DaemonGone:
            return False
        finally:
            api.close()

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except OSError as error:
            raise DemoError(f"the {child.name} cannot be started: {error}", EXIT_MISSING) from None

    def _did_not_come_up(self, child: Child) -> DemoError:
        how = "does not answer" if child.running else f"ended ({child.how_it_ended})"
        return DemoError(
            f"the {child.name} {how}: {child.last_words() or 'it said nothing'}", EXIT_BAD_INPUT
        )
