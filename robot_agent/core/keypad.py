# SPDX-License-Identifier: Apache-2.0
"""The keypad: whose code was entered, and no more tries for somebody who guesses.

What must hold: a code is compared as a digest, in constant time, with all that is open, and goes no
further than this module. Five wrong codes in a row lock the keypad for a minute, then for two, four
and so on: a six-digit code is not found by trying. Only a handover that is done ends a row of wrong
ones, and only an hour without any makes the next lock-out short again, else a guesser with one good
code could start afresh with it. A lock-out outlives a restart, whatever the clock says then.
"""

import hmac

from robot_agent.core.events import KeypadLocked, RobotEffect
from robot_agent.core.memory import Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import HANDOVER, handover_digest

MAX_WRONG_CODES = 5
MAX_DOUBLINGS = 6
MAX_CODE = 32
QUIET_MS = 3_600_000


def is_locked(memory: Memory) -> bool:
    """No code is looked at."""
    return memory.now_ms < memory.kept.keypad.locked_until_ms


def refuse_locked(memory: Memory) -> list[RobotEffect]:
    """Says until when. What is left is written down once more, for a robot switched off now."""
    memory.keep()
    return [KeypadLocked(memory.kept.keypad.locked_until_ms)]


def matching(code: str, memory: Memory, spec: RobotSpec) -> list[Run]:
    """The handovers of this order that have begun, ended ones too, which this code is for."""
    if not 0 < len(code) <= MAX_CODE or not code.isascii():
        return []
    begun = [
        run
        for run in memory.kept.runs.values()
        if run.action.action_type == HANDOVER and (run.is_final or run.status == "RUNNING")
    ]
    return [run for run in begun if _fits(code, run, spec)]


def count_right(memory: Memory) -> None:
    """Something was handed over: for once in a handover somebody knew their code."""
    memory.kept.keypad.wrong_codes = 0
    memory.keep()


def count_wrong(memory: Memory, spec: RobotSpec) -> list[RobotEffect]:
    """Locks when it is one too many."""
    pad = memory.kept.keypad
    memory.keep()
    if memory.now_ms - pad.wrong_ms >= QUIET_MS:
        pad.wrong_codes = pad.locks = 0
    pad.wrong_ms = memory.now_ms
    pad.wrong_codes += 1
    if pad.wrong_codes < MAX_WRONG_CODES:
        return []
    pad.locked_until_ms = memory.now_ms + (spec.keypad_lock_ms << min(pad.locks, MAX_DOUBLINGS))
    pad.locks += 1
    pad.wrong_codes = 0
    return [KeypadLocked(pad.locked_until_ms)]


def due_ms(memory: Memory) -> int | None:
    """When codes are looked at again."""
    return memory.kept.keypad.locked_until_ms or None


def end_due(memory: Memory) -> list[RobotEffect]:
    """Looks at codes again."""
    pad = memory.kept.keypad
    if not pad.locked_until_ms or is_locked(memory):
        return []
    pad.locked_until_ms = pad.locked_ms = 0
    memory.keep()
    return [KeypadLocked(0)]


def after_restart(memory: Memory) -> None:
    """What was left of a lock-out begins anew: the time that passed in between is not trusted."""
    pad = memory.kept.keypad
    # Nor is it known how long ago the last wrong code was: the quiet begins anew too.
    pad.wrong_ms = memory.now_ms
    pad.locked_until_ms = memory.now_ms + pad.locked_ms if pad.locked_ms else 0
    memory.keep()


def _fits(code: str, run: Run, spec: RobotSpec) -> bool:
    parameter = run.action.parameter
    given = [one.encode() for one in parameter("digest").lower().split()]
    fits = False
    for key in spec.robot_keys:
        expected = handover_digest(
            key,
            spec.robot_id,
            parameter("parcel"),
            parameter("compartment"),
            parameter("codeVersion"),
            code,
        ).encode()
        for digest in given:
            fits |= hmac.compare_digest(expected, digest)
    return fits
