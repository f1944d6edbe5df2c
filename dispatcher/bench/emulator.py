# SPDX-License-Identifier: Apache-2.0
"""What robots cost: many emulated ones in one process or the agent of one, states at 1 Hz, a real
broker beside it.

What must hold: figures are taken from the operating system while all robots are connected, over
whole seconds; states are counted where they arrive.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from dispatcher.bench.emulator_machine import BenchError, usage
from dispatcher.bench.emulator_master import Master
from dispatcher.bench.emulator_robots import Agent, robots_child
from dispatcher.bench.stopwatch import Machine, load, machine
from dispatcher.data_files import demo_campus_path
from dispatcher.demo.broker import HOST, broker_child, find_mosquitto, free_port
from dispatcher.demo.child import Child

CONNECT_WITHIN_S = 120.0
SETTLE_S = 5.0


class Goal(msgspec.Struct, frozen=True):
    """What a process may take: CPU in per cent of a core."""

    cpu_pct: float
    rss_mb: float


GOALS: dict[Agent, Goal] = {"emulate": Goal(40.0, 100.0), "run": Goal(1.0, 40.0)}


class Round(msgspec.Struct, frozen=True):
    """What was measured over `seconds` while the robots did what `what` says. CPU in per cent of a
    core; `us_per_state` is all that the emulator did, divided by the states that arrived."""

    what: str
    seconds: float
    driving: int
    states_per_s: float
    state_bytes: int
    cpu_pct: float
    us_per_state: float
    rss_mb: float
    broker_cpu_pct: float
    broker_rss_mb: float
    online: int
    goal_met: bool


class EmulatorReport(msgspec.Struct, frozen=True):
    """All figures of one run; the goal is met when it is both standing and driving."""

    agent: Agent
    robots: int
    connected_after_s: float
    rounds: tuple[Round, ...]
    goal: Goal
    goal_met: bool
    machine: Machine


def bench_emulator(
    count: int,
    seconds: int,
    seed: int,
    tell: Callable[[str], None],
    agent: Agent = "emulate",
) -> EmulatorReport:
    """Runs it: standing, then all of them driving. Raises BenchError where something is missing, or
    where `run`, the agent of one robot, is to be more than one."""
    if agent == "run" and count != 1:
        raise BenchError("robot-agent run is one robot: give --count 1")
    if find_mosquitto() is None:
        raise BenchError("mosquitto is not installed: apt install mosquitto")
    load_before = load()
    with tempfile.TemporaryDirectory(prefix="drover-bench-") as name:
        folder = Path(name)
        (folder / "logs").mkdir()
        port = free_port()
        broker = broker_child("mosquitto", port, folder)
        robots = robots_child(agent, count, port, folder)
        broker.start()
        try:
            master = Master(HOST, port)
            try:
                robots.start()
                took_s = _await_all(master, robots, count)
                tell(f"{count} robots connected after {took_s:.1f} s")
                rounds = _rounds(master, robots, broker, seconds, seed, tell, GOALS[agent])
            finally:
                master.close()
        finally:
            robots.stop()
            broker.stop()
    seen = machine(load_before, ("paho-mqtt", "msgspec"))
    goal_met = all(one.goal_met for one in rounds)
    return EmulatorReport(agent, count, round(took_s, 1), rounds, GOALS[agent], goal_met, seen)


def table_of(report: EmulatorReport) -> str:
    """Several lines, without one at the end."""
    seen = report.machine
    one_of_us = "the agent of 1 robot, its body emulated"
    many = f"{report.robots} emulated robots in one process"
    whom = one_of_us if report.agent == "run" else many
    heads = ("online", "driving", "states/s", "bytes", "CPU %", "us/state", "RSS MB", "broker %")
    lines = [
        f"{whom}, a state a second each; mosquitto",
        f"{seen.processor}, {seen.cores} cores, load {seen.load_before:.1f} before",
        f"all connected after {report.connected_after_s:.1f} s",
        "",
        f"{'':10}" + "".join(f"{head:>10}" for head in heads),
    ]
    for one in report.rounds:
        figures = (
            f"{one.online:>10}{one.driving:>10}{one.states_per_s:>10.0f}{one.state_bytes:>10}"
            f"{one.cpu_pct:>10.1f}{one.us_per_state:>10.0f}{one.rss_mb:>10.0f}"
            f"{one.broker_cpu_pct:>10.1f}"
        )
        lines.append(f"{one.what:10}{figures}   {'met' if one.goal_met else 'above the goal'}")
    goal = report.goal
    lines.append(f"the goal: under {goal.cpu_pct:g} % of a core and {goal.rss_mb:g} MB")
    return "\n".join(lines)


def _await_all(master: Master, robots: Child, count: int) -> float:
    """Until each is online and has sent a state; the seconds it took."""
    began_s = time.monotonic()
    while len(master.online) < count or len(master.last_state) < count:
        if not robots.running:
            raise BenchError(f"the emulator ended ({robots.how_it_ended}): {robots.last_words()}")
        if time.monotonic() - began_s > CONNECT_WITHIN_S:
            raise BenchError(
                f"{len(master.online)} of {count} robots came online within {CONNECT_WITHIN_S:g} s"
            )
        time.sleep(0.1)
    return time.monotonic() - began_s


def _rounds(
    master: Master,
    robots: Child,
    broker: Child,
    seconds: int,
    seed: int,
    tell: Callable[[str], None],
    goal: Goal,
) -> tuple[Round, ...]:
    from dispatcher.roads.graph import RoadGraph
    from robot_agent.campus import read_campus

    time.sleep(SETTLE_S)
    tell(f"standing: {seconds} s")
    standing = _measure("standing", master, robots, broker, seconds, goal)
    graph = RoadGraph.from_campus(read_campus(demo_campus_path()))
    tell(f"driving: {seconds} s, {master.send_off(graph, seed, 1)} robots sent off")
    time.sleep(SETTLE_S)
    return standing, _measure("driving", master, robots, broker, seconds, goal)


def _measure(
    what: str, master: Master, robots: Child, broker: Child, seconds: int, goal: Goal
) -> Round:
    states, size = master.states, master.bytes
    before, broker_before = usage(robots.pid), usage(broker.pid)
    began_s = time.monotonic()
    time.sleep(seconds)
    took_s = time.monotonic() - began_s
    after, broker_after = usage(robots.pid), usage(broker.pid)
    states, size = master.states - states, master.bytes - size
    cpu_s = after.cpu_s - before.cpu_s
    cpu_pct = 100 * cpu_s / took_s
    return Round(
        what=what,
        seconds=round(took_s, 1),
        driving=master.driving(),
        states_per_s=round(states / took_s, 1),
        state_bytes=size // max(1, states),
        cpu_pct=round(cpu_pct, 2),
        us_per_state=round(1_000_000 * cpu_s / max(1, states), 1),
        rss_mb=round(after.rss_mb, 1),
        broker_cpu_pct=round(100 * (broker_after.cpu_s - broker_before.cpu_s) / took_s, 1),
        broker_rss_mb=round(broker_after.rss_mb, 1),
        online=len(master.online),
        goal_met=cpu_pct < goal.cpu_pct and after.rss_mb < goal.rss_mb,
    )
