# SPDX-License-Identifier: Apache-2.0
"""The boards under the agent: their serial links, their messages, and a plant for boards without
hardware.

May import `robot_agent`, msgspec and pyserial; `update` also smpclient, where it is installed.
"""
