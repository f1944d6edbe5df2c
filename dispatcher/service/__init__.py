# SPDX-License-Identifier: Apache-2.0
"""The daemon: all I/O of the dispatcher, around one pure core a site.

May import `core roads planner config` and, of `robot_agent`, only `vda5050`; MQTT, HTTP, database
and crypto libraries.
"""
