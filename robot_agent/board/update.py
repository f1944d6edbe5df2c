# SPDX-License-Identifier: Apache-2.0
"""New firmware for a board over its own line: MCUboot's image by MCUmgr's Simple Management
Protocol.

What must hold: a robot that is armed or has a load gets none; an image is tried once and taken back
by the board's loader unless the new firmware is in order; what is no image never leaves the file.
"""

import asyncio
import logging
import struct
from collections.abc import Callable
from pathlib import Path

import msgspec

from robot_agent.board.identity import ASK_WITHIN_S, BoardError, BoardFacts, Inquiry, ask
from robot_agent.board.line import BAUD
from robot_agent.board.link_messages import EnterLoader
from robot_agent.board.words import Result
from robot_agent.core.memory import Kept
from robot_agent.service.store import Store, StoreError

BACK_WITHIN_S = 60.0
REQUEST_S = 5.0
SETTLED_STATES = ("", "disarmed", "fault", "e_stop_latched")


class MissingError(Exception):
    """What must be installed first, in one sentence."""


class Image(msgspec.Struct, frozen=True):
    """A file that a loader takes; `digest` is what the loader calls it by."""

    content: bytes
    version: str
    digest: bytes


def read_image(path: Path) -> Image:
    """Raises BoardError where it is none, MissingError without smpclient."""
    try:
        from smpclient.mcuboot import IMAGE_TLV, ImageInfo, MCUBootImageError
    except ImportError:
        raise MissingError(
            "updates need smpclient: pip install 'drover-dispatch[update]'"
        ) from None
    try:
        content = path.read_bytes()
        info = ImageInfo.load_file(str(path))
        digest = info.get_tlv(IMAGE_TLV.SHA256).value
    except OSError as error:
        raise BoardError(f"{path}: cannot be read: {error.strerror}") from None
    except (MCUBootImageError, ValueError, struct.error) as error:
        raise BoardError(f"{path}: is no MCUboot image: {error}") from None
    version = info.header.ver
    return Image(content, f"{version.major}.{version.minor}.{version.revision}", digest)


def check_is_empty(folder: Path) -> None:
    """Raises BoardError where the agent's memory says that something is aboard, or cannot be read:
    then nobody knows."""
    try:
        snapshot = Store(folder).read().snapshot
        loads = msgspec.json.decode(snapshot, type=Kept).loads if snapshot is not None else {}
    except (StoreError, msgspec.MsgspecError) as error:
        raise BoardError(f"{folder}: the agent's memory cannot be read: {error}") from None
    if loads:
        raise BoardError(
            f"no update: the robot has something aboard, in {', '.join(sorted(loads))}"
        )


def why_not(facts: BoardFacts) -> str:
    """Why this board gets no firmware now; empty: it may."""
    if not facts.has_loader:
        return "it has no loader: its firmware is changed by its maker's tool"
    if facts.state not in SETTLED_STATES:
        return f"it is {facts.state}"
    if facts.occupied:
        return f"something lies behind its doors {', '.join(map(str, facts.occupied))}"
    if any(door not in ("locked", "jammed") for door in facts.doors):
        return "not all of its doors are locked"
    return ""


async def update(device: str, image: Image, progress: Callable[[int, int], None]) -> BoardFacts:
    """The board as it came back with it. Raises BoardError."""
    before = await _into_loader(device)
    try:
        await _load(device, image, progress)
    except TimeoutError:
        raise BoardError(f"{device}: its loader does not answer") from None
    except OSError as error:
        raise BoardError(f"{device}: {error}") from None
    after = await _back(device)
    if after.firmware != image.version or after.unique_id != before.unique_id:
        raise BoardError(
            f"{device}: it came back with firmware {after.firmware}, not {image.version}:"
            " its loader has not taken the image"
        )
    return after


async def _into_loader(device: str) -> BoardFacts:
    inquiry = Inquiry(device)
    running = asyncio.create_task(inquiry.run())
    try:
        facts = await inquiry.facts(ASK_WITHIN_S)
        reason = why_not(facts)
        if reason:
            raise BoardError(f"{device}: no update: {reason}")
        result = await inquiry.command(EnterLoader())
        if result is not Result.DONE:
            word = result.name.lower() if result is not None else "nothing"
            raise BoardError(f"{device}: it does not start its loader: it answers {word}")
        return facts
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _load(device: str, image: Image, progress: Callable[[int, int], None]) -> None:
    """Raises BoardError, TimeoutError, OSError."""
    from smpclient import SMPClient
    from smpclient.exceptions import SMPClientException
    from smpclient.generics import success
    from smpclient.requests.image_management import ImageStatesWrite
    from smpclient.requests.os_management import ResetWrite
    from smpclient.transport import SMPTransportDisconnected
    from smpclient.transport.serial import SMPSerialTransport

    # It logs each frame; what is wrong it raises too.
    logging.getLogger("smpclient").setLevel(logging.CRITICAL)
    client = SMPClient(SMPSerialTransport(baudrate=BAUD, exclusive=True), device, REQUEST_S)
    try:
        await client.connect()
        async for offset in client.upload(image.content):
            progress(offset, len(image.content))
        # For one trial: a firmware that does not confirm itself is taken back at the next reset.
        marked = await client.request(ImageStatesWrite(hash=image.digest))
        if not success(marked):
            raise BoardError(f"{device}: its loader refuses the image: {marked}")
        await client.request(ResetWrite())
    except (SMPClientException, SMPTransportDisconnected) as error:
        raise BoardError(f"{device}: its loader refuses the image: {error}") from None
    finally:
        await client.disconnect()


async def _back(device: str) -> BoardFacts:
    try:
        return await ask(device, within_s=BACK_WITHIN_S, patient=True)
    except BoardError as error:
        raise BoardError(
            f"{error}; with its next reset it goes back to the firmware before"
        ) from None
