# SPDX-License-Identifier: Apache-2.0
"""The shipped scenario on the shipped campus, with fewer parcels: what a stranger sees first."""

from msgspec.structs import replace

from dispatcher.data_files import demo_campus_path, scenarios_folder
from dispatcher.roads.graph import RoadGraph
from dispatcher.simulation.run import run_scenario
from dispatcher.simulation.scenario import Demand, parse_scenario
from robot_agent.campus import read_campus


def test_the_demos_morning_is_delivered_and_the_rest_are_people_who_never_came() -> None:
    path = scenarios_folder() / "demo.toml"
    morning = replace(parse_scenario(path.read_text(), str(path)), parcels=Demand(count=40))
    graph = RoadGraph.from_campus(read_campus(demo_campus_path()))
    result = run_scenario(morning, graph, seed=1)
    assert result.faults == result.alarms == result.refused == ()
    assert result.summary.parcels["delivered"] >= 38
    assert result.summary.on_time_share >= 0.9
    for outcome in result.outcomes.values():
        assert outcome.state == "delivered" or outcome.reason == "no_show, 2 attempts"
