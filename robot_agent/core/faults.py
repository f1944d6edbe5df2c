# SPDX-License-Identifier: Apache-2.0
"""The errors a robot reports: kept until the next order is accepted, never more than a few."""

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
    error = Error(
        error_type=error_type,
        error_level=level,
        error_description=sentence[:MAX_TEXT],
        error_references=tuple(
            ErrorReference(reference_key=key, reference_value=value[:MAX_TEXT])
            for key, value in references.items()
        ),
    )
    if error in memory.errors:
        memory.errors.remove(error)
    memory.errors.append(error)
    del memory.errors[:-MAX_ERRORS]
    memory.dirty = True


def clear(memory: Memory, error_type: str) -> None:
    """Takes back all errors of a type."""
    kept = [error for error in memory.errors if error.error_type != error_type]
    if len(kept) != len(memory.errors):
        memory.errors = kept
        memory.dirty = True
