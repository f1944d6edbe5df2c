# SPDX-License-Identifier: Apache-2.0
"""The errors a robot reports, never more than a few.

What a message was refused for, or an action failed for, is kept until the next order is accepted;
what is wrong right now is in `conditions`.
WARNING: goes away by itself or by another message. FATAL: a person is needed.
"""

from robot_agent.core.memory import Memory
from robot_agent.vda5050.state import Error, ErrorLevel, ErrorReference

MAX_ERRORS = 20
MAX_TEXT = 200


def report(
    memory: Memory,
    error_type: str,
    sentence: str,
    references: dict[str, str],
    level: ErrorLevel = "WARNING",
) -> None:
    """Adds an error, once; the oldest one makes room."""
    kept = memory.kept
    fault = error(error_type, sentence, references, level)
    if fault in kept.errors:
        kept.errors.remove(fault)
    kept.errors.append(fault)
    del kept.errors[:-MAX_ERRORS]
    memory.keep()


def error(error_type: str, sentence: str, references: dict[str, str], level: ErrorLevel) -> Error:
    """Cut to what a state may hold."""
    return Error(
        error_type=error_type,
        error_level=level,
        error_description=sentence[:MAX_TEXT],
        error_references=tuple(
            ErrorReference(reference_key=key, reference_value=value[:MAX_TEXT])
            for key, value in references.items()
        ),
    )
