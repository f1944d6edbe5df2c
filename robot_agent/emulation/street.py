# SPDX-License-Identifier: Apache-2.0
"""The people who come to the robot: when, with which code, and what they do at the keypad.

What must hold: nobody invents a code, they type only what reached their phone (but some mistype it
first); who comes to a handover that is over finds nobody.
"""

from collections.abc import Callable

from robot_agent.core.events import CodeEntered, HandoverOpened
from robot_agent.emulation.people import visit
from robot_agent.emulation.truth import BodyParams, TimedEvent, Truth, Visitor

PERSON = "person"
NO_MESSAGE_RETRY_MS = 20_000
MISTYPED_RETRY_MS = 8_000
TYPED_RETRY_MS = 120_000
AFTER_LOCK_MS = 2_000
TRIES = 30

Phones = Callable[[str, int], str | None]
"""The code on the recipient's phone for a parcel and code version; None: it has not come yet."""


def expect(wanted: HandoverOpened, seed: int, truth: Truth, params: BodyParams, now: int) -> None:
    """A handover opened: draws its person and lets them come in their time, if ever. Told again
    (the wait is another, the robot was restarted) it is the same person."""
    if wanted.action_id in truth.visitors:
        return
    drawn = visit(seed, wanted.parcel, wanted.code_version, params.people, params.faults)
    truth.visitors[wanted.action_id] = Visitor(
        action_id=wanted.action_id,
        parcel=wanted.parcel,
        code_version=wanted.code_version,
        service_ms=drawn.service_ms,
        refuses=drawn.refuses and wanted.direction == "out",
        mistypes=drawn.mistypes,
        left_open_ms=drawn.left_open_ms,
        tries_left=TRIES,
    )
    truth.changed()
    if drawn.come_after_ms is not None:
        truth.at(now + drawn.come_after_ms, PERSON, wanted.action_id)


def send_away(action_id: str, truth: Truth) -> None:
    """The handover is over."""
    if truth.visitors.pop(action_id, None) is not None:
        truth.drop(PERSON, action_id)


def is_served(action_id: str, truth: Truth, now_ms: int) -> None:
    """A door is unlocked for them: nothing to be typed, unless that comes to nothing."""
    visitor = truth.visitors.get(action_id)
    if visitor is not None:
        truth.drop(PERSON, action_id)
        again_ms = visitor.service_ms + visitor.left_open_ms + TYPED_RETRY_MS
        truth.at(now_ms + again_ms, PERSON, action_id)


def come(action_id: str, truth: Truth, phones: Phones, now_ms: int) -> list[TimedEvent]:
    """Somebody stands at the keypad."""
    visitor = truth.visitors.get(action_id)
    if visitor is None or visitor.tries_left <= 0:
        return []
    truth.changed()
    if now_ms < truth.keypad_locked_until_ms:
        truth.at(truth.keypad_locked_until_ms + AFTER_LOCK_MS, PERSON, action_id)
        return []
    visitor.tries_left -= 1
    code = phones(visitor.parcel, visitor.code_version)
    if code is None:
        # Looks at the phone for a message that has not come yet.
        truth.at(now_ms + NO_MESSAGE_RETRY_MS, PERSON, action_id)
        return []
    if visitor.mistypes:
        visitor.mistypes = False
        truth.at(now_ms + MISTYPED_RETRY_MS, PERSON, action_id)
        return [(now_ms, CodeEntered(_mistyped(code)))]
    truth.at(now_ms + TYPED_RETRY_MS, PERSON, action_id)
    return [(now_ms, CodeEntered(code, visitor.refuses))]


def _mistyped(code: str) -> str:
    """The last key beside the right one."""
    last = code[-1:]
    wrong = str((int(last) + 1) % 10) if last.isdecimal() and last.isascii() else "0"
    return code[:-1] + wrong
