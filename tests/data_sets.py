# SPDX-License-Identifier: Apache-2.0
"""Finds the real inputs that are not part of the project (their licences differ).

`DROVER_DATA` names a folder holding `maps`, `days`, `vda5050` and `vrp`. A test that needs one of
them is skipped, with the reason, where it is missing; each has a sibling on input of our own.
"""

import os
from pathlib import Path

import pytest


def data_file(name: str) -> Path:
    """The file `name` (such as `maps/ajou-suwon.osm`), or the test that asked is skipped."""
    root = os.environ.get("DROVER_DATA", "")
    path = Path(root) / name
    if not root or not path.exists():
        pytest.skip(f"not run: needs DROVER_DATA/{name}")
    return path
