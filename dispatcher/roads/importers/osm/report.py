# SPDX-License-Identifier: Apache-2.0
"""What to tell about a map that was made from an OpenStreetMap extract.

What must hold: a warning is only what makes the map useless or wrong until a person acts; the rest
is counted, with examples by OpenStreetMap id.
"""

from collections import Counter

from msgspec import Struct

from dispatcher.roads.importers.campus_text import Feature
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.osm.net.net import RoadNet, Stretch
from dispatcher.roads.importers.osm.net.offers import Offer
from dispatcher.roads.importers.osm.places.buildings import BEYOND, Blocks
from dispatcher.roads.importers.osm.places.layout import Layout
from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.report import MAX_NAMED, ImportReport, thing_at
from dispatcher.roads.importers.site_locale import Known
from dispatcher.roads.wording import many


class Findings(Struct, frozen=True):
    """Everything that an import came across; `offers` is None where none was looked for."""

    source: str
    options: ImportOptions
    data: OsmData
    net: RoadNet
    blocks: Blocks
    layout: Layout
    zone: Known
    side: Known
    offers: list[Offer] | None


def report_of(found: Findings) -> ImportReport:
    net, layout, blocks = found.net, found.layout, found.blocks.found
    to_serve = [block for block in blocks if block.served]
    lived_in = [block.id for block in to_serve if block.lived_in]
    generated = Counter({"station": 1})
    generated["charger"] = len(layout.chargers)
    gates = Counter(barrier.gate for barrier in net.barriers.values())
    return ImportReport(
        source=found.source,
        source_format="OpenStreetMap",
        site=found.options.site_id or found.source.split(".")[0] or "site",
        timezone=found.zone.value,
        timezone_why=found.zone.why,
        traffic_keeps=found.side.value,
        traffic_why=found.side.why,
        station=layout.spot.name,
        station_why=layout.spot.why,
        nodes=layout.part.nodes,
        edges=len(layout.part.edges),
        length_m=length_m(net, layout.part.edges),
        kept=dict(net.kept.most_common()),
        dropped=dict(net.dropped.most_common()),
        islands=layout.apart.islands,
        traps=layout.apart.traps,
        buildings=len(blocks),
        buildings_to_serve=len(to_serve),
        buildings_unsnapped=len(layout.unserved),
        lived_in=len(lived_in),
        lived_in_served=sum(block_id in layout.stops for block_id in lived_in),
        stops=len(layout.stops),
        unserved=layout.unserved,
        gates=dict(gates.most_common()),
        notes=dict((net.notes + found.data.notes).most_common()),
        suspects=dict(net.suspects.most_common()),
        dead_ends=net.dead_ends.total(),
        beyond=_beyond(found),
        generated=dict(generated),
        not_handled=_not_handled(found),
        named=_named(found),
        warnings=_warnings(found),
        next_steps=_next_steps(found),
    )


def note_traffic(
    report: ImportReport, parking: list[Feature], waiting: list[Feature], robots: int
) -> None:
    """Adds what was found for standing out of the way, and says where it is too little."""
    report.generated["parking place"] = len(parking)
    for certain, what in ((True, "waiting place"), (False, "proposed waiting place")):
        count = sum((one["properties"]["may_wait"] == "yes") == certain for one in waiting)
        if count:
            report.generated[what] = count
    slots = sum(one["properties"]["slots"] for one in parking)
    if slots < robots:
        report.next_steps.insert(0, f"there is parking for {slots} of {robots} robots: add some")


def length_m(net: RoadNet, edges: list[Stretch]) -> int:
    return (sum(map(net.length_mm, edges)) + 500) // 1000


def _beyond(found: Findings) -> dict[str, int]:
    blocks = {BEYOND: len(found.blocks.beyond)} if found.blocks.beyond else {}
    return {**found.net.beyond, **blocks}


def _not_handled(found: Findings) -> dict[str, int]:
    """What is known to be there and could not be taken."""
    broken = Counter(f"building left out: {why}" for why in found.blocks.broken.values())
    return dict(broken.most_common())


def _named(found: Findings) -> dict[str, list[str]]:
    net, blocks = found.net, found.blocks
    named = dict(net.named)
    for building, why in sorted(blocks.broken.items()):
        named.setdefault(f"building left out: {why}", []).append(building)
    for block in blocks.beyond:
        named.setdefault(BEYOND, []).append(thing_at(block.id, block.middle))
    for node, barrier in sorted(net.barriers.items()):
        named.setdefault(barrier.gate, []).append(thing_at(node, net.places[node]))
    return {what: things[:MAX_NAMED] for what, things in named.items()}


def _warnings(found: Findings) -> list[str]:
    warnings: list[str] = []
    layout = found.layout
    if not found.zone.sure:
        warnings.append(f"the time zone is taken as UTC ({found.zone.why}): give --timezone")
    if not found.side.sure:
        warnings.append(
            f"the side of traffic is {found.side.why}: give --left-hand or --right-hand"
        )
    if not layout.driven:
        warnings.append(
            "no robot gets back to the station: every way here is one-way; draw a return"
        )
    elif not layout.stops:
        wanted = sum(block.served for block in found.blocks.found)
        what = f"none of {wanted} buildings to serve lies near a road"
        if not wanted:
            all_of_them = len(found.blocks.found)
            what = f"of {all_of_them} buildings none has a name, an address or people living in it"
        if not found.blocks.found:
            what = "it holds no building"
        warnings.append(
            f"no stop: {what}. Add a Point of kind stop with edge and offset_m for each place to "
            "deliver to, or import an extract with its buildings"
        )
    own_m = length_m(found.net, layout.part.edges)
    larger = [island for island in layout.apart.islands if island.length_m > own_m]
    if larger:
        warnings.append(
            f"the station stands on {own_m} m of road that are not joined to the main net "
            f"({larger[0].length_m} m): give another --station, or join them"
        )
    return warnings


def _next_steps(found: Findings) -> list[str]:
    layout, steps = found.layout, list[str]()
    if not found.options.station:
        steps.append("set your own station with --station NAME or LAT,LON")
    if found.offers is None:
        steps.append(
            "what --main-roads, --cross-roads, --private, --ramps or --other-levels would join was "
            "not looked for, since the net is so large: take a part with --clip to be told"
        )
    if found.offers:
        steps.append("; ".join(map(_offered, found.offers)))
    if layout.unserved:
        steps.append("look at the buildings without a stop: join a path to them, or add a stop")
    assumed = sum(bool(barrier.note) for barrier in found.net.barriers.values())
    if assumed:
        steps.append(
            f"look at {many(assumed, 'barrier')} taken as passable: the report lists them, "
            "the map says gate_from: guess"
        )
    steps.append("look at the map: dispatcher map show FILE; judge it: dispatcher map check FILE")
    return steps


def _offered(offer: Offer) -> str:
    joined = [
        many(count, what)
        for count, what in ((offer.islands, "island"), (offer.traps, "one-way trap"))
        if count
    ]
    served = f" and serve {many(offer.buildings, 'more building')}" if offer.buildings else ""
    return f"{offer.option} would join {' and '.join(joined)} ({_km(offer.length_m)}){served}"


def _km(length_m: int) -> str:
    return f"{length_m / 1000:.1f} km" if length_m >= 1000 else f"{length_m} m"
