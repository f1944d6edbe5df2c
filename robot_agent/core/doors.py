# SPDX-License-Identifier: Apache-2.0
"""Handovers: compartments opened for people, one person at a time.

What must hold: a door opens for nobody whose code does not match; somebody being served is never
shut out; every opened handover is closed exactly once. All handovers of a stop are open together.
"""

import hmac

from robot_agent.core.events import PersonCame, PersonWanted
from robot_agent.core.memory import Door, Guest, Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import NOT_THERE, OCCUPIED, OUT, handover_digest
from robot_agent.vda5050.order import Action

# A six-digit code must not be found by trying: after so many the door is shut for this attempt.
MAX_WRONG_CODES = 5
MAX_SERVICE_MS = 600_000


def obstacle(action: Action, memory: Memory) -> str | None:
    """Why this handover cannot be opened at all."""
    load = memory.loads.get(action.parameter("compartment"))
    if action.parameter("direction") == OUT:
        there = load is not None and load.load_id == action.parameter("parcel")
        return None if there else NOT_THERE
    return None if load is None else OCCUPIED


def open_door(run: Run, memory: Memory) -> PersonWanted:
    """Waits `waitMs` from now."""
    action = run.action
    door = Door(action.action_id, memory.now_ms + action.parameter("waitMs"))
    memory.doors.append(door)
    return _wanted_at(door, action)


def wanted(memory: Memory) -> list[PersonWanted]:
    """Whom the open doors wait for, but for those who stand in line."""
    return [
        _wanted_at(door, memory.runs[door.action_id].action)
        for door in memory.doors
        if not _is_in_line(door.action_id, memory)
    ]


def person_came(event: PersonCame, memory: Memory, spec: RobotSpec) -> None:
    """With the right code they get in line; else nothing opens and they may try again."""
    door = next((one for one in memory.doors if one.action_id == event.action_id), None)
    if door is None or _is_in_line(event.action_id, memory):
        return
    if door.wrong_codes >= MAX_WRONG_CODES:
        return
    if not _matches(memory.runs[event.action_id].action, event.code, spec):
        door.wrong_codes += event.code is not None
        memory.dirty = True
        return
    service_ms = max(0, min(event.service_ms, MAX_SERVICE_MS))
    memory.queue.append(Guest(event.action_id, service_ms))
    _next_guest(memory)


def due_ms(memory: Memory) -> int | None:
    """When something ends next: a service, else a wait. Waits are longer while one is served."""
    if memory.serving is not None:
        return memory.serving_until_ms
    return min((door.deadline_ms for door in memory.doors), default=None)


def close_due(memory: Memory) -> tuple[list[str], list[str]]:
    """Closes what is due: the ids of the handovers that were served and of those nobody came to."""
    served = _end_service(memory)
    if memory.serving is not None:
        return served, []
    missed = [door.action_id for door in memory.doors if door.deadline_ms <= memory.now_ms]
    _forget(memory, missed)
    return served, missed


def shut_unserved(memory: Memory) -> list[str]:
    """Ends the wait for everybody but who is being served; the ids shut."""
    memory.queue.clear()
    serving = memory.serving.action_id if memory.serving is not None else None
    shut = [door.action_id for door in memory.doors if door.action_id != serving]
    _forget(memory, shut)
    return shut


def _wanted_at(door: Door, action: Action) -> PersonWanted:
    return PersonWanted(
        action_id=door.action_id,
        parcel=action.parameter("parcel"),
        direction=action.parameter("direction"),
        code_version=action.parameter("codeVersion"),
        wait_until_ms=door.deadline_ms,
        needs_code=action.parameter("digest") is not None,
    )


def _end_service(memory: Memory) -> list[str]:
    if memory.serving is None or memory.serving_until_ms > memory.now_ms:
        return []
    served = [memory.serving.action_id]
    memory.serving = None
    _forget(memory, served)
    _next_guest(memory)
    return served


def _is_in_line(action_id: str, memory: Memory) -> bool:
    if memory.serving is not None and memory.serving.action_id == action_id:
        return True
    return any(guest.action_id == action_id for guest in memory.queue)


def _matches(action: Action, code: str | None, spec: RobotSpec) -> bool:
    digest = action.parameter("digest")
    if digest is None:
        return bool(action.parameter("direction") != OUT)
    if code is None:
        return False
    expected = handover_digest(
        spec.robot_key,
        spec.robot_id,
        action.parameter("parcel"),
        action.parameter("compartment"),
        action.parameter("codeVersion"),
        code,
    )
    return hmac.compare_digest(expected.encode(), digest.lower().encode())


def _next_guest(memory: Memory) -> None:
    if memory.serving is None and memory.queue:
        memory.serving = memory.queue.pop(0)
        memory.serving_until_ms = memory.now_ms + memory.serving.service_ms


def _forget(memory: Memory, action_ids: list[str]) -> None:
    memory.doors = [door for door in memory.doors if door.action_id not in action_ids]
