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
from dispatcher.roads.importers.osm.places.buildings import Blocks
from dispatcher.roads.importers.osm.places.layout import Layout
from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.report import MAX_EXAMPLES, ImportReport
from dispatcher.roads.importers.site_locale import Known


class Findings(Struct, frozen=True):
    """Everything that an import came across."""

    source: str
    options: ImportOptions
    data: OsmData
    net: RoadNet
    blocks: Blocks
    layout: Layout
    zone: Known
    side: Known
    offers: list[Offer]


def report_of(found: Findings) -> ImportReport:
    net, layout, blocks = found.net, found.layout, found.blocks.found
    lived_in = [block.id for block in blocks if block.served and block.lived_in]
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
        buildings_unsnapped=len(layout.unserved),
        lived_in=len(lived_in),
        lived_in_served=sum(block_id in layout.stops for block_id in lived_in),
        stops=len(layout.stops),
        unserved=layout.unserved,
        gates=dict(gates.most_common()),
        notes=dict((net.notes + found.data.notes).most_common()),
        suspects=dict(net.suspects.most_common()),
        generated=dict(generated),
        not_handled=_not_handled(found),
        examples=_examples(found),
        warnings=_warnings(found),
        next_steps=_next_steps(found),
    )


def note_traffic(
    report: ImportReport, parking: list[Feature], waiting: list[Feature], robots: int
) -> None:
    """Adds what was found for standing out of the way, and says where it is too little."""
    report.generated["parking"] = len(parking)
    for certain, what in ((True, "waiting places"), (False, "waiting places proposed")):
        count = sum((one["properties"]["may_wait"] == "yes") == certain for one in waiting)
        if count:
            report.generated[what] = count
    slots = sum(one["properties"]["slots"] for one in parking)
    if slots < robots:
        report.next_steps.insert(0, f"there is parking for {slots} of {robots} robots: add some")


def length_m(net: RoadNet, edges: list[Stretch]) -> int:
    return (sum(map(net.length_mm, edges)) + 500) // 1000


def _not_handled(found: Findings) -> dict[str, int]:
    """What is known to be there and could not be taken."""
    broken = Counter(f"building left out: {why}" for why in found.blocks.broken.values())
    return dict(broken.most_common())


def _examples(found: Findings) -> dict[str, list[str]]:
    examples: dict[str, list[str]] = {}
    for building, why in sorted(found.blocks.broken.items()):
        examples.setdefault(f"building left out: {why}", []).append(building)
    for reason, things in found.net.examples.items():
        examples[reason] = list(things)
    for node, barrier in sorted(found.net.barriers.items()):
        examples.setdefault(barrier.gate, []).append(node)
    return {what: ids[:MAX_EXAMPLES] for what, ids in examples.items()}


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
    steps += [
        f"{offer.option} would join {offer.islands} islands with {offer.length_m / 1000:.1f} km"
        for offer in found.offers[:1]
    ]
    if layout.unserved:
        steps.append("look at the buildings without a stop: join a path to them, or add a stop")
    assumed = sum(count for what, count in found.net.notes.items() if "taken as passable" in what)
    if assumed:
        steps.append(f"{assumed} gates are taken as passable: look at them")
    steps.append("look at the map: dispatcher map show FILE; judge it: dispatcher map check FILE")
    return steps
