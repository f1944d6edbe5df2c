# SPDX-License-Identifier: Apache-2.0
"""Turns other people's maps into campus maps.

May import what `dispatcher.roads` may, and osmium. Each importer is a function from a file to the
text of a campus map and a report of what was taken, left out and made up.
"""
