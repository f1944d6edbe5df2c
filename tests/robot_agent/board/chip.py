# SPDX-License-Identifier: Apache-2.0
"""A board's chip on a pseudo terminal: its firmware, and a loader that speaks SMP.

The firmware is the C core; the loader is written here, with the message types of the `smp` package:
it takes an image piece by piece and checks it as MCUboot does, by its hash.
"""

import os
import pty
import select
import struct
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from robot_agent.board.layout import Message
from robot_agent.board.words import BoardKind, ResetCause
from tests.robot_agent.board.two_boards import WiredBoard

BUFFER_BYTES = 512
TURN_S = 0.005


def image_of(version: tuple[int, int, int], body: bytes = bytes(3_000)) -> bytes:
    """As MCUboot's design page has it: header, code, and its hash in a TLV."""
    header = struct.pack("<LLHHLLBBHL4x", 0x96F3B83D, 0, 32, 0, len(body), 0, *version, 0)
    digest = sha256(header + body).digest()
    return header + body + struct.pack("<HHBxH", 0x6907, 4 + 4 + 32, 0x10, 32) + digest


class Chip(threading.Thread):
    """`device` is its line's other end; `taken` what its loader has marked for a trial."""

    def __init__(self, kind: BoardKind, has_loader: bool = True, **options: object) -> None:
        super().__init__(daemon=True)
        self.board = WiredBoard(kind, has_loader=has_loader, **options)
        self._line, slave = pty.openpty()
        tty.setraw(slave)
        # Held open, as a port does: else the line hangs up whenever nobody has it open.
        self._slave = slave
        self.device = os.ttyname(slave)
        self.pins: Message | None = None
        self.in_loader = False
        self.breaks_off = False
        self.received = b""
        self.taken = b""
        self._wanted_bytes = 0
        self._wire = b""
        self._ends = threading.Event()

    def run(self) -> None:
        turned_s = time.monotonic()
        while not self._ends.is_set():
            ready, _, _ = select.select([self._line], [], [], TURN_S)
            data = os.read(self._line, 4_096) if ready else b""
            if self.in_loader:
                self._load(data)
                continue
            if data:
                self.board.send_bytes(data)
            if self.pins is not None:
                self.board.pins_in = self.pins
            passed_ms = int((time.monotonic() - turned_s) * 1_000)
            turned_s += passed_ms / 1_000
            self.board.step(passed_ms)
            raw, self.board.raw = self.board.raw, b""
            if raw:
                os.write(self._line, raw)
            self.in_loader = self.board.enters_loader

    def end(self) -> None:
        self._ends.set()
        self.join(5)
        os.close(self._line)
        os.close(self._slave)

    def _load(self, data: bytes) -> None:
        smp_packet = pytest.importorskip("smp.packet")
        self._wire += data
        # What was left of the firmware's own line is no SMP.
        start = self._wire.find(b"\x06\x09")
        end = self._wire.rfind(b"\n")
        if start < 0 or end < start:
            return
        decoder = smp_packet.decode()
        next(decoder)
        try:
            for line in self._wire[start : end + 1].splitlines(keepends=True):
                decoder.send(line)
        except StopIteration as whole:
            self._wire = b""
            for packet in smp_packet.encode(self._answer(whole.value)):
                os.write(self._line, packet)
            if self._resets:
                self.in_loader = False
                self.board.restart(ResetCause.SOFTWARE)

    def _answer(self, frame: bytes) -> bytes:
        from smp import header as head
        from smp import image_management as images
        from smp import os_management as system

        header = head.Header.loads(frame[: head.Header.SIZE])
        self._resets = False
        number = {"sequence": header.sequence}
        asked = (header.group_id, header.command_id, header.op)
        images_id, system_id = head.GroupId.IMAGE_MANAGEMENT, head.GroupId.OS_MANAGEMENT
        if asked == (system_id, head.CommandId.OSManagement.MCUMGR_PARAMETERS, head.OP.READ):
            parameters = {"buf_size": BUFFER_BYTES, "buf_count": 1}
            return system.MCUMgrParametersReadResponse(**parameters, **number).BYTES
        if asked == (system_id, head.CommandId.OSManagement.RESET, head.OP.WRITE):
            self._resets = True
            return system.ResetWriteResponse(**number).BYTES
        if asked == (images_id, head.CommandId.ImageManagement.UPLOAD, head.OP.WRITE):
            piece = images.ImageUploadWriteRequest.loads(frame)
            if piece.off == 0:
                self.received, self._wanted_bytes = b"", piece.len or 0
            if self.breaks_off and self.received:
                return _refusal(header, images.IMG_MGMT_ERR.FLASH_WRITE_FAILED)
            if piece.off == len(self.received):
                self.received += piece.data
            return images.ImageUploadWriteResponse(off=len(self.received), **number).BYTES
        assert asked == (images_id, head.CommandId.ImageManagement.STATE, head.OP.WRITE)
        wanted = images.ImageStatesWriteRequest.loads(frame)
        assert not wanted.confirm, "an image that was never tried must not be made permanent"
        if len(self.received) != self._wanted_bytes or wanted.hash != self.received[-32:]:
            return _refusal(header, images.IMG_MGMT_ERR.HASH_NOT_FOUND)
        self.taken = self.received
        slot = images.ImageState(slot=1, version="0.0.0", hash=wanted.hash, pending=True)
        return images.ImageStatesWriteResponse(images=[slot], **number).BYTES


def _refusal(asked: Any, reason: int) -> bytes:
    """An error of SMP's version 2, to this request."""
    from cbor2 import dumps
    from smp import header as head

    content = dumps({"err": {"group": asked.group_id, "rc": int(reason)}})
    answer = replace(asked, op=head.OP.WRITE_RSP, length=len(content))
    return bytes(answer) + content


@contextmanager
def chip(kind: BoardKind, has_loader: bool = True, **options: object) -> Iterator[Chip]:
    """At work, until the test is over."""
    made = Chip(kind, has_loader, **options)
    made.start()
    try:
        yield made
    finally:
        made.end()
