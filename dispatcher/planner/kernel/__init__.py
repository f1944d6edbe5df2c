# SPDX-License-Identifier: Apache-2.0
"""The search kernel: ruin and recreate over trips and robots, compiled by numba, int64 only.

May import numpy, numba and `planner/compile.py`, which says where the compiled code is kept.
Nothing here knows a parcel: `planner/world.py` fills the memory. Import `load` before anything
else: it is all that others need.
"""
