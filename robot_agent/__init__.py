# SPDX-License-Identifier: Apache-2.0
"""The robot's side of Drover: wire types, the pure robot, what runs it on a Pi or emulated.

May import msgspec, paho-mqtt, pyserial and uvloop, never `dispatcher`: it installs on a Raspberry
Pi in seconds. `vda5050` and `core` do no I/O at all.
"""
