# SPDX-License-Identifier: Apache-2.0
"""What is said to people: one line on stderr each, and the same line only once."""

import sys

MAX_NOTICES = 1_000
PROGRAM = "robot-agent"

_said: dict[str, None] = {}


def say(sentence: str) -> None:
    """Always says it."""
    sys.stderr.write(f"{PROGRAM}: {sentence}\n")
    sys.stderr.flush()


def say_once(sentence: str) -> None:
    """Says it if it was not said before; falls silent after very many different lines."""
    if sentence in _said or len(_said) > MAX_NOTICES:
        return
    _said[sentence] = None
    say(sentence if len(_said) <= MAX_NOTICES else "further notices are left out")
