# SPDX-License-Identifier: Apache-2.0
"""The road net of an OpenStreetMap extract, put together from its ways, squares and barriers.

What must hold: two ways meet only where they share a node (never where lines merely cross on the
picture); nothing that is left out, closed or assumed goes uncounted; the same data give the same
net, whatever their order.
"""

from collections import Counter

from dispatcher.roads.importers.osm_bounds import Bounds
from dispatcher.roads.importers.osm_data import OsmData
from dispatcher.roads.importers.osm_main_roads import main_road_crossings, main_road_nodes
from dispatcher.roads.importers.osm_net import Part, RoadNet, Stretch, empty_net, parts_of, ref_of
from dispatcher.roads.importers.osm_node_barriers import NodeBarriers
from dispatcher.roads.importers.osm_pieces import Run, contracted, ends_at, joined, pieces_of
from dispatcher.roads.importers.osm_plazas import rims_of, sight_lines
from dispatcher.roads.importers.osm_rules import RoadRules, Tags
from dispatcher.roads.importers.osm_sidewalks import beside_sidewalks, sidewalk_apart
from dispatcher.roads.importers.osm_ways import judged
from robot_agent.campus_frame import Frame

__all__ = ["Part", "RoadNet", "Stretch", "parts_of", "road_net"]
