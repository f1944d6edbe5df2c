# SPDX-License-Identifier: Apache-2.0
"""All that a robot publishes is judged: by our rules, and by the official schemas where present."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from robot_agent.vda5050.codec import decode, encode
from robot_agent.vda5050.header import Message, stamped
from robot_agent.vda5050.rules import message_faults
from robot_agent.vda5050.timestamps import to_timestamp
from robot_agent.vda5050.topics import TopicName

SCHEMAS = "vda5050/2.1.0/json_schemas"
START_MS = 1_770_000_000_000


def judged(name: TopicName, message: Message, header_id: int, now_ms: int) -> Message:
    """The message as a master reads it; fails where it breaks a rule."""
    sent = stamped(
        message,
        header_id=header_id,
        timestamp=to_timestamp(START_MS + now_ms),
        manufacturer="ACME",
        serial_number="R7",
    )
    assert message_faults(sent) == []
    payload = encode(sent)
    if b"null" in payload:  # in a text it does no harm
        assert not holds_null(json.loads(payload))
    assert decode(name, payload) == sent
    return sent


def holds_null(value: Any) -> bool:
    """Anywhere in a JSON value."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is None or any(holds_null(one) for one in below)


def judge_by_schema(name: TopicName, message: Message) -> None:
    """Fails where it is not valid; where the schemas are not there, they are not asked."""
    validator = schema_validator(name)
    if validator is not None:
        validator.validate(json.loads(encode(message)))


@cache
def schema_validator(name: TopicName) -> Any:
    """None where the schemas are not there."""
    root = os.environ.get("DROVER_DATA", "")
    path = Path(root) / SCHEMAS / f"{name}.schema"
    if not root or not path.exists():
        return None
    schema = json.loads(path.read_text(encoding="utf-8-sig"))
    return jsonschema.Draft202012Validator(schema)
