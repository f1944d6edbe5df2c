# SPDX-License-Identifier: Apache-2.0
"""The emulated body of a robot and the people around it: pure, in any time, for emulator and
simulation alike.

Imports msgspec, `robot_agent.core`, `robot_agent.vda5050` and the standard library without I/O.
"""
