# SPDX-License-Identifier: Apache-2.0
"""A small day on a small campus for tests: two robots, a few parcels, seconds to simulate."""

from dispatcher.simulation.scenario import Scenario, parse_scenario

TEXT = """
map = "crooked"
start = 2026-03-02T08:00:00+01:00
until_h = 6
robots = { count = 2 }
parcels = { count = PARCELS }
planner = { engine = "ENGINE", solutions = 20, iterations = 500 }
"""


def small_day(parcels: int = 12, engine: str = "quick", more: str = "") -> Scenario:
    """The scenario; `more` is further TOML."""
    text = TEXT.replace("PARCELS", str(parcels)).replace("ENGINE", engine)
    return parse_scenario(text + more, "small.toml")
