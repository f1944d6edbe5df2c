# SPDX-License-Identifier: Apache-2.0
"""The master's session with a robot: orders, updates, instant actions, and sending them again.

What must hold (VDA 5050 2.1.0, 6.6): a base is only ever extended; an update begins with the last
base node as it was sent; sequence ids count on through all updates of an order; messages go out at
QoS 0, so each is owed until the robot's state confirms it, and is sent again unchanged.
"""

from typing import Final

import msgspec

from dispatcher.core import abilities
from dispatcher.core.base import base_visits, before_visit, closed_off
from dispatcher.core.effects import OrderAction, OrderNode, PublishInstant, PublishOrder
from dispatcher.core.life_cycles import SESSION, after
from dispatcher.core.state import Job, JobTask, JobVisit, Robot
from dispatcher.core.step import Step
from dispatcher.core.whereabouts import OFF_NODE_MM

HORIZON_NODES: Final = 3
"""How many nodes beyond the base an order shows: the direction, not the whole way."""

INSTANTS_MAX: Final = 20
"""How many instant actions may be under way to one robot."""

TEMPORARY_NODE_MM: Final = 2_000
"""How far from the position that it told a robot may begin an order."""

FIRST_NODE_MM: Final = OFF_NODE_MM + 1_000
"""How far from its node a robot may begin an order: whoever we take to be on it must be let begin,
although it has moved a little since it told its position. Without this its own tolerance holds."""

_FACTSHEET_REQUEST: Final = "factsheetRequest"
_CANCEL_ORDER: Final = "cancelOrder"
_NODES_MAX: Final = 100_000
_ALARM_AFTER_TRIES: Final = 6

_ORDER_KINDS: Final = {"load": "pick", "unload": "drop", "out": "drop", "in": "pick"}


def extend(step: Step, robot: Robot) -> None:
    """Publish as much of the robot's job as the base allows and is not published yet."""
    job = robot.job
    if job is None or job.state == "broken" or not robot.heard:
        return
    limit = base_visits(step, job)
    if limit <= job.released or step.now_ms < _next_order_ms(robot) or is_cancelling(robot):
        return
    limit = _guarded(step, robot, job, limit)
    before, nodes = job.released, _first_nodes(robot, job)
    while job.released < limit:
        stop = _halfway(step, robot, nodes, job.visits[job.released])
        if stop == "":
            step.hold(robot, "its factsheet allows too few nodes in one order")
            break
        if stop is not None:
            job.visits.insert(job.released, JobVisit(node=stop, tasks=[]))
            limit = job.released + 1
        _release(step, robot, job, job.visits[job.released], nodes)
        job.released += 1
    if job.released > before:
        _publish(step, robot, job, nodes, first=before == 0)


def _publish(step: Step, robot: Robot, job: Job, nodes: list[OrderNode], *, first: bool) -> None:
    session, facts = robot.session, robot.facts
    if job.released < len(job.visits) and not closed_off(step, job, job.released):
        horizon = _horizon(step, robot, nodes[-1], job.visits[job.released])
        nodes.extend(n for n in horizon if _count(nodes[0], n) <= _nodes_max(robot))
    if first:
        session.previous = robot.seen_order or ""
    session.order = job.id
    session.update = 0 if first else session.update + 1
    if not first and not robot.resends_actions:
        nodes[0] = msgspec.structs.replace(nodes[0], actions=())
    _send(
        step,
        robot,
        PublishOrder(
            id=f"{job.id}:{session.update}",
            robot=robot.id,
            order=job.id,
            update=session.update,
            nodes=tuple(nodes),
            left_out=facts.left_out if facts is not None else (),
            speed_mm_s=facts.speed_mm_s if facts is not None else 0,
        ),
    )


def _guarded(step: Step, robot: Robot, job: Job, limit: int) -> int:
    """`limit`, or the first visit at which the robot would be told what it must not be told."""
    for index in range(job.released, limit):
        faults = (abilities.misfit(step, robot, task) for task in job.visits[index].tasks)
        fault = next((text for text in faults if text), "")
        if fault:
            step.hold(robot, fault)
            return index
    return limit


