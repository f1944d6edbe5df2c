# SPDX-License-Identifier: Apache-2.0
"""The pure robot: `Robot.handle(event, now_ms)` gives effects, and that is all it does.

Imports msgspec, `robot_agent.vda5050` and the standard library without I/O: no clock, no random
numbers, no sockets. The same core runs emulated, in the simulation and on a robot's computer.
Inside all is int (mm, ms, mW); only messages hold metres.
"""
