# SPDX-License-Identifier: Apache-2.0
"""What holds on the roads when: areas, closures, weekly hours, and arrival through them.

May import what `dispatcher.roads` may. The core decides with it.
"""