def _first_nodes(robot: Robot, job: Job) -> list[OrderNode]:
    """What an order begins with: where the robot stands; an update with its last base node."""
    if job.released:
        assert robot.session.message is not None
        return [[node for node in robot.session.message.nodes if node.released][-1]]
    if not robot.astray:
        return [OrderNode(node=job.start_node, sequence=0, deviation_mm=FIRST_NODE_MM)]
    here = OrderNode(
        node=job.start_node,
        sequence=0,
        position_mm=(robot.x_mm, robot.y_mm),
        deviation_mm=TEMPORARY_NODE_MM,
    )
    return [here, OrderNode(node=job.start_node, sequence=2)]


def _nodes_max(robot: Robot) -> int:
    """How many nodes one message to a robot may hold."""
    return (robot.facts.nodes_max if robot.facts is not None else 0) or _NODES_MAX


def _count(first: OrderNode, last: OrderNode) -> int:
    """How many nodes a message holds from its first to its last, the bends between them too."""
    return (last.sequence - first.sequence) // 2 + 1


def _halfway(step: Step, robot: Robot, nodes: list[OrderNode], visit: JobVisit) -> str | None:
    """The node at which a robot is to stop since its way to a visit is too long for one message;
    None: it is not; empty: not even the next node fits."""
    way = _way(step, robot, nodes[-1], visit.node)
    most = _nodes_max(robot) - max(0, len(_shares(robot, visit)) - 1)
    if not way or _count(nodes[0], way[-1]) <= most:
        return None
    near = [node.node for node in way[:-1] if _count(nodes[0], node) <= most]
    plain = [name for name in near if step.graph.node(name).gate == "none"]
    return (plain or near or [""])[-1]


