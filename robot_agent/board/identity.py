# SPDX-License-Identifier: Apache-2.0
"""Who a board is and how it is, asked once: for `robot-agent board info`, selftest and updates.

Asking opens a session, so whatever was armed is disarmed; a line that an agent has open is not
asked.
"""

import asyncio
import time
from enum import IntEnum

import msgspec

from robot_agent.board.arming import word_of
from robot_agent.board.drive_messages import BatteryReport, DriveStateReport
from robot_agent.board.layout import Message
from robot_agent.board.line import BoardLine, draw_nonce
from robot_agent.board.link_messages import Hello, LinkReport
from robot_agent.board.locker_messages import LockerReport
from robot_agent.board.session import NO_ANSWER, BoardSession
from robot_agent.board.words import (
    PROTOCOL_MAJOR,
    SCHEMA_HASH,
    BoardKind,
    DoorState,
    DriveInputs,
    DriveState,
    LockerInputs,
    ResetCause,
    Result,
)
from robot_agent.vda5050.standing import restart_of

ASK_WITHIN_S = 3.0
LOOK_EACH_S = 0.02
WANTED = {
    BoardKind.DRIVE: {DriveStateReport, BatteryReport, LinkReport},
    BoardKind.LOCKER: {LockerReport, LinkReport},
}
WANTED_OF_OTHERS = {LinkReport}


class BoardError(Exception):
    """What is wrong with a board, in one sentence."""


class BoardFacts(msgspec.Struct, frozen=True):
    """What it said. `inputs`: its wires and buttons; `link`: what it has counted on its line."""

    device: str
    board: str
    unique_id: str
    firmware: str
    git: str
    protocol: str
    same_schema: bool
    hardware_revision: int
    reset_cause: str
    boot_count: int
    has_loader: bool
    command_timeout_ms: int
    speed_limit_mm_s: int = 0
    state: str = ""
    stop_cause: str = ""
    restarted_by: str = ""
    charge_permille: int | None = None
    voltage_mv: int | None = None
    doors: list[str] = []
    occupied: list[int] = []
    inputs: dict[str, bool] = {}
    link: dict[str, int] = {}


class Inquiry:
    """A session in which one listens, and may give commands. `kind` None: any board."""

    def __init__(self, device: str, kind: BoardKind | None = None) -> None:
        self.session = BoardSession(kind, self, draw_nonce)
        self._device = device
        self._heard: dict[type[Message], Message] = {}
        self._line = BoardLine(device, self.session, _now_ms, lambda _: None)

    def opened(self, hello: Hello) -> None:
        self._heard = {Hello: hello}

    def closed(self) -> None:
        self._heard = {}

    def heard(self, message: Message, t_ms: int, now_ms: int) -> None:
        del t_ms, now_ms
        self._heard[type(message)] = message

    async def run(self) -> None:
        """Keeps the line open; until cancelled."""
        await self._line.run()

    async def facts(self, within_s: float = ASK_WITHIN_S, *, patient: bool = False) -> BoardFacts:
        """All that it tells by itself, or what there is by then. Raises BoardError where it does
        not answer; unless `patient` at once, where waiting alone will not help."""
        deadline_s = time.monotonic() + within_s
        while not self._has_all() and time.monotonic() < deadline_s:
            await asyncio.sleep(LOOK_EACH_S)
            if not patient and self.session.trouble not in ("", NO_ANSWER):
                break
        if not self.session.is_open:
            raise BoardError(f"{self._device}: {self.session.trouble}")
        return facts_of(self._device, self._heard)

    async def command(self, message: Message) -> Result | None:
        """What became of it; None: the session ended."""
        answer: asyncio.Future[Result | None] = asyncio.get_running_loop().create_future()
        self.session.command(message, answer.set_result, _now_ms())
        self._line.flush()
        return await answer

    def _has_all(self) -> bool:
        hello = self._heard.get(Hello)
        if not isinstance(hello, Hello):
            return False
        wanted = {int(kind): messages for kind, messages in WANTED.items()}
        return wanted.get(hello.board_kind, WANTED_OF_OTHERS) <= set(self._heard)


async def ask(
    device: str,
    kind: BoardKind | None = None,
    within_s: float = ASK_WITHIN_S,
    *,
    patient: bool = False,
) -> BoardFacts:
    """Who is there. Raises BoardError."""
    inquiry = Inquiry(device, kind)
    running = asyncio.create_task(inquiry.run())
    try:
        return await inquiry.facts(within_s, patient=patient)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def facts_of(device: str, heard: dict[type[Message], Message]) -> BoardFacts:
    """Of the last message of each kind, a Hello among them."""
    hello = heard[Hello]
    assert isinstance(hello, Hello)
    facts = BoardFacts(
        device=device,
        board=_word(BoardKind, hello.board_kind),
        unique_id=hello.unique_id.hex(),
        firmware=f"{hello.firmware_major}.{hello.firmware_minor}.{hello.firmware_patch}",
        git=hello.git,
        protocol=f"{PROTOCOL_MAJOR}.{hello.protocol_minor}",
        same_schema=hello.schema_hash == SCHEMA_HASH,
        hardware_revision=hello.hardware_revision,
        reset_cause=_word(ResetCause, hello.reset_cause),
        boot_count=hello.boot_count,
        has_loader=bool(hello.has_loader),
        command_timeout_ms=hello.command_timeout_ms,
        speed_limit_mm_s=hello.speed_limit_mm_s,
    )
    for message in heard.values():
        facts = msgspec.structs.replace(facts, **_said(message, hello))
    return facts


def _said(message: Message, hello: Hello) -> dict[str, object]:
    match message:
        case DriveStateReport():
            cause = word_of(message.stop_cause)
            return {
                "state": _word(DriveState, message.drive_state),
                "stop_cause": cause,
                "restarted_by": restart_of(cause).who,
                "inputs": {
                    one.name.lower(): bool(message.inputs & one) for one in DriveInputs if one.name
                },
            }
        case BatteryReport():
            return {"charge_permille": message.charge_permille, "voltage_mv": message.voltage_mv}
        case LockerReport():
            count = hello.door_count
            bits = int.from_bytes(message.occupied, "little")
            return {
                "doors": [_word(DoorState, one) for one in message.doors[:count]],
                "occupied": [door for door in range(count) if bits >> door & 1],
                "inputs": {
                    one.name.lower(): bool(message.inputs & one) for one in LockerInputs if one.name
                },
            }
        case LinkReport():
            return {"link": msgspec.structs.asdict(message)}
        case _:
            return {}


def _word(words: type[IntEnum], number: int) -> str:
    """A later board has words that this agent does not know: they are shown as numbers."""
    known = number in words.__members__.values()
    return words(number).name.lower() if known else f"unknown ({number})"


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
