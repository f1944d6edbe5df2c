# SPDX-License-Identifier: Apache-2.0
"""Messages as public implementations write them, made up here after reading how they do it.

vda-5050-lib.js, the openTCS adapter, NVIDIA's mission dispatch, ROS connectors: header 2.0.0, the
array of instant actions under its old name, `allowedDeviationXy`, missing and extra fields.
"""

import json
from typing import Any

import pytest

from robot_agent.core.events import InstantActionsReceived, OrderReceived
from robot_agent.vda5050.codec import decode_instant_actions, decode_order, decode_state
from tests.robot_agent.conformance.bench_robot import Bench

UUID = "6f1c0b5e-70a8-4d5f-9b1e-7c0f4d0b9a11"


def header(version: str = "2.0.0") -> dict[str, Any]:
    return {
        "headerId": 17,
        "timestamp": "2026-02-02T02:40:00.5Z",
        "version": version,
        "manufacturer": "ACME",
        "serialNumber": "R7",
    }


def lib_order() -> dict[str, Any]:
    """As vda-5050-lib.js sends one: UUIDs, the deviation in its old spelling."""
    return {
        **header(),
        "orderId": UUID,
        "orderUpdateId": 0,
        "nodes": [
            {
                "nodeId": "productionunit_1",
                "sequenceId": 0,
                "released": True,
                "nodePosition": {"x": 2, "y": 0, "mapId": "road", "allowedDeviationXy": 3},
                "actions": [],
            },
            {
                "nodeId": "productionunit_2",
                "sequenceId": 2,
                "released": True,
                "nodePosition": {"x": 8, "y": 0, "mapId": "road"},
                "actions": [
                    {
                        "actionId": UUID[::-1],
                        "actionType": "pick",
                        "blockingType": "HARD",
                        "actionParameters": [
                            {"key": "stationType", "value": "floor"},
                            {"key": "loadType", "value": "EPAL"},
                        ],
                    }
                ],
            },
        ],
        "edges": [
            {
                "edgeId": "edge1_1",
                "sequenceId": 1,
                "startNodeId": "productionunit_1",
                "endNodeId": "productionunit_2",
                "released": True,
                "actions": [],
            }
        ],
    }


def dispatch_order() -> dict[str, Any]:
    """As a mission dispatcher in Python sends one: every field there, what is not used null."""
    nodes: list[dict[str, Any]] = [
        {
            "nodeId": f"mission-node-{number}-s{number}",
            "sequenceId": 2 * number,
            "nodeDescription": None,
            "released": True,
            "nodePosition": {
                "x": 5.0 * number,
                "y": 0.0,
                "theta": None,
                "allowedDeviationXY": 0.0,
                "allowedDeviationTheta": 0.0,
                "mapId": "road",
                "mapDescription": "",
            },
            "actions": [],
        }
        for number in (0, 1)
    ]
    edge = {
        "edgeId": "mission-edge-1",
        "sequenceId": 1,
        "edgeDescription": None,
        "released": True,
        "startNodeId": nodes[0]["nodeId"],
        "endNodeId": nodes[1]["nodeId"],
        "maxSpeed": None,
        "orientation": None,
        "direction": None,
        "trajectory": None,
        "length": None,
        "actions": [],
    }
    return {
        **header(),
        "orderId": "mission-1-n0",
        "orderUpdateId": 0,
        "zoneSetId": None,
        "nodes": nodes,
        "edges": [edge],
    }


def adapter_order() -> dict[str, Any]:
    """As the adapter of a plant's controller sends one: names with colons, a horizon, speeds."""
    order = lib_order()
    order["orderId"] = "TOrder-01:1"
    order["nodes"][0]["nodePosition"].pop("allowedDeviationXy")
    order["nodes"][0]["nodePosition"] |= {"x": 0.0, "theta": 0.0, "allowedDeviationXY": 0.5}
    order["nodes"][1] |= {"released": False, "nodeDescription": "Point-0002"}
    order["edges"][0] |= {"released": False, "maxSpeed": 1.0, "rotationAllowed": True}
    return order


