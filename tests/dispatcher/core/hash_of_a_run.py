# SPDX-License-Identifier: Apache-2.0
"""Prints the state hash after a short run; started by a test under several hash seeds."""

import importlib.util
import sys
from pathlib import Path

import msgspec

from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import parse_campus

spec = importlib.util.spec_from_file_location("fleet", Path(__file__).with_name("conftest.py"))
assert spec is not None
assert spec.loader is not None
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

graph = RoadGraph.from_campus(parse_campus(msgspec.json.encode(module.document()), "toy"))
fleet = module.Fleet(graph, robots=3)
for n in range(20):
    fleet.announce(f"p{n:02}", ("s1", "s2")[n % 2], size="SM"[n % 2])
    fleet.run(20)
fleet.run(600)
sys.stdout.write(f"{fleet.core.state_hash()} {fleet.records[-1].chain.hex()}\n")
