# SPDX-License-Identifier: Apache-2.0
"""The way along an order: what the body is told to follow, and the nodes it passes.

One path holds all released stretches up to the first node with an action that forbids driving, or
to the end of the base, so that the robot does not stop at every node. What must hold: no path leads
beyond the last released node; while there is a reason to stand, the body was told to.
"""

from robot_agent.core import guard, polyline, work
from robot_agent.core.events import (
    Charge,
    Follow,
    Hold,
    Leave,
    Passed,
    Points,
    Posed,
    Resume,
    RobotEffect,
    Stopped,
    Stretch,
)
from robot_agent.core.memory import Memory
from robot_agent.core.polyline import mm_of
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.order import Edge, Node

MAX_STRETCHES = 200


def settle(memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    """Lets the body do what memory asks for: sets off, holds, goes on, takes a longer path."""
    effects = _find_place(memory, spec) if memory.resuming else []
    return effects + _settle(memory, spec)


def _settle(memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    reasons = tuple(guard.reasons_to_stand(memory, spec))
    if reasons != memory.reasons:
        memory.reasons = reasons
        memory.tell()
    kept = memory.kept
    if not memory.path_nodes:
        if kept.cancels or not kept.nodes or not kept.nodes[0].released:
            return []
    elif kept.cancels and (reasons or memory.holding):
        return leave(memory)
    if reasons:
        return _hold(memory) + _unplug(memory)
    if memory.stale or not memory.path_nodes:
        return _follow(memory, spec)
    if memory.holding:
        memory.holding, memory.moving = False, True
        memory.tell()
        return [Resume()]
    return []


def posed(event: Posed, memory: Memory) -> None:
    """Takes the pose; only a change of what a state must tell at once is news."""
    drove = is_driving(memory)
    memory.x_mm, memory.y_mm = event.x_mm, event.y_mm
    memory.heading_mrad, memory.speed_mm_s = event.heading_mrad, event.speed_mm_s
    memory.deviation_mm = event.deviation_mm
    was_localized = memory.posed and memory.localized
    memory.posed, memory.localized = True, event.localized
    if was_localized != event.localized or is_driving(memory) != drove:
        memory.tell()


def passed(event: Passed, memory: Memory) -> list[RobotEffect]:
    """Nodes were passed; those of an older path count as passed when the present one says so."""
    count = event.stretch + 1 - memory.path_done
    if event.path_id != memory.path_id or not 0 < count <= memory.path_nodes:
        return []
    effects: list[RobotEffect] = []
    for _ in range(count):
        effects += traverse(memory)
        memory.path_nodes -= 1
        memory.path_done += 1
        if memory.path_nodes:
            effects += _enter_edge(memory)
    if not memory.path_nodes:
        memory.stale = memory.holding = memory.moving = False
        memory.speed_mm_s = 0
        memory.tell()
    return effects


def stopped(event: Stopped, memory: Memory) -> None:
    """The body stands; one that was told to go on meanwhile is believed by what comes next."""
    if event.path_id == memory.path_id and (memory.holding or not memory.path_nodes):
        memory.moving, memory.speed_mm_s = False, 0
        memory.tell()


def traverse(memory: Memory) -> list[RobotEffect]:
    """The next node is reached: one change takes it and the edge to it off what lies ahead."""
    kept = memory.kept
    effects: list[RobotEffect] = []
    node = kept.nodes.pop(0)
    place = _place_of(node)
    if len(kept.edges) > len(kept.nodes):
        effects += work.leave_edge(memory)
        kept.edges.pop(0)
    elif memory.posed and memory.localized:
        # An order's first node counts as reached from wherever its deviation reaches.
        place = (memory.x_mm, memory.y_mm)
    kept.last_node_id, kept.last_sequence_id = node.node_id, node.sequence_id
    kept.last_place = place or (memory.x_mm, memory.y_mm)
    kept.on_node = True
    if node.node_position is not None and node.node_position.map_id != kept.map_id:
        kept.map_id = node.node_position.map_id
        memory.fence_clear = None
    lay_way(memory)
    memory.keep()
    if not kept.cancels:
        work.begin(node.actions, memory)
    return effects


def leave(memory: Memory) -> list[RobotEffect]:
    """Forgets the path; the robot stands when the body says so."""
    if not memory.path_nodes:
        return []
    memory.path_nodes = memory.path_done = 0
    memory.stale = memory.holding = False
    memory.tell()
    return [Leave()]


def is_driving(memory: Memory) -> bool:
    """Under way by order, or moved by somebody (the standard's `driving`)."""
    return memory.moving or memory.speed_mm_s != 0


def has_blocking_action(node: Node) -> bool:
    """Whether the robot must stand for one of the node's actions."""
    return any(action.blocking_type != "NONE" for action in node.actions)


def lay_way(memory: Memory) -> None:
    """Works out the way from the last node to the next; there must be an edge if a node."""
    kept = memory.kept
    memory.way = None
    if kept.nodes and kept.edges and kept.last_place is not None:
        memory.way = _way(kept.last_place, kept.edges[0], kept.nodes[0])


def done_mm(memory: Memory) -> int:
    """How far the robot is past its last node, along its way."""
    if memory.kept.on_node or memory.way is None:
        return 0
    return polyline.foot(memory.way, (memory.x_mm, memory.y_mm)).along_mm


def _hold(memory: Memory) -> list[RobotEffect]:
    if memory.holding or not memory.path_nodes:
        return []
    memory.holding = True
    memory.tell()
    return [Hold()]


def _unplug(memory: Memory) -> list[RobotEffect]:
    """With somewhere to go it ends charging by itself, and leaves when no current flows."""
    if memory.reasons != ("charging",) or memory.unplugging:
        return []
    memory.unplugging = True
    return [Charge(on=False)]


def _follow(memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    stretches = _stretches(memory, spec)
    memory.path_id += 1
    memory.path_nodes, memory.path_done = len(stretches), 0
    memory.stale = memory.holding = False
    memory.moving = True
    memory.tell()
    effects: list[RobotEffect] = [Follow(memory.path_id, stretches)]
    if memory.kept.on_node:
        effects += _enter_edge(memory)
    return effects


def _enter_edge(memory: Memory) -> list[RobotEffect]:
    memory.kept.on_node = False
    memory.keep()
    return work.enter_edge(memory.kept.edges[0], memory)


def _stretches(memory: Memory, spec: RobotSpec) -> tuple[Stretch, ...]:
    kept = memory.kept
    made: list[Stretch] = []
    place = kept.last_place or (memory.x_mm, memory.y_mm)
    for node, edge in zip(kept.nodes[:MAX_STRETCHES], kept.edges, strict=False):
        if not node.released:
            break
        way = _way(place, edge, node)
        points = _from_here(way, memory) if not made else way
        made.append(_stretch(way, points, edge, node, spec))
        place = way[-1]
        if has_blocking_action(node):
            break
        if kept.cancels:
            break
    return tuple(made)


def _from_here(way: Points, memory: Memory) -> Points:
    """The body under way goes on along the whole; one that stands begins where it stands."""
    pose = (memory.x_mm, memory.y_mm)
    if memory.moving:
        return way
    if memory.kept.on_node:
        # A node at the place of the one before has a way of one point: it ends there all the same.
        return polyline.without_repeats((pose, *(way[1:] or way)))
    return polyline.rest(way, pose)


def _way(start: tuple[int, int], edge: Edge, node: Node) -> Points:
    points = [start]
    if edge.trajectory is not None:
        points += [(mm_of(point.x), mm_of(point.y)) for point in edge.trajectory.control_points]
    end = _place_of(node)
    if end is not None:
        points.append(end)
    return polyline.without_repeats(tuple(points))


def _stretch(way: Points, points: Points, edge: Edge, node: Node, spec: RobotSpec) -> Stretch:
    """Where the order says the edge is longer than its geometry, the order is believed: a map may
    know of a slope or a detour that its drawing does not show."""
    length_mm = polyline.length_mm(points)
    if edge.length is not None:
        whole_mm = polyline.length_mm(way)
        told_mm = mm_of(edge.length)
        if told_mm > whole_mm:
            length_mm = told_mm * length_mm // whole_mm if whole_mm else told_mm
    speed_mm_s = spec.speed_mm_s
    if edge.max_speed is not None:
        speed_mm_s = max(1, min(speed_mm_s, mm_of(edge.max_speed)))
    left_mm, right_mm = None, None
    if edge.corridor is not None:
        left_mm, right_mm = guard.corridor_mm(edge.corridor, spec)
    theta = node.node_position.theta if node.node_position is not None else None
    return Stretch(
        points=points,
        length_mm=length_mm,
        speed_mm_s=speed_mm_s,
        edge_id=edge.edge_id,
        left_mm=left_mm,
        right_mm=right_mm,
        heading_mrad=mm_of(theta) if theta is not None else None,
    )


def _place_of(node: Node) -> tuple[int, int] | None:
    position = node.node_position
    return (mm_of(position.x), mm_of(position.y)) if position is not None else None


def _find_place(memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    if not (memory.posed and memory.localized):
        return []
    effects = [] if guard.is_on_the_way(memory, spec) else _catch_up(memory, spec)
    is_off = effects is None
    if is_off != memory.off_way:
        memory.off_way = is_off
        memory.tell()
    if not is_off and memory.told_since_restart:
        memory.resuming = False
        memory.tell()
    return effects or []


def _catch_up(memory: Memory, spec: RobotSpec) -> list[RobotEffect] | None:
    """A body goes on for a while without us, along the path that it was told: it is looked for
    there, and the nodes behind it count as passed. None: it is not there either."""
    kept = memory.kept
    if kept.on_node or kept.cancels or memory.way is None:
        return None
    place = memory.way[0]
    for count, (node, edge) in enumerate(zip(kept.nodes[:MAX_STRETCHES], kept.edges, strict=False)):
        way = _way(place, edge, node)
        if not node.released:
            break
        if count and guard.is_beside(way, memory, spec):
            # Its path counts from a node that is behind it now: it is given a new one.
            effects = leave(memory)
            for _ in range(count):
                effects += traverse(memory)
                effects += _enter_edge(memory)
            return effects
        if has_blocking_action(node):
            break
        place = way[-1]
    return None
