# SPDX-License-Identifier: Apache-2.0
"""Where a robot stands: by the node it names, and by its position where that says otherwise.

What must hold: a position counts only with the node that was told with it; a robot that is doing
something stands where its order says. One that is idle and off its node (moved by hand, cancelled
on the way, come up anew) is `astray`: its next order begins at its position, with the nearest road
node after that. Without a position nothing of this is guessed.
"""

from typing import Final

from dispatcher.core.events import RobotReported
from dispatcher.core.state import Robot
from dispatcher.core.step import Step

OFF_NODE_MM: Final = 3_000
"""Nearer than this a robot is on its node."""

ASTRAY_MAX_MM: Final = 500_000
"""Further than this from every node it is not on this map."""

_MM_MAX: Final = 1_000_000_000
"""A position further from the site's origin than 1,000 km is nonsense."""


def note(step: Step, robot: Robot, event: RobotReported) -> None:
    """Take in what a robot says of where it is."""
    if event.last_node is not None:
        robot.placed = robot.astray = False
    x_mm, y_mm = event.x_mm, event.y_mm
    if x_mm is not None and y_mm is not None and max(abs(x_mm), abs(y_mm)) <= _MM_MAX:
        robot.x_mm, robot.y_mm, robot.placed = x_mm, y_mm, True
    if event.last_node:
        known = event.last_node in step.graph.nodes
        if not known:
            text = f"it is at node {event.last_node[:64]!r}, which is not on the map"
            step.alarm(text, robot.id)
        robot.node = event.last_node if known else ""
    if robot.job is None and not robot.nodes_left and robot.placed:
        _find(step, robot)


def _find(step: Step, robot: Robot) -> None:
    node = step.graph.nodes.get(robot.node)
    robot.astray = node is None or _apart(robot, node.x_mm, node.y_mm) > OFF_NODE_MM**2
    if not robot.astray:
        return
    nodes, parts = step.graph.nodes, step.graph.components
    nearest = min(
        (_apart(robot, nodes[name].x_mm, nodes[name].y_mm), name)
        for number, name in enumerate(step.graph.node_ids)
        if parts[number] == 0
    )
    before, robot.node = robot.node, nearest[1] if nearest[0] <= ASTRAY_MAX_MM**2 else ""
    if before and not robot.node:
        step.alarm("it is far from every road of this map", robot.id)


def _apart(robot: Robot, x_mm: int, y_mm: int) -> int:
    """The square of its distance to a point."""
    return (robot.x_mm - x_mm) ** 2 + (robot.y_mm - y_mm) ** 2
