# SPDX-License-Identifier: Apache-2.0
"""Sites without roads: the same graph, areas and travel times, in straight lines.

May import what `dispatcher.roads` may. The core decides with it.
"""
