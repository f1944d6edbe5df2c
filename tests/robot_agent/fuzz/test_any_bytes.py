# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes come on whatever topic: a message, or one sentence that says why not."""

import math
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.vda5050.codec import WireError, decode, encode
from robot_agent.vda5050.rules import message_faults
from robot_agent.vda5050.topics import MAX_TOPIC_LENGTH, NAMES, TopicName, parse_topic
from tests.robot_agent.fuzz.hostile_bytes import FUZZ, GOOD, payloads


def read(name: TopicName, payload: bytes) -> Any:
    """The message, or None after one good sentence."""
    try:
        return decode(name, payload)
    except WireError as error:
        reason = str(error)
        assert reason.startswith(f"{name}: ")
        assert len(reason) > len(f"{name}: ")
        assert len(reason) <= 300
        assert reason.isprintable()
        return None


@pytest.mark.parametrize("name", NAMES)
@settings(FUZZ, max_examples=300)
@given(st.data())
def test_any_bytes_decode_or_are_refused_with_one_reason(name: TopicName, data: Any) -> None:
    message = read(name, data.draw(payloads(name)))
    if message is None:
        return
    # What was taken can be judged, kept and sent on: no later step meets a surprise.
    assert all(isinstance(one, str) for one in message_faults(message))
    assert decode(name, encode(message)) == message
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=type(message)) == message


@settings(FUZZ, max_examples=200)
@given(
    st.one_of(st.text(max_size=60), st.text(alphabet="uagv2/ACMER7orderstate+#$\x00", max_size=40))
)
def test_any_topic_is_ours_or_refused(text: str) -> None:
    with suppress(ValueError):
        parsed = parse_topic(text)
        assert parsed.name in NAMES
        assert len(text) <= MAX_TOPIC_LENGTH


@settings(FUZZ, max_examples=100)
@given(st.floats(allow_nan=True, allow_infinity=True))
def test_no_number_of_a_taken_message_is_nan_or_infinite(number: float) -> None:
    """'Special number values from the IEEE 754 like NaN and infinity are not supported' (6.1.4)."""
    payload = GOOD["state"].replace(b'"vx":1.5', f'"vx":{number}'.encode())
    message = read("state", payload)
    if not math.isfinite(number):
        assert message is None
    else:
        assert message.velocity.vx == number
