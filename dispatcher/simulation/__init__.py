# SPDX-License-Identifier: Apache-2.0
"""A site in virtual time: the real dispatcher, the real robots, no sockets and no waiting.

May import core, roads, planner, the service's pure translation, `robot_agent.core` and `.vda5050`.
No I/O, no clock, no random but what a seed draws: two runs of one scenario and seed are one run.
"""
