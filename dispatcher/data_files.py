# SPDX-License-Identifier: Apache-2.0
"""Finds the data that travels with the software: campus maps and simulation scenarios.

What must hold: the same call finds the same file in a checkout (`maps/` at the top) and in an
installed wheel (`dispatcher/_data/maps`, put there by pyproject.toml).
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
DEMO_CAMPUS = "lindenhof"


def maps_folder() -> Path:
    """The folder with one folder a campus."""
    carried = PACKAGE / "_data" / "maps"
    return carried if carried.is_dir() else PACKAGE.parent / "maps"


def demo_campus_path() -> Path:
    """The map on which `dispatcher demo` runs unless another is named."""
    return maps_folder() / DEMO_CAMPUS / "campus.geojson"


def scenarios_folder() -> Path:
    """The folder with the scenarios that `dispatcher simulate` knows by name."""
    return PACKAGE / "simulation" / "scenarios"