def _shares(robot: Robot, visit: JobVisit) -> list[list[JobTask]]:
    """A visit's tasks, as many together as one node of the robot's orders may have."""
    most = robot.facts.actions_max if robot.facts is not None else 0
    if most and not abilities.does(robot, abilities.HANDOVER):
        most = max(1, most // 2)  # A gate and what it guards are two actions on one node.
    each = most or len(visit.tasks) or 1
    return [visit.tasks[at : at + each] for at in range(0, len(visit.tasks), each)]


def _release(step: Step, robot: Robot, job: Job, visit: JobVisit, nodes: list[OrderNode]) -> None:
    """Append the way to a visit, and its actions on its node."""
    visit.length_mm = max(0, step.travel.length_mm(nodes[-1].node, visit.node))
    way = _way(step, robot, nodes[-1], visit.node)
    if not way and (nodes[-1].actions or job.released):
        # VDA 5050: a decision point's actions are not changed; a further node at the same place.
        way = [OrderNode(node=visit.node, sequence=nodes[-1].sequence + 2)]
    nodes.extend(way)
    last = nodes.pop()
    visit.sequence = last.sequence
    extra_ms = _early_ms(step, job)
    shares = _shares(robot, visit) or [[]]
    for number, tasks in enumerate(shares):
        actions = [one for task in tasks for one in _actions(step, robot, job, task, extra_ms)]
        at = last.sequence + 2 * number
        nodes.append(msgspec.structs.replace(last, sequence=at, actions=tuple(actions)))


def _early_ms(step: Step, job: Job) -> int:
    """How long before its slot a robot will be at the visit that is released now: only where it
    comes from a radio shadow, in which it could not be told to set out later."""
    index = job.released
    visit = job.visits[index]
    if not index or not job.visits[index - 1].shadow or not visit.not_before_ms:
        return 0
    at_ms, before = step.now_ms, before_visit(job, max(job.at, 0))
    for one in job.visits[job.at : index + 1]:
        at_ms += max(0, step.travel.time_ms(before, one.node))
        before = one.node
    return max(0, visit.not_before_ms - at_ms)


def _way(step: Step, robot: Robot, start: OrderNode, target: str) -> list[OrderNode]:
    """The nodes after `start` on the way to `target`, numbered."""
    nodes: list[OrderNode] = []
    before, sequence = start.node, start.sequence
    for node in step.travel.path(start.node, target)[1:]:
        bends = 0 if _curves(robot) else step.graph.bends_between(before, node)
        sequence += 2 * (1 + bends)
        nodes.append(OrderNode(node=node, sequence=sequence))
        before = node
    return nodes


def _horizon(step: Step, robot: Robot, start: OrderNode, visit: JobVisit) -> list[OrderNode]:
    way = _way(step, robot, start, visit.node)[:HORIZON_NODES]
    return [OrderNode(node=n.node, sequence=n.sequence, released=False) for n in way]


def _curves(robot: Robot) -> bool:
    """Whether it follows a trajectory; else every bend of the road is a node."""
    return robot.facts is not None and robot.facts.trajectory


def _actions(step: Step, robot: Robot, job: Job, task: JobTask, extra_ms: int) -> list[OrderAction]:
    """What a task is on the wire: one action, or a wait for our word and then one."""
    parcel = step.state.parcels.get(task.parcel)
    handover = task.kind in ("out", "in")
    task.plain = handover and not abilities.does(robot, abilities.HANDOVER)
    actions = []
    if task.plain and abilities.can_wait(robot):
        task.gate = _action_id(job)
        actions.append(OrderAction(id=task.gate, kind="wait"))
    task.action = _action_id(job)
    locked = handover and not task.plain
    at_dock = task.plain or task.kind in ("load", "unload")
    main = OrderAction(
        id=task.action,
        kind=task.kind if locked else _ORDER_KINDS.get(task.kind, task.kind),
        parcel=task.parcel,
        compartment=task.compartment,
        size=parcel.size if parcel else "",
        version=parcel.version if parcel and locked else 0,
        wait_ms=step.policy.handover_wait_ms + extra_ms if locked else 0,
        duration_ms=step.policy.dock_ms if at_dock else 0,
    )
    return [*actions, main]


def _action_id(job: Job) -> str:
    job.actions_count += 1
    return f"{job.id}.{job.actions_count}"


def _send(step: Step, robot: Robot, message: PublishOrder) -> None:
    session = robot.session
    session.state = after(SESSION, "publish", session.state, f"session of {robot.id}")
    session.message = message
    session.tries = 1
    _note_sent(step, robot)
    step.emit(message)


def _note_sent(step: Step, robot: Robot) -> None:
    """An order went out: when it may go out again, and when it is to."""
    session = robot.session
    session.sent_ms = step.now_ms
    session.resend_ms = max(step.now_ms + step.policy.resend_ms, _next_order_ms(robot))


def _next_order_ms(robot: Robot) -> int:
    """Before this time a robot wants no further order or update."""
    interval_ms = robot.facts.order_interval_ms if robot.facts is not None else 0
    return robot.session.sent_ms + interval_ms if interval_ms else 0


def instant(
    step: Step,
    robot: Robot,
    kind: str,
    parameters: tuple[tuple[str, str | int], ...] = (),
    *,
    at_once: bool = False,
) -> bool:
    """Send an instant action, unless the same is under way; False: it is not even owed.

    A robot that says "done" and does not do it is not asked as fast as it answers, but `at_once`:
    somebody stands there and waits.
    """
    session = robot.session
    if any((one.kind, one.parameters) == (kind, parameters) for one in session.instants):
        return True
    waits = step.now_ms < session.again_ms.get(kind, 0) and not at_once
    if waits or len(session.instants) >= INSTANTS_MAX:
        return False
    effect = PublishInstant(
        id=f"{step.state.spec().id}-i{step.state.next_number()}",
        robot=robot.id,
        kind=kind,
        parameters=parameters,
    )
    session.instants.append(effect)
    session.instants_resend_ms = step.now_ms + step.policy.resend_ms
    session.again_ms[kind] = session.instants_resend_ms
    step.emit(effect)
    return True


def cancel(step: Step, robot: Robot) -> None:
    """Call off whatever order the robot holds."""
    instant(step, robot, _CANCEL_ORDER)


def is_cancelling(robot: Robot) -> bool:
    """Whether an order is being called off: until that has ended no other one is sent."""
    return any(effect.kind == _CANCEL_ORDER for effect in robot.session.instants)


def ask(step: Step, robot: Robot) -> None:
    """Ask a robot that has not said what it can do: many send their factsheet on request only."""
    if robot.facts is None:
        instant(step, robot, _FACTSHEET_REQUEST)


def is_asked(robot: Robot) -> bool:
    """Whether it is still to say what it can do: until it has answered it gets no job."""
    asked = any(effect.kind == _FACTSHEET_REQUEST for effect in robot.session.instants)
    return asked and robot.facts is None


def note_instants(robot: Robot, seen: list[str], ended: list[str]) -> None:
    """Note which instant actions have reached the robot and which have ended there.

    VDA 5050: they are sent again until the robot's state shows them. Some drop an ended one from
    their state soon: once seen it stays seen.
    """
    session = robot.session
    session.instants = [effect for effect in session.instants if effect.id not in ended]
    reached = [one.id for one in session.instants if one.id in seen or one.id in session.seen]
    session.seen = reached


def acknowledge(robot: Robot) -> bool:
    """Note that the robot's state shows our order and update; says whether it now does."""
    session, job = robot.session, robot.job
    if session.state == "quiet" or robot.seen_order != session.order:
        return False
    if robot.seen_update < session.update:
        return False
    session.state = after(SESSION, "acknowledge", session.state, f"session of {robot.id}")
    return job is not None


def lost_update(step: Step, robot: Robot) -> None:
    """The robot has fallen behind what it had confirmed: the update is owed again."""
    session = robot.session
    if session.state == "taken":
        session.state = after(SESSION, "lose", session.state, f"session of {robot.id}")
        session.tries = 0
        session.resend_ms = step.now_ms + step.policy.resend_ms


def close(robot: Robot) -> None:
    """The order is over: nothing of it is owed any more."""
    session = robot.session
    session.state = after(SESSION, "close", session.state, f"session of {robot.id}")
    session.message = None


def resend(step: Step, robot: Robot) -> None:
    """Send again what the robot has not confirmed in time; nothing while it is not connected."""
    session = robot.session
    if robot.link != "online":
        return
    owed = session.state == "sent" and may_send(robot)
    if owed and step.now_ms >= session.resend_ms and session.message:
        session.tries += 1
        _note_sent(step, robot)
        step.state.count("orders_resent")
        step.emit(session.message)
        if session.tries == _ALARM_AFTER_TRIES:
            step.alarm(f"order {session.order} is not confirmed by the robot", robot.id)
    unseen = [effect for effect in session.instants if effect.id not in session.seen]
    if unseen and step.now_ms >= session.instants_resend_ms:
        session.instants_resend_ms = step.now_ms + step.policy.resend_ms
        step.state.count("instants_resent")
        for effect in unseen:
            step.emit(effect)


def may_send(robot: Robot) -> bool:
    """Whether the last order message may go out. A robot that has come up anew may have forgotten
    its order: it would take an update of it for a new order and load again, so it must be heard."""
    return robot.session.update == 0 or robot.heard


def due_ms(robot: Robot) -> tuple[int, int, int]:
    """When `resend` is to look at the order and at the instant actions next, and when `extend` may
    send again; 0: never."""
    session = robot.session
    if robot.link != "online":
        return 0, 0, 0
    resend_ms = session.resend_ms if session.state == "sent" else 0
    next_ms = _next_order_ms(robot) if robot.job is not None else 0
    return resend_ms, session.instants_resend_ms, next_ms
