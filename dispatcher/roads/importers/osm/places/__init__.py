# SPDX-License-Identifier: Apache-2.0
"""Buildings, stops, the station, chargers and parking.

May import what `dispatcher.roads.importers` may.
"""
