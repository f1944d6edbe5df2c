# SPDX-License-Identifier: Apache-2.0
"""A fleet at work on one machine: broker, daemon, emulated robots and parcels, and a view of them.

May import everything; only the command line imports it. Broker, daemon and emulator are processes
of their own that talk over MQTT and HTTP exactly as they do in service; nothing is short-cut.
"""
