# SPDX-License-Identifier: Apache-2.0
"""The search kernel: ruin and recreate over trips and robots, compiled by numba, int64 only.

May import numpy and numba and nothing else. Nothing here knows a parcel: `planner/arrays.py` makes
the arrays. `planner/compile.py` says where the compiled code is kept; import that first.
"""
