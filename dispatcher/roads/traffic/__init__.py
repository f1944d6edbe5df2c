# SPDX-License-Identifier: Apache-2.0
"""Where robots pass each other and where they wait: wide and narrow ways, waiting places, parking.

May import what `dispatcher.roads` may. It reads a campus and proposes features of its map.
"""
