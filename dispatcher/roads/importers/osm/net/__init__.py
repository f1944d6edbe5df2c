# SPDX-License-Identifier: Apache-2.0
"""The road net: ways cut and joined, squares, sidewalks, islands.

May import what `dispatcher.roads.importers` may.
"""
