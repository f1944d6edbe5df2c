# SPDX-License-Identifier: Apache-2.0
"""The bounded queue of events before the core.

What must hold: nothing a decision rests on is lost while a robot's reports pile up: above the limit
a robot's report is folded into the one of it that waits last, the newer value winning. Only what
cannot be folded at twice the limit is dropped. Both are counted.
"""

from collections import deque

import msgspec

from dispatcher.core.events import Event, RobotReported


class IntakeQueue:
    """First in, first out; `limit` events, and a reserve of as many again for robots' reports."""

    def __init__(self, limit: int) -> None:
        self.shed = 0
        self._limit = limit
        self._events: deque[Event] = deque()

    def __len__(self) -> int:
        return len(self._events)

    @property
    def is_full(self) -> bool:
        """Whether requests are to be turned away."""
        return len(self._events) >= self._limit

    def put(self, event: Event) -> None:
        """Take an event in; see above for what happens when it is full."""
        if self.is_full:
            if isinstance(event, RobotReported) and self._fold(event):
                self.shed += 1
                return
            if len(self._events) >= 2 * self._limit:
                self.shed += 1
                return
        self._events.append(event)

    def take(self) -> Event:
        """The next event. Raises IndexError when there is none."""
        return self._events.popleft()

    def clear(self) -> None:
        """Forget all of them."""
        self.shed += len(self._events)
        self._events.clear()

    def _fold(self, event: RobotReported) -> bool:
        """Into the last event of that robot, if it is a report."""
        for index in range(len(self._events) - 1, -1, -1):
            waiting = self._events[index]
            if getattr(waiting, "robot", "") == event.robot:
                if isinstance(waiting, RobotReported):
                    self._events[index] = folded(waiting, event)
                    return True
                return False
        return False


def folded(old: RobotReported, new: RobotReported) -> RobotReported:
    """One report that says what both said, one after the other."""
    changed = {
        name: value
        for name in RobotReported.__struct_fields__
        if name not in ("robot", "actions") and (value := getattr(new, name)) is not None
    }
    actions = {action.id: action for action in (*old.actions, *new.actions)}
    return msgspec.structs.replace(old, **changed, actions=tuple(actions.values()))
