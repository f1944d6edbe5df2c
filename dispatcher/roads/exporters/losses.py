# SPDX-License-Identifier: Apache-2.0
"""What an export loses: facts of a campus map that another format has no place for.

What must hold: a fact that is on the map and not in the export is counted here, with the ids of
what carries it. A fact at its default says nothing and is not lost.
"""

from collections.abc import Iterable

from msgspec import Struct

from robot_agent.campus import Campus
from robot_agent.campus_features import DEFAULT_CHARGER_W, DEFAULT_DWELL_S
from robot_agent.campus_frame import line_length_mm
from robot_agent.campus_model import Edge, Node, Place, Site

MAX_NAMED = 1000
LENGTH_SLACK_MM = 10  # a part of a cut edge may differ from its drawing by rounding


class Loss(Struct, frozen=True):
    """`ids` are those of the first MAX_NAMED; empty where it is the site's."""

    what: str
    count: int
    ids: tuple[str, ...] = ()


class Export(Struct, frozen=True):
    text: str
    lost: tuple[Loss, ...]


class ExportError(ValueError):
    """A map that cannot be said in the format asked for; one sentence."""


def loss(what: str, ids: Iterable[str]) -> Loss:
    found = tuple(ids)
    return Loss(what, len(found), found[:MAX_NAMED])


def told(losses: Iterable[Loss]) -> tuple[Loss, ...]:
    """Those that lose something."""
    return tuple(one for one in losses if one.count)


def line_of(lost: Loss) -> str:
    """For a person: `waits at nodes: 4 (g1, g2, g3 and 1 more)`."""
    if not lost.ids:
        return f"{lost.what}: {lost.count}"
    more = f" and {lost.count - 3} more" if lost.count > 3 else ""
    return f"{lost.what}: {lost.count} ({', '.join(lost.ids[:3])}{more})"


def road_losses(campus: Campus) -> list[Loss]:
    """What no plain format of nodes and edges has; sites, nodes, edges, places, areas in turn."""
    zones, buildings = campus.zones.values(), campus.buildings.values()
    waiting = campus.waiting.values()
    return [
        *_site_losses(campus.site),
        *_node_losses(list(campus.nodes.values())),
        *_edge_losses(list(campus.edges.values())),
        *_place_losses(list(campus.places.values())),
        loss("waiting places", [one.id for one in waiting]),
        loss("closures (closed zones)", [one.id for one in zones if one.zone_kind == "closed"]),
        loss("zones", [one.id for one in zones if one.zone_kind != "closed"]),
        loss("buildings", [one.id for one in buildings]),
        Loss("features of a kind that is not known", campus.ignored),
    ]


def refuse_planar(site: Site, what: str) -> None:
    """Raises ExportError: a format of roads has nothing to say about a site without roads."""
    if site.planar:
        raise ExportError(f"a planar site has no roads, and {what} is made of them")


def _site_losses(site: Site) -> list[Loss]:
    return [
        loss("time zone", [site.timezone] if site.timezone != "UTC" else []),
        loss("licence and attribution", [one for one in (site.licence, site.attribution) if one]),
        Loss("traffic keeps left", int(site.left_hand)),
    ]


def _node_losses(nodes: list[Node]) -> list[Loss]:
    return [
        loss("gates, crossings and kerbs", [one.id for one in nodes if one.gate != "none"]),
        loss("waits at nodes", [one.id for one in nodes if one.wait_ms]),
        loss("widths of gates", [one.id for one in nodes if one.width_mm]),
        loss("opening hours of gates", [one.id for one in nodes if one.open_hours]),
    ]


def _edge_losses(edges: list[Edge]) -> list[Loss]:
    drawn = {one.id: line_length_mm(one.shape) for one in edges}
    return [
        loss("classes of ways", [one.id for one in edges if one.road_class != "shared"]),
        loss("closed edges, left out", [one.id for one in edges if one.access == "closed"]),
        loss("edges open to staff only", [one.id for one in edges if one.access == "staff"]),
        loss("widths of edges", [one.id for one in edges if one.width_mm]),
        loss("whether robots can pass each other", [one.id for one in edges if one.passing]),
        loss("slopes", [one.id for one in edges if one.incline_permille]),
        loss("capacities of edges", [one.id for one in edges if one.capacity]),
        loss("edges where nobody may wait", [one.id for one in edges if not one.may_wait]),
        loss("opening hours of edges", [one.id for one in edges if one.open_hours]),
        loss(
            "lengths that differ from the drawing",
            [one.id for one in edges if abs(one.length_mm - drawn[one.id]) > LENGTH_SLACK_MM],
        ),
    ]


def _place_losses(places: list[Place]) -> list[Loss]:
    usual_w = {"charger": DEFAULT_CHARGER_W}
    return [
        loss("slots of places", [one.id for one in places if one.slots != 1]),
        loss("dwell times", [one.id for one in places if one.dwell_ms != DEFAULT_DWELL_S * 1000]),
        loss(
            "powers of chargers",
            [one.id for one in places if one.power_w != usual_w.get(one.role, 0)],
        ),
        loss("places' buildings", [one.id for one in places if one.building]),
    ]
