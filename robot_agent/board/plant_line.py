# SPDX-License-Identifier: Apache-2.0
"""The plant's end of one board's second line: pins out of it, pins into it.

What must hold: nothing here waits; a line that is gone stays gone and says so once; of what a slow
board does not take nothing is kept, the next pins are newer anyway.
"""

import contextlib
import os
import socket
import stat
import tty
from pathlib import Path

from robot_agent.board.codec import CodecError, Reader, decode, encode_frame, frame_of
from robot_agent.board.layout import Message

READ_BYTES = 1 << 14


class PlantLine:
    """Of one open descriptor, which it closes."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.is_gone = False
        self._reader = Reader()
        self._sequence = 0

    @classmethod
    def opened(cls, path: Path) -> "PlantLine":
        """A pseudo terminal, or a socket that a board listens at. Raises OSError while there is
        none."""
        if stat.S_ISSOCK(path.stat().st_mode):
            with socket.socket(socket.AF_UNIX) as end:
                end.connect(str(path))
                return cls(end.detach())
        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(descriptor)
        return cls(descriptor)

    def receive(self) -> list[Message]:
        """What has come, oldest first."""
        try:
            received = os.read(self.descriptor, READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            received = b""
        if not received:
            self.is_gone = True
            return []
        messages = []
        for frame in self._reader.feed(received):
            with contextlib.suppress(CodecError):
                messages.append(decode(frame))
        return messages

    def send(self, message: Message, now_ms: int) -> None:
        """Now or never."""
        self._sequence += 1
        frame = encode_frame(frame_of(message, 0, self._sequence & 0xFFFF_FFFF, now_ms))
        try:
            os.write(self.descriptor, frame)
        except BlockingIOError:
            return
        except OSError:
            self.is_gone = True

    def close(self) -> None:
        """Gone."""
        self.is_gone = True
        os.close(self.descriptor)
