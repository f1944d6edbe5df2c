# SPDX-License-Identifier: Apache-2.0
import json
from contextlib import suppress
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.vda5050.codec import (
    MAX_MESSAGE_BYTES,
    WireError,
    decode,
    decode_instant_actions,
    decode_order,
    encode,
)
from robot_agent.vda5050.rules import message_faults
from robot_agent.vda5050.topics import NAMES, TopicName
from tests.data_sets import data_file
from tests.robot_agent.vda5050.samples import sample


@pytest.mark.parametrize("name", NAMES)
def test_a_message_comes_back_as_it_went(name: TopicName) -> None:
    assert decode(name, encode(sample(name))) == sample(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_good_message_keeps_the_rules(name: TopicName) -> None:
    assert message_faults(sample(name)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_message_validates_against_the_official_schema(name: TopicName) -> None:
    schema = json.loads(
        data_file(f"vda5050/2.1.0/json_schemas/{name}.schema").read_text(encoding="utf-8-sig")
    )
    jsonschema.validate(json.loads(encode(sample(name))), schema)


@pytest.mark.parametrize("name", NAMES)
def test_absent_optionals_are_left_out_and_nothing_is_null(name: TopicName) -> None:
    """'Optional' fields are not applicable where absent; no schema allows null (6.1.3)."""
    assert b"null" not in encode(sample(name))


def test_required_lists_are_there_even_when_empty() -> None:
    order = json.loads(encode(sample("order")))
    assert order["nodes"][0]["actions"] == []
    assert order["nodes"][1]["nodePosition"]["allowedDeviationXY"] == 0.25


def changed(name: TopicName, **fields: Any) -> bytes:
    message = json.loads(encode(sample(name)))
    message.update(fields)
    return json.dumps({k: v for k, v in message.items() if v is not None}).encode()


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "order: Input data was truncated"),
        (b"\xff\xfe\x00", "order: JSON is malformed: invalid character (byte 0)"),
        (b'{"headerId": NaN}', "order: JSON is malformed: invalid character (byte 13)"),
        (b"[]", "order: Expected `object`, got `array`"),
        (b"[" * 100_000, "order: Expected `object`, got `array`"),
        (b'{"x":' + b"[" * 100_000, "order: nested too deeply"),
        (changed("order", nodes=7), "order: Expected `array`, got `int` - at `$.nodes`"),
        (changed("order", orderId=None), "order: Object missing required field `orderId`"),
        (changed("order", headerId=None), "order: Object missing required field `headerId`"),
        (changed("order", version="3.0.0"), "order: version '3.0.0' is not 2.x.y"),
        (b" " * (MAX_MESSAGE_BYTES + 1), "order: 1048577 bytes are more than 1048576"),
    ],
)
def test_garbage_gives_one_clear_sentence(payload: bytes, sentence: str) -> None:
    with pytest.raises(WireError) as caught:
        decode_order(payload)
    assert str(caught.value) == sentence


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=80), st.integers(0, 2000))
def test_whatever_the_bytes_decoding_gives_a_message_or_a_wire_error(
    name: TopicName, garbage: bytes, at: int
) -> None:
    good = encode(sample(name))
    at %= len(good)
    for payload in (garbage, good[:at], good[:at] + garbage + good[at + len(garbage) :]):
        with suppress(WireError):
            decode(name, payload)


def test_any_version_2_is_taken_and_unknown_fields_are_ignored() -> None:
    assert decode_order(changed("order", version="2.0.0", ours="x")).version == "2.0.0"


def test_instant_actions_may_be_named_as_in_1_1() -> None:
    message = json.loads(encode(sample("instantActions")))
    message["instantActions"] = message.pop("actions")
    assert decode_instant_actions(json.dumps(message).encode()) == sample("instantActions")
    del message["instantActions"]
    with pytest.raises(WireError, match="missing required field `actions`"):
        decode_instant_actions(json.dumps(message).encode())
