# SPDX-License-Identifier: Apache-2.0
"""Handovers: compartments opened for people, all of a stop at once, any of their codes first.

What must hold: a door opens for nobody whose code does not match and whom the desk did not let in;
whoever is served is never shut out; every opened handover is closed exactly once; a code opens
nothing again once its handover has ended. The wait is one for the whole stop: it stands still while
anybody is let in, and its deadline moves by as long. What was handed over is said only where it is
known: without a sensor, that a door was opened and shut is `presumed` to be it.
"""

from robot_agent.core import doorway, keypad, outcome
from robot_agent.core.events import (
    CodeEntered,
    CodeJudged,
    HandoverClosed,
    HandoverOpened,
    OpenDoor,
    RobotEffect,
)
from robot_agent.core.memory import Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import (
    CANCELLED,
    COLLECTED,
    FORCED,
    HANDOVER,
    JAMMED,
    NO_SHOW,
    NOT_THERE,
    OCCUPIED,
    OUT,
    PRESUMED,
    RECEIVED,
    REFUSED,
    WRONG_PARCEL,
)
from robot_agent.vda5050.state import Load


def start(run: Run, memory: Memory) -> list[RobotEffect]:
    """Waits for its person, or fails at once where the parcel cannot be given or taken."""
    parameter = run.action.parameter
    if parameter("compartment") in memory.kept.forced_doors:
        outcome.fail(run, FORCED, memory)
        return []
    load = memory.kept.loads.get(parameter("compartment"))
    is_claimed = parameter("compartment") in doorway.claimed(memory)
    if is_out(run) and (is_claimed or load is None or load.load_id != parameter("parcel")):
        outcome.fail(run, NOT_THERE, memory)
        return []
    if not is_out(run) and (is_claimed or load is not None):
        outcome.fail(run, OCCUPIED, memory)
        return []
    run.compartment = parameter("compartment")
    stop = memory.kept.stop
    if not stop.open and not any(is_handover(one, memory) for one in stop.line):
        stop.wait_until_ms = stop.extended_ms = 0
    stop.open.append(run.action.action_id)
    memory.keep()
    until_ms = memory.now_ms + parameter("waitMs")
    if until_ms > stop.wait_until_ms:
        stop.wait_until_ms = until_ms
        return wanted(memory)
    return [_opened(run, memory)]


def wanted(memory: Memory) -> list[RobotEffect]:
    """Whom the robot waits for, but for those who are let in."""
    return [_opened(memory.kept.runs[one], memory) for one in memory.kept.stop.open]


