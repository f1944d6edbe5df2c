# SPDX-License-Identifier: Apache-2.0
"""What driving costs: what the robot draws anyway, plus rolling and climbing with its load.

What must hold: whole numbers only. Driving is linear in the mass moved, so one number an arc will
do: uWh for each kg. Downhill an arc costs nothing at best: no robot gives energy back.
"""

import numpy as np

from dispatcher.roads.arc_arrays import ArcArrays, Ints
from dispatcher.roads.profile import RobotProfile

GRAVITY_MM_S2 = 9_807
_NJ_PER_UWH = 3_600_000
_MJ_PER_MWH = 3_600
_UWH_G_PER_KG_IN_MWH = 1_000_000


def drive_uwh_per_kg(net: ArcArrays, profile: RobotProfile) -> Ints:
    """By arc: uWh for each kg that is moved along it, rounded to the nearest."""
    steepness_permille = np.maximum(net.incline_permille + profile.rolling_permille, 0)
    # mm x 1/1000 x mm/s2 is nJ for each kg.
    nj_per_kg = net.lengths_mm * steepness_permille * GRAVITY_MM_S2
    whole = _NJ_PER_UWH * profile.drive_efficiency_pct
    return (nj_per_kg * 100 + whole // 2) // whole


def way_mwh(time_ms: int, uwh_per_kg: int, load_g: int, profile: RobotProfile) -> int:
    """The energy of a way, in mWh, rounded up. W x ms is mJ."""
    drawn = time_ms * profile.aux_w * _UWH_G_PER_KG_IN_MWH
    drive = uwh_per_kg * (profile.mass_g + load_g) * _MJ_PER_MWH
    return -(-(drawn + drive) // (_MJ_PER_MWH * _UWH_G_PER_KG_IN_MWH))
