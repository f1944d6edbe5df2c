# SPDX-License-Identifier: Apache-2.0
"""What lies between the pure robot and its body: drivers for navigators, drive bases and lockers.

May import `robot_agent`, msgspec and pyserial.
"""