@pytest.mark.parametrize(
    ("message", "end"),
    [
        (lib_order(), "productionunit_2"),
        (dispatch_order(), "mission-node-1-s1"),
        (adapter_order(), "productionunit_1"),
    ],
    ids=["lib", "dispatch", "adapter"],
)
@pytest.mark.parametrize("version", ["2.0.0", "2.1.0", "2.0.1", "2.9.0"])
def test_an_order_of_another_vendor_is_driven(
    message: dict[str, Any], end: str, version: str
) -> None:
    """'New features like an additional topic for visualization' are minor versions (6.4)."""
    bench = Bench()
    message = {**message, "version": version, "vendorExtension": {"priority": 3}}
    bench.feed(OrderReceived(decode_order(json.dumps(message).encode())))
    bench.run(120_000)
    assert bench.state.errors == ()
    assert bench.state.last_node_id == end
    assert all(one.action_status in ("FINISHED", "WAITING") for one in bench.state.action_states)


def instant(name: str, **fields: Any) -> dict[str, Any]:
    one = {"actionType": "stateRequest", "actionId": UUID, "blockingType": "NONE", **fields}
    return {**header(), name: [one]}


@pytest.mark.parametrize(
    "message",
    [
        instant("actions"),
        instant("instantActions"),
        instant("instantActions", actionDescription=None, actionParameters=[]),
        {**instant("instantActions"), "actions": None},
    ],
)
def test_instant_actions_of_another_vendor_are_done(message: dict[str, Any]) -> None:
    """'actions [action] | array' (6.9): version 1.1 and some peers call it instantActions."""
    bench = Bench()
    bench.feed(InstantActionsReceived(decode_instant_actions(json.dumps(message).encode())))
    assert bench.status(UUID) == "FINISHED"


def state() -> dict[str, Any]:
    """As a simulated robot in another language sends one."""
    return {
        **header(),
        "orderId": "",
        "orderUpdateId": 0,
        "lastNodeId": "",
        "lastNodeSequenceId": 0,
        "nodeStates": [],
        "edgeStates": [],
        "actionStates": [],
        "driving": False,
        "batteryState": {"batteryCharge": 80, "charging": False},
        "operatingMode": "AUTOMATIC",
        "errors": [],
        "safetyState": {"eStop": "NONE", "fieldViolation": False},
    }


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"agvPosition": {"x": 1, "y": 2, "theta": 4.2, "mapId": "m", "positionInitialized": True}},
        {"errors": None, "loads": None, "information": None, "velocity": None},
        {"headerId": 1_770_000_000_000},
        {"actionStates": [{"actionId": "a", "actionType": "pick", "actionStatus": "PAUSED"}]},
        {
            "errors": [
                {
                    "errorType": "orderError",
                    "errorLevel": "WARNING",
                    "errorReferences": [
                        {"referenceKey": "orderUpdateId", "referenceValue": 3},
                        {"referenceKey": "topic", "referenceValue": "order"},
                    ],
                }
            ]
        },
        {
            "nodeStates": [
                {
                    "nodeId": "n",
                    "sequenceId": 2,
                    "released": True,
                    "nodePosition": {"x": 0, "y": 0, "mapId": "m", "allowedDeviationXY": 0.5},
                }
            ]
        },
    ],
    ids=["bare", "turned", "nulls", "long-header", "paused", "numbers", "deviation"],
)
def test_a_state_of_another_vendor_is_read(fields: dict[str, Any]) -> None:
    """'The JSON structure allows for a future extension of the protocol with additional
    parameters.' (4)"""
    read = decode_state(json.dumps({**state(), **fields}).encode())
    assert read.serial_number == "R7"
    assert read.battery_state.battery_charge == 80
