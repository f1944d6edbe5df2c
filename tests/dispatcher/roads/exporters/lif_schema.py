# SPDX-License-Identifier: Apache-2.0
"""What VDMA LIF 1.0 asks of a file, as a JSON Schema written here from the guideline's tables."""

from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
REAL: Schema = {"type": "number"}


def thing(must: Schema, may: Schema | None = None) -> Schema:
    """An object with these fields and no others: what is written should be in the standard."""
    fields = must | (may or {})
    return {
        "type": "object",
        "required": list(must),
        "properties": fields,
        "additionalProperties": False,
    }


def many(items: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": items, "minItems": least}


POSITION = thing({"x": REAL, "y": REAL})
TRAJECTORY = thing(
    {
        "knotVector": many({"type": "number", "minimum": 0, "maximum": 1}, 4),
        "controlPoints": many(thing({"x": REAL, "y": REAL}, {"weight": REAL}), 2),
    },
    {"degree": {"type": "integer", "minimum": 1}},
)
EDGE_PROPERTY = thing(
    {"vehicleTypeId": TEXT, "rotationAllowed": {"type": "boolean"}},
    {
        "vehicleOrientation": REAL,
        "orientationType": {"enum": ["GLOBAL", "TANGENTIAL"]},
        "maxSpeed": {"type": "number", "exclusiveMinimum": 0},
        "trajectory": TRAJECTORY,
    },
)
NODE = thing(
    {
        "nodeId": TEXT,
        "nodePosition": POSITION,
        "vehicleTypeNodeProperties": many(thing({"vehicleTypeId": TEXT}), 1),
    },
    {"nodeName": TEXT, "mapId": TEXT},
)
EDGE = thing(
    {
        "edgeId": TEXT,
        "startNodeId": TEXT,
        "endNodeId": TEXT,
        "vehicleTypeEdgeProperties": many(EDGE_PROPERTY, 1),
    }
)
STATION = thing(
    {"stationId": TEXT, "interactionNodeIds": many(TEXT, 1)},
    {"stationName": TEXT, "stationDescription": TEXT, "stationPosition": POSITION},
)
LAYOUT = thing(
    {
        "layoutId": TEXT,
        "layoutVersion": TEXT,
        "nodes": many(NODE),
        "edges": many(EDGE),
        "stations": many(STATION),
    },
    {"layoutName": TEXT, "layoutLevelId": TEXT, "layoutDescription": TEXT},
)
STAMP = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
LIF = thing(
    {
        "metaInformation": thing(
            {
                "projectIdentification": TEXT,
                "creator": TEXT,
                "exportTimestamp": STAMP,
                "lifVersion": {"const": "1.0.0"},
            }
        ),
        "layouts": many(LAYOUT, 1),
    }
)
