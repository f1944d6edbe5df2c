# SPDX-License-Identifier: Apache-2.0
"""The master's session with a robot: orders, updates, instant actions, and sending them again.

What must hold (VDA 5050 2.1.0, 6.6): a base is only ever extended; an update begins with the last
base node as it was sent; sequence ids count on through all updates of an order; messages go out at
QoS 0, so each is owed until the robot's state confirms it, and is sent again unchanged.
"""

from typing import Final

from dispatcher.core.base import base_visits, closed_off
from dispatcher.core.effects import OrderAction, OrderNode, PublishInstant, PublishOrder
from dispatcher.core.life_cycles import SESSION, after
from dispatcher.core.state import Job, JobTask, JobVisit, Robot
from dispatcher.core.step import Step

HORIZON_NODES: Final = 3
"""How many nodes beyond the base an order shows: the direction, not the whole way."""

_ALARM_AFTER_TRIES: Final = 6

_ORDER_KINDS: Final = {"load": "pick", "unload": "drop", "charge": "charge"}


def extend(step: Step, robot: Robot) -> None:
    """Publish as much of the robot's job as the base allows and is not published yet."""
    job = robot.job
    if job is None or job.state == "broken":
        return
    limit = base_visits(step, job)
    if limit <= job.released or not robot.heard:
        return
    session = robot.session
    nodes = [_decision_node(robot, job)]
    for visit in job.visits[job.released : limit]:
        _release(step, robot, job, visit, nodes)
    sent = nodes[-1]
    if limit < len(job.visits) and not closed_off(step, job, limit):
        nodes.extend(_horizon(step, robot, sent, job.visits[limit]))
    first = job.released == 0
    job.released = limit
    if first:
        session.previous = robot.seen_order or ""
    session.order = job.id
    session.update = 0 if first else session.update + 1
    _send(
        step,
        robot,
        PublishOrder(
            id=f"{job.id}:{session.update}",
            robot=robot.id,
            order=job.id,
            update=session.update,
            nodes=tuple(nodes),
        ),
    )


def _decision_node(robot: Robot, job: Job) -> OrderNode:
    """The node that an order begins with: where the robot stands, or its last base node."""
    if job.released == 0:
        return OrderNode(node=robot.node, sequence=0)
    assert robot.session.message is not None
    return [node for node in robot.session.message.nodes if node.released][-1]


def _release(step: Step, robot: Robot, job: Job, visit: JobVisit, nodes: list[OrderNode]) -> None:
    """Append the way to a visit, and its actions on its node."""
    visit.length_mm = max(0, step.travel.length_mm(nodes[-1].node, visit.node))
    way = _way(step, robot, nodes[-1], visit.node)
    actions = tuple(_action(step, job, task) for task in visit.tasks)
    if not way and nodes[-1].actions:
        # VDA 5050: a decision point's actions are not changed; a further node at the same place.
        way = [OrderNode(node=visit.node, sequence=nodes[-1].sequence + 2)]
    if way:
        nodes.extend(way)
    last = nodes.pop()
    nodes.append(OrderNode(node=last.node, sequence=last.sequence, actions=actions))
    visit.sequence = last.sequence


def _way(step: Step, robot: Robot, start: OrderNode, target: str) -> list[OrderNode]:
    """The nodes after `start` on the way to `target`, numbered."""
    nodes: list[OrderNode] = []
    before, sequence = start.node, start.sequence
    for node in step.travel.path(start.node, target)[1:]:
        bends = 0 if robot.trajectory else step.graph.bends_between(before, node)
        sequence += 2 * (1 + bends)
        nodes.append(OrderNode(node=node, sequence=sequence))
        before = node
    return nodes


def _horizon(step: Step, robot: Robot, start: OrderNode, visit: JobVisit) -> list[OrderNode]:
    way = _way(step, robot, start, visit.node)[:HORIZON_NODES]
    return [OrderNode(node=n.node, sequence=n.sequence, released=False) for n in way]


def _action(step: Step, job: Job, task: JobTask) -> OrderAction:
    job.actions_count += 1
    task.action = f"{job.id}.{job.actions_count}"
    parcel = step.state.parcels.get(task.parcel)
    handover = task.kind in ("out", "in")
    return OrderAction(
        id=task.action,
        kind=_ORDER_KINDS.get(task.kind, task.kind),
        parcel=task.parcel,
        compartment=task.compartment,
        size=parcel.size if parcel else "",
        version=parcel.version if parcel and handover else 0,
        wait_ms=step.policy.handover_wait_ms if handover else 0,
        duration_ms=step.policy.dock_ms if task.kind in ("load", "unload") else 0,
    )


def _send(step: Step, robot: Robot, message: PublishOrder) -> None:
    session = robot.session
    session.state = after(SESSION, "publish", session.state, f"session of {robot.id}")
    session.message = message
    session.tries = 1
    session.resend_ms = step.now_ms + step.policy.resend_ms
    step.emit(message)


def instant(step: Step, robot: Robot, kind: str) -> None:
    """Send an instant action, unless one of its kind is under way."""
    session = robot.session
    if any(effect.kind == kind for effect in session.instants):
        return
    if step.now_ms < session.instants_resend_ms:
        return  # A robot that says "done" and does not do it is not asked as fast as it answers.
    effect = PublishInstant(
        id=f"{step.state.spec().id}-i{step.state.next_number()}", robot=robot.id, kind=kind
    )
    session.instants.append(effect)
    session.instants_resend_ms = step.now_ms + step.policy.resend_ms
    step.emit(effect)


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
        session.resend_ms = step.now_ms + step.policy.resend_ms
        step.state.count("orders_resent")
        step.emit(session.message)
        if session.tries == _ALARM_AFTER_TRIES:
            step.alarm(f"order {session.order} is not confirmed by the robot", robot.id)
    if session.instants and step.now_ms >= session.instants_resend_ms:
        session.instants_resend_ms = step.now_ms + step.policy.resend_ms
        step.state.count("instants_resent")
        for effect in session.instants:
            step.emit(effect)


def may_send(robot: Robot) -> bool:
    """Whether the last order message may go out. A robot that has come up anew may have forgotten
    its order: it would take an update of it for a new order and load again, so it must be heard."""
    return robot.session.update == 0 or robot.heard


def due_ms(robot: Robot) -> tuple[int, int]:
    """When `resend` is to look at the order and at the instant actions next; 0: never."""
    session = robot.session
    if robot.link != "online":
        return 0, 0
    return (session.resend_ms if session.state == "sent" else 0), session.instants_resend_ms
