# SPDX-License-Identifier: Apache-2.0
"""What a board's part tells: only what is new, for boards say the same 20 times a second."""

from robot_agent.core.events import BodyEvent, PartFailed
from robot_agent.drivers.base import Tell
from robot_agent.vda5050.state import ErrorLevel


class Teller:
    """Silent until `tell` is set."""

    def __init__(self) -> None:
        self.tell: Tell = lambda _: None
        self._told: dict[str, BodyEvent] = {}

    def once(self, about: str, event: BodyEvent) -> bool:
        """Whether it was new."""
        if self._told.get(about) == event:
            return False
        self._told[about] = event
        self.tell(event)
        return True

    def fault(self, part: str, text: str, level: ErrorLevel = "FATAL") -> None:
        """That nothing is wrong is told only after something was."""
        if text or self.is_faulty(part):
            self.once(f"fault of {part}", PartFailed(part, text, level))

    def is_faulty(self, part: str) -> bool:
        """Whether it was told last that something is wrong."""
        told = self._told.get(f"fault of {part}")
        return isinstance(told, PartFailed) and bool(told.text)

    def told(self, about: str) -> BodyEvent | None:
        """What was told last."""
        return self._told.get(about)

    def forget(self, about: str) -> None:
        """It is told again, though it be the same."""
        self._told.pop(about, None)
