# SPDX-License-Identifier: Apache-2.0
"""A spoilt LIF is a map or one clear refusal, never a traceback."""

import copy
import json
import random
from typing import Any

import pytest

from dispatcher.roads.importers.lif.importing import lif_map
from dispatcher.roads.importers.osm.reading.data import MapImportError
from robot_agent.campus import parse_campus
from tests.dispatcher.roads.importers.lif.lif_drawing import AT_HOME, edge, triangle

ODD: list[Any] = [
    *(None, True, 0, -1, 1e308, -1e-320, float("nan"), float("inf"), 10**400, -(10**30)),
    *("", " ", "a", "ü" * 600, "\x00", "\ud800", [], {}, [[]], [None], {"x": {}}, [1, "2", {}]),
]
CUBIC = {
    "degree": 3,
    "knotVector": [0, 0, 0, 0, 0.5, 1, 1, 1, 1],
    "controlPoints": [
        {"x": x, "y": y, "weight": 1.5} for x, y in ((0, 0), (0, 9), (5, 40), (30, 30), (40, 30))
    ],
}
SEED = 20_260_105
ROUNDS = 400


def spoilt(luck: random.Random) -> Any:
    document: Any = triangle()
    document["layouts"][0]["edges"].append(edge("ac", "a", "c", trajectory=copy.deepcopy(CUBIC)))
    for _ in range(luck.randint(1, 4)):
        inner, around = document, None
        key: Any = None
        while isinstance(inner, dict | list) and inner and luck.random() < 0.85:
            around = inner
            key = luck.choice(sorted(inner) if isinstance(inner, dict) else range(len(inner)))
            inner = inner[key]
        if around is None:
            continue
        match luck.randrange(4):
            case 0:
                around[key] = copy.deepcopy(luck.choice(ODD))
            case 1:
                del around[key]
            case 2 if isinstance(around, list):
                around.append(copy.deepcopy(inner))
            case _ if isinstance(inner, int | float) and abs(inner) < 1e30:
                around[key] = inner * luck.choice([-1, 0, 1e-9, 1000, 1e12])
    return document


def refusal(content: str | bytes) -> str:
    """Why it was refused; empty where it was imported."""
    try:
        result = lif_map(content, "works.json", AT_HOME)
    except MapImportError as error:
        return str(error) or "nothing said"
    parse_campus(result.campus_text, "map")
    return ""


def test_spoilt_values_are_refused_or_taken() -> None:
    luck = random.Random(SEED)
    refusals = [refusal(json.dumps(spoilt(luck))) for _ in range(ROUNDS)]
    assert 20 < refusals.count("") < ROUNDS - 20
    assert all(one.startswith("works.json") for one in refusals if one)


def test_spoilt_text_is_refused_or_taken() -> None:
    luck = random.Random(SEED)
    whole = json.dumps(triangle()).encode()
    for _ in range(ROUNDS):
        content = bytearray(whole)
        for _ in range(luck.randint(1, 5)):
            content[luck.randrange(len(content))] = luck.randrange(256)
        cut = luck.randrange(len(content)) if luck.random() < 0.2 else len(content)
        why = refusal(bytes(content[:cut]))
        assert why.startswith("works.json" if why else "")


def test_a_curve_that_winds_without_end_is_refused() -> None:
    wild = [{"x": x, "y": y} for x, y in [(0, 0), *[(9e7, -9e7), (-9e7, 9e7)] * 200, (40, 30)]]
    count = len(wild)
    inner = [number / (count - 3) for number in range(1, count - 3)]
    winding = {"degree": 3, "knotVector": [0] * 4 + inner + [1] * 4, "controlPoints": wild}
    document = triangle()
    document["layouts"][0]["edges"].append(edge("ac", "a", "c", trajectory=winding))
    with pytest.raises(MapImportError):
        lif_map(json.dumps(document), "works.json", AT_HOME)