def hear_code(event: CodeEntered, memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    """Lets in everybody whose code this is, or ends what they refuse. The body hears of each code
    whether it is one of this order: who types theirs once more does not guess."""
    stop = memory.kept.stop
    if keypad.is_locked(memory):
        told = keypad.refuse_locked(memory) if stop.open else []
        return [CodeJudged(event.entry, accepted=False), *told]
    matches = keypad.matching(event.code, memory, spec)
    effects: list[RobotEffect] = [CodeJudged(event.entry, accepted=bool(matches))]
    if not matches:
        return effects + (keypad.count_wrong(memory, spec) if stop.open else [])
    waiting = [run for run in matches if run.action.action_id in stop.open]
    for run in waiting:
        if not event.refuse:
            doorway.join(run, memory)
        elif is_out(run):
            effects.append(close(run, REFUSED, memory))
    return effects


def door_for(run: Run, memory: Memory) -> OpenDoor:
    """Its door as it opens; once more for a parcel that was not to be put in."""
    seen = memory.contents.get(run.compartment)
    wrong = seen[1] if seen is not None and seen[0] and not is_out(run) else None
    return OpenDoor(
        compartment=run.compartment,
        action_id=run.action.action_id,
        parcel=wrong or run.action.parameter("parcel"),
        fills=wrong is None and not is_out(run),
        at_dock=False,
    )


def end_service(run: Run, verdict: doorway.Verdict, memory: Memory) -> list[RobotEffect]:
    """Its door is shut again: over, to be opened once more, or the person has to come back."""
    stop, action_id = memory.kept.stop, run.action.action_id
    seen = memory.contents.get(run.compartment)
    if verdict != "jammed" and _is_wrong(run, seen) and doorway.may_open_again(run, memory):
        return [doorway.unlock(run, memory, door_for(run, memory))]
    doorway.leave(run, memory)
    result = _result(run, verdict, seen, memory)
    if result is not None:
        return [close(run, result, memory), *wanted(memory)]
    stop.open.append(action_id)
    return wanted(memory)


def due_ms(memory: Memory) -> int | None:
    """When the wait is over; never while somebody is let in."""
    stop = memory.kept.stop
    return stop.wait_until_ms if stop.open and not stop.line else None


def end_due(memory: Memory) -> list[RobotEffect]:
    """Nobody came, or they left it in the compartment that was opened for them."""
    due = due_ms(memory)
    if due is None or due > memory.now_ms:
        return []
    stop = memory.kept.stop
    return [
        close(run, REFUSED if is_out(run) and one in stop.openings else NO_SHOW, memory)
        for one, run in [(one, memory.kept.runs[one]) for one in stop.open]
    ]


def cancel(memory: Memory) -> list[RobotEffect]:
    """Ends the wait for all but who is served."""
    stop = memory.kept.stop
    stop.cancelled = bool(stop.phase)
    let_in = stop.line[1 if stop.phase else 0 :]
    ids = [one for one in (*stop.open, *let_in) if is_handover(one, memory)]
    return [close(memory.kept.runs[one], CANCELLED, memory) for one in ids]


def is_handover(action_id: str, memory: Memory) -> bool:
    """Whether this is the id of a handover."""
    return memory.kept.runs[action_id].action.action_type == HANDOVER


def is_out(run: Run) -> bool:
    """To a person, not from one."""
    return bool(run.action.parameter("direction") == OUT)


def _is_wrong(run: Run, seen: tuple[bool, str | None] | None) -> bool:
    """A label was read on what was put in, and it is another's."""
    if is_out(run) or seen is None or not seen[0] or seen[1] is None:
        return False
    return bool(seen[1] != run.action.parameter("parcel"))


def _result(
    run: Run, verdict: doorway.Verdict, seen: tuple[bool, str | None] | None, memory: Memory
) -> str | None:
    stop = memory.kept.stop
    if verdict == "jammed":
        return JAMMED
    # Once a wrong parcel was in it, only the right label makes it good.
    is_right = seen is not None and seen[0] and seen[1] == run.action.parameter("parcel")
    if _is_wrong(run, seen) or (run.action.action_id in stop.wrong and not is_right):
        return WRONG_PARCEL
    if verdict == "served" and (seen is None or seen[0] != is_out(run)):
        word = COLLECTED if is_out(run) else RECEIVED
        return word if seen is not None else f"{word} {PRESUMED}"
    return CANCELLED if stop.cancelled else None


def close(run: Run, result: str, memory: Memory) -> HandoverClosed:
    """Ends it; a result that is none of the words says that nobody knows what became of it."""
    parameter = run.action.parameter
    word = result.split(" ", maxsplit=1)[0]
    if word == COLLECTED:
        del memory.kept.loads[run.compartment]
    elif word == RECEIVED:
        memory.kept.loads[run.compartment] = Load(
            load_id=parameter("parcel"),
            load_type=parameter("loadType") or run.compartment[:1],
            load_position=run.compartment,
        )
    if word in (COLLECTED, RECEIVED):
        keypad.count_right(memory)
        outcome.finish(run, result, memory)
    else:
        outcome.fail(run, result, memory)
    return HandoverClosed(
        action_id=run.action.action_id,
        parcel=parameter("parcel"),
        direction=parameter("direction"),
        result=result,
    )


def _opened(run: Run, memory: Memory) -> HandoverOpened:
    parameter = run.action.parameter
    return HandoverOpened(
        action_id=run.action.action_id,
        parcel=parameter("parcel"),
        direction=parameter("direction"),
        compartment=run.compartment,
        code_version=parameter("codeVersion"),
        wait_until_ms=memory.kept.stop.wait_until_ms,
    )
