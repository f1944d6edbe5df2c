# SPDX-License-Identifier: Apache-2.0
"""What is said to people: one line on stderr each, the same line only once or once a minute.

The last lines are remembered for a log report, which leaves the robot: they hold no code and no
key, and whatever looks like one is blotted out all the same.
"""

import re
import sys
import time
from collections import deque

MAX_NOTICES = 1_000
MAX_RECENT = 500
AGAIN_AFTER_S = 60.0
PROGRAM = "robot-agent"

_said: dict[str, None] = {}
_said_at_s: dict[str, float] = {}
_recent: deque[str] = deque(maxlen=MAX_RECENT)
# Digits that could be a code; hex or base64 that could be a key.
_SECRET = re.compile(r"(?<![\w.:/-])\d{4,12}(?![\w.:/-])|[0-9a-fA-F]{16,}|[A-Za-z0-9+/=_-]{40,}")


def say(sentence: str) -> None:
    """Always says it."""
    _recent.append(sentence)
    sys.stderr.write(f"{PROGRAM}: {sentence}\n")
    sys.stderr.flush()


def note(sentence: str) -> None:
    """Only remembers it, for a report."""
    _recent.append(sentence)


def say_once(sentence: str) -> None:
    """Says it if it was not said before; falls silent after very many different lines."""
    if sentence in _said or len(_said) > MAX_NOTICES:
        return
    _said[sentence] = None
    say(sentence if len(_said) <= MAX_NOTICES else "further notices are left out")


def say_now_and_then(sentence: str) -> None:
    """Says it, and again if it is still so after a minute."""
    now_s = time.monotonic()
    said_s = _said_at_s.pop(sentence, None)
    is_due = said_s is None or now_s - said_s >= AGAIN_AFTER_S
    _said_at_s[sentence] = now_s if said_s is None or is_due else said_s
    if len(_said_at_s) > MAX_NOTICES:
        del _said_at_s[next(iter(_said_at_s))]
    if is_due:
        say(sentence)


def recent_lines() -> list[str]:
    """The last lines, oldest first, with what could be a secret blotted out."""
    return [_SECRET.sub("#", line) for line in _recent]
