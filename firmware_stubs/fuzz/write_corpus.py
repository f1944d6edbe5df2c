# SPDX-License-Identifier: Apache-2.0
"""Writes the plays from which fuzz_boards.c sets out, and the lines from which fuzz_frame.c does.

Without them a fuzzer would have to guess how a robot is armed. Run it in an environment that has
`robot_agent`; what libFuzzer finds beyond them lies beside them under its own names.
"""

import struct
from pathlib import Path

from robot_agent.board.codec import Frame, encode, encode_frame
from robot_agent.board.drive_messages import Arm, Disarm, DriveCommand, SetCharging, Stop
from robot_agent.board.layout import Message
from robot_agent.board.link_messages import EnterLoader, EventAck, Ping
from robot_agent.board.locker_messages import ForgiveForced, KeypadResult, Lock, Unlock
from robot_agent.board.words import Authority, BoardKind, DriveInputs, ResetCause, StopCause

CORPUS = Path(__file__).resolve().parent / "corpus"
# As `enum act` and change_pin() of fuzz_boards.c have them.
NOISE, FRAME, OPEN, PIN, PINS, STEPS, LATE, RESET = range(8)
INPUTS, LEFT, RIGHT, CLOSED, LATCHED, KEY, STANDING, BATTERY, CLEAR = range(9)
OPENED = bytes([STEPS, 20, OPEN, 7, STEPS, 20])


def begin(kind: BoardKind, doors: int = 4, reset: ResetCause = ResetCause.POWER_ON) -> bytes:
    """The board, as it has just started."""
    return bytes([kind, doors, 0, reset]) + OPENED


def say(message: Message) -> bytes:
    """A frame of the agent."""
    payload = encode(message)
    return bytes([FRAME, type(message).ID, len(payload)]) + payload


def pin(what: int, value: int = 0) -> bytes:
    """A thing around the board that changes."""
    return bytes([PIN, what, value])


def steps(count: int) -> bytes:
    """Turns of the loop, of 10 ms each."""
    return b"".join(bytes([STEPS, min(63, count - at)]) for at in range(0, count, 63))


def drive(speed_mm_s: int, times: int) -> bytes:
    """So many drive commands, 50 ms apart, while the wheels turn."""
    command = say(DriveCommand(speed_mm_s, 0, 250, 0)) + pin(LEFT, 60) + pin(RIGHT, 60) + steps(5)
    return command * times


def typed(keys: str) -> bytes:
    """Keys pressed one after the other."""
    return b"".join(pin(KEY, ord(key)) + steps(8) + pin(KEY) + steps(8) for key in keys)


def plays() -> dict[str, bytes]:
    """Each by what happens in it."""
    armed = begin(BoardKind.DRIVE) + say(Arm(Authority.OPERATOR, StopCause.POWER_ON))
    moving = armed + drive(800, 6)
    reset_button = pin(INPUTS, DriveInputs.RESET_BUTTON) + steps(40)
    locker = begin(BoardKind.LOCKER)
    unlocked = locker + say(Unlock(0, 5_000)) + steps(5) + pin(LATCHED, 0)
    found = {
        "drive_stop": moving + say(Stop()) + steps(150),
        "drive_disarm": moving + say(Disarm()) + steps(150),
        "drive_silence": moving + steps(100),
        "drive_late_loop": moving + bytes([LATE, 200]) + steps(20),
        "drive_reset_in_motion": moving + bytes([RESET, ResetCause.WATCHDOG]) + OPENED,
        "drive_one_copy_lost": moving + bytes([RESET, 64 | ResetCause.WATCHDOG]) + OPENED,
        "drive_memory_lost": moving + bytes([RESET, 192 | ResetCause.WATCHDOG]) + OPENED
        + reset_button,
        "locker_memory_lost": unlocked + bytes([RESET, 192 | ResetCause.WATCHDOG]) + OPENED
        + steps(60) + b"".join(say(ForgiveForced(door)) for door in range(4)) + steps(126),
        "drive_opened_in_motion": moving + bytes([OPEN, 8]) + steps(150),
        "drive_brown_out": moving + pin(BATTERY, 100) + steps(20),
        "drive_pins_gone": moving + pin(BATTERY, 0) + steps(20),
        "drive_encoder_lost": armed
        + (say(DriveCommand(900, 0, 250, 0)) + pin(LEFT, 90) + steps(5)) * 20,
        "drive_charges": begin(BoardKind.DRIVE) + pin(INPUTS, DriveInputs.CHARGER_PRESENT)
        + say(SetCharging(1)) + steps(20),
        "loader": begin(BoardKind.DRIVE) + say(EnterLoader()) + say(Ping()) + say(EventAck(1)),
        "locker_served": unlocked + pin(CLOSED, 0) + steps(50) + pin(CLOSED, 0) + steps(50)
        + pin(LATCHED, 0) + steps(20),
        "locker_not_opened": unlocked + steps(600) + pin(LATCHED, 0) + steps(60),
        "locker_lock": unlocked + steps(20) + say(Lock(0)) + steps(20) + pin(LATCHED, 0)
        + steps(20),
        "locker_jammed": locker + say(Unlock(1, 60_000)) + steps(3_000),
        "locker_forced": locker + pin(CLOSED, 2) + steps(20) + pin(CLOSED, 2) + steps(20)
        + say(ForgiveForced(2)) + steps(100),
        "locker_forced_reset": locker + pin(LATCHED, 1) + steps(20) + bytes([RESET, 3]) + OPENED,
        "locker_moves": unlocked + pin(STANDING) + steps(100),
        "locker_two_doors": locker + say(Unlock(0, 5_000)) + say(Unlock(3, 5_000)) + steps(200),
        "keypad_accepted": locker + typed("123456#") + say(KeypadResult(1, 1)) + steps(20),
        "keypad_locked": locker + b"".join(
            typed("1#") + say(KeypadResult(number, 0)) + steps(5) for number in range(1, 7)
        ) + bytes([RESET, 1]) + OPENED + steps(126),
        "keypad_unanswered": locker + typed("12*") + steps(600),
    }  # fmt: skip
    for cause in (DriveInputs.E_STOP_CLEAR, DriveInputs.BUMPER_CLEAR, DriveInputs.LEVEL):
        name = f"drive_{cause.name}".lower()
        found[name] = moving + pin(INPUTS, cause) + steps(20) + pin(INPUTS, cause) + reset_button
    door = DriveInputs.DOORS_SHUT
    found["drive_door_open"] = moving + pin(INPUTS, door) + steps(20) + pin(INPUTS, door)
    return found


def lines() -> dict[str, bytes]:
    """A header, a payload, noise: see read_frame() of fuzz_frame.c."""
    header = struct.pack("<BBIII", 7, 1, 0x0100, 2, 3)
    good = encode_frame(Frame(7, 1, 1, 2, 3, b"ab\0c"))
    return {
        "quiet": header,
        "zeros": bytes(14 + 2 * 234),
        "longest": header + b"x" * 468,
        "frames": header + b"ab\0c" + bytes(8) + good * 3,
        "cut": header + bytes(10) + good[:-4],
        "too_long": header + b"\x01" * 900,
        "code_too_far": header + b"\0\xff\x01" * 20,
    }


def main() -> None:
    """Writes all of them."""
    for folder, files in (("boards", plays()), ("frame", lines())):
        (CORPUS / folder).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (CORPUS / folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
