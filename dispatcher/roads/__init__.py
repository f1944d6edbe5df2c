# SPDX-License-Identifier: Apache-2.0
"""The road graph of a campus, and how long the ways on it take. Pure: no I/O, no clock.

May import the standard library, numpy, scipy, shapely, networkx and `robot_agent.campus`.
"""
