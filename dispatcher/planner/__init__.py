# SPDX-License-Identifier: Apache-2.0
"""The planner: which robot carries which parcel when. Pure compute, picklable, no clock, no I/O.

May import: `dispatcher.roads`, ortools, numpy, numba, msgspec; `problem`, `solution`, `check` and
`quick` (with its parts `schedule`, `draft`, `places`, `reasons`) only the standard library and
msgspec, because the core imports them.
"""
