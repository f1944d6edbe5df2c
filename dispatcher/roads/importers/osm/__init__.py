# SPDX-License-Identifier: Apache-2.0
"""OpenStreetMap extracts as campus maps: reading, rules, the road net, stops, the report.

May import what `dispatcher.roads` may, and osmium.
"""
