# SPDX-License-Identifier: Apache-2.0
"""VDA 5050 2.1.0, sections 6.1 to 6.4 and 6.14: notation, topics, quality of service, header."""

import json
from itertools import pairwise

import pytest

from robot_agent.vda5050.codec import WireError, decode_connection, encode
from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.header import stamped
from robot_agent.vda5050.timestamps import to_timestamp
from robot_agent.vda5050.topics import NAMES, TopicName, is_retained, parse_topic, qos_of, topic
from tests.data_sets import data_file
from tests.robot_agent.conformance.bench_robot import Bench
from tests.robot_agent.conformance.judging import SCHEMAS, schema_validator
from tests.robot_agent.conformance.orders import along, drop, handover, pick
from tests.robot_agent.vda5050.samples import sample


def test_the_standards_own_topic_is_built_and_read() -> None:
    """'interfaceName/majorVersion/manufacturer/serialNumber/topic' (6.3)"""
    assert topic("uagv", "KIT", "0001", "order") == "uagv/v2/KIT/0001/order"
    assert parse_topic("uagv/v2/KIT/0001/order").robot_id == "KIT/0001"


@pytest.mark.parametrize("serial", ["a/b", "$1", "a b", "", "ä", "+", "#"])
def test_a_serial_number_is_of_few_characters(serial: str) -> None:
    """'Since the / character is used to define topic hierarchies, it shall not be used in any of
    the aforementioned fields.' (6.3)"""
    with pytest.raises(ValueError, match="serial number"):
        topic("uagv", "KIT", serial, "order")


@pytest.mark.parametrize(
    "text", ["uagv/v2/KIT/1/Order", "uagv/V2/KIT/1/order", "uagv/v3/K/1/order"]
)
def test_topics_are_case_sensitive(text: str) -> None:
    """'the topic names defined in the following sections are mandatory' (6.3)"""
    with pytest.raises(ValueError, match="topic"):
        parse_topic(text)


def test_only_the_connection_is_delivered_at_least_once() -> None:
    """'The topic connection shall use the QoS level 1 (At Least Once).' (6.2)"""
    assert {name for name in NAMES if qos_of(name) == 1} == {"connection"}


def test_orders_are_never_retained() -> None:
    """'All messages on this topic shall be sent with a retained flag.' (6.14 and 6.15, of
    connection and factsheet alone)"""
    assert {name for name in NAMES if is_retained(name)} == {"connection", "factsheet"}


def test_header_ids_count_for_each_topic_and_timestamps_end_with_z() -> None:
    """'The headerId is defined per topic and incremented by 1 with each sent (but not necessarily
    received) message.' 'Timestamp (ISO 8601, UTC); YYYY-MM-DDTHH:mm:ss.ffZ' (6.4)"""
    bench = Bench()
    bench.order(along([0, 1, 2]))
    bench.run(60_000)
    assert all(after.header_id == before.header_id + 1 for before, after in pairwise(bench.states))
    for one in bench.messages:
        assert one.timestamp.endswith("Z")
        assert "+" not in one.timestamp


def test_header_ids_wrap_at_32_bits() -> None:
    """'headerId | uint32' (6.4)"""
    message = Connection(connection_state="ONLINE")
    full = 2**32 - 1
    for number, told in ((full, full), (full + 1, 0)):
        one = stamped(message, header_id=number, timestamp="Z", manufacturer="A", serial_number="R")
        assert one.header_id == told


def test_a_timestamp_is_written_as_the_standard_does() -> None:
    """'(e.g., "2017-04-15T11:40:03.12Z")' (6.4)"""
    assert to_timestamp(1_492_256_403_120) == "2017-04-15T11:40:03.120Z"


def test_the_broken_connection_is_spelt_in_one_word() -> None:
    """'Enum {'ONLINE', 'OFFLINE', 'CONNECTIONBROKEN'}' (6.14); 3.0 has an underscore."""
    good = encode(sample("connection")).replace(b"ONLINE", b"CONNECTIONBROKEN")
    assert decode_connection(good).connection_state == "CONNECTIONBROKEN"
    with pytest.raises(WireError, match="connectionState"):
        decode_connection(good.replace(b"CONNECTIONBROKEN", b"CONNECTION_BROKEN"))


def test_truth_is_a_boolean_and_a_number_a_number() -> None:
    """'A Boolean value is thus encoded by "true" or "false", not with an enumeration ('TRUE',
    'FALSE') or magic numbers.' (6.1.4)"""
    bench = Bench()
    wire = json.loads(encode(bench.state))
    assert wire["driving"] is False
    assert wire["safetyState"]["fieldViolation"] is False
    assert isinstance(wire["batteryState"]["batteryCharge"], int | float)
    with pytest.raises(WireError, match="connectionState"):
        decode_connection(encode(sample("connection")).replace(b'"ONLINE"', b"1"))


def test_text_is_utf_8() -> None:
    """'All communication is encoded in UTF-8 to enable international adaption of descriptions.'
    (6.1.2)"""
    bench = Bench()
    bench.order(along([0], order_id="Bestellung-Ä-注文"))
    assert "Bestellung-Ä-注文".encode() in encode(bench.state)


def test_field_names_are_in_camel_case_and_enumerations_in_capitals() -> None:
    """'All field names are in camelCase.' (6.1); 'Enumerations shall be written in uppercase.'
    (6.1.3)"""
    bench = Bench()
    bench.order(along([0], actions={0: (pick("p"),)}))
    wire = json.loads(encode(bench.state))
    assert all("_" not in key and key[0].islower() for key in wire)
    assert wire["operatingMode"] == "AUTOMATIC"
    assert wire["actionStates"][0]["actionStatus"] == "RUNNING"


@pytest.mark.parametrize("name", ["state", "connection", "factsheet", "visualization"])
def test_what_a_working_robot_says_is_valid_by_the_official_schemas(name: TopicName) -> None:
    """'JSON schemas are available for validation' (6). The bench judges every message of every test
    by our rules, and by these schemas where they are."""
    data_file(f"{SCHEMAS}/{name}.schema")
    assert schema_validator(name) is not None
    bench = Bench()
    bench.order(along([0, 1, 2], 2, actions={0: (pick("p"),), 1: (handover("p"), drop("x"))}))
    bench.run(200_000)
    bench.order(along([9]))
    bench.instant("cancelOrder")
    assert bench.state.errors
