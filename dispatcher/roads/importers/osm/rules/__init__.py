# SPDX-License-Identifier: Apache-2.0
"""What tags mean to a small delivery robot, as tables.

May import what `dispatcher.roads.importers` may.
"""
