# SPDX-License-Identifier: Apache-2.0
"""An extract as it is: XML, PBF, areas, its extent; nothing is interpreted.

May import what `dispatcher.roads.importers` may.
"""
