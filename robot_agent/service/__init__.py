# SPDX-License-Identifier: Apache-2.0
"""What carries the pure robot: its MQTT link and its clock, on asyncio.

May import `robot_agent`, msgspec and paho-mqtt. The emulator runs many of these in one process, a
robot's own computer runs one.
"""
