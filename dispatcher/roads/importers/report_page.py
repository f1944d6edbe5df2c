# SPDX-License-Identifier: Apache-2.0
"""The report of an import as one page of HTML, to read before a robot is sent out.

What must hold: everything the report names is on it, most of it folded away; it needs no network
and runs no script; its links lead to the things at
openstreetmap.org, for whoever has one; every text of the source is escaped.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from dispatcher.roads.importers.report import ImportReport, reasons
from dispatcher.roads.wording import many

# So much is seen at once; the rest is there, folded away.
FIRST_THINGS = 5
FIRST_ROWS = 25
SHORT_CHARS = 16
OSM = "https://www.openstreetmap.org"
OSM_KINDS = {"n": "node", "w": "way", "r": "relation"}
TAG = re.compile(r"<[^>]*>")
PLACE = re.compile(r"-?[\d.]+,-?[\d.]+")
OSM_ID = re.compile(r"\b([nwr])(\d+)\b")

STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--soft:#5d6b7a;--line:#dde3ea;--card:#fff;
--page:#f4f6f9;--bar:#3b82c4;--out:#c4763b;--warn:#fff3d6;--warn-ink:#6b4b00}
@media(prefers-color-scheme:dark){:root{--ink:#e4e9ef;--soft:#9aa8b7;--line:#303a46;
--card:#1b232c;--page:#12181f;--bar:#5b9ed8;--out:#d8935b;--warn:#3d3214;--warn-ink:#f3d58a}}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:960px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:26px;margin:0}h2{font-size:17px;margin:34px 0 10px}
p.sub,p.none,td.why{color:var(--soft)}p{margin:4px 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px;
margin:22px 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px}
.card b{display:block;font-size:22px}.card span{color:var(--soft);font-size:13px}
.warn{background:var(--warn);color:var(--warn-ink);border-radius:8px;padding:10px 14px;
margin:8px 0}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);
border-radius:10px}
th,td{text-align:left;padding:6px 12px;border-top:1px solid var(--line);vertical-align:top}
th{font-weight:600;font-size:13px;color:var(--soft);border-top:0}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;width:1%}
td.ids{font-size:13px;color:var(--soft);width:40%}td.m{white-space:nowrap}
td.wide{min-width:200px}td{overflow-wrap:anywhere}summary{cursor:pointer;color:var(--soft)}
table table{border:0}details table{margin-top:6px}
td.bar{width:20%}td.bar i{display:block;height:10px;border-radius:5px;background:var(--bar);
margin-top:6px}td.bar.out i{background:var(--out)}
a{color:inherit}ol{padding-left:22px}code{font-size:13px}
"""


def report_page(report: ImportReport) -> str:
    """The whole page."""
    title = escape(f"Map import: {report.source}")
    parts = [
        f"<h1>{title}</h1>",
        f'<p class="sub">{escape(report.source_format)} · site {escape(report.site)}</p>',
        *(f'<div class="warn">{escape(warning)}</div>' for warning in report.warnings),
        _cards(report),
        _section("What to do next", _list(report.next_steps)),
        _section("The site", _site(report)),
        _section("Left out, by reason", _bars(report.dropped, report.named, "out")),
        _section("Islands: on the map, and no robot drives there", _islands(report)),
        _section("One-way traps: a way in or out, but not both", _traps(report)),
        _section("Buildings without a stop", _unserved(report)),
        _section("Ways kept, by kind", _bars(report.kept, report.named)),
        _section("Gates and the like, with a wait", _bars(report.gates, report.named)),
        _section("Assumed, because the source does not say", _bars(report.notes, report.named)),
        _section("Perhaps a slip of the mapper's", _bars(report.suspects, report.named)),
        _section("Where ways end", _bars(_dead_ends(report), report.named)),
        _section("In the file, and outside the extract", _bars(report.beyond, report.named)),
        _section("Could not be taken", _bars(report.not_handled, report.named, "out")),
        _section("Made up: no source names it", _bars(report.generated, report.named)),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body><main>\n"
        + "\n".join(parts)
        + "\n</main></body></html>\n"
    )


def _dead_ends(report: ImportReport) -> dict[str, int]:
    return {"dead end": report.dead_ends} if report.dead_ends else {}


def _cards(report: ImportReport) -> str:
    islands_m = sum(island.length_m for island in report.islands)
    cards = [
        (f"{report.length_m / 1000:.1f} km", f"of way in {many(report.edges, 'edge')}"),
        (f"{report.stops:,}", "stops"),
        (
            f"{report.buildings_to_serve:,}",
            f"buildings to serve of {report.buildings:,}; {report.buildings_unsnapped:,} without",
        ),
        (f"{sum(report.gates.values()):,}", "gates and crossings"),
        (f"{len(report.islands):,}", f"islands, {islands_m / 1000:.1f} km"),
        (f"{sum(report.dropped.values()):,}", "ways left out"),
    ]
    if report.lived_in:
        served = f"{report.lived_in_served} of {report.lived_in}"
        cards.insert(2, (served, "buildings people live in have a stop"))
    inner = "".join(
        f'<div class="card"><b>{escape(value)}</b><span>{escape(what)}</span></div>'
        for value, what in cards
    )
    return f'<div class="cards">{inner}</div>'


def _site(report: ImportReport) -> str:
    rows = [
        ("Station", report.station, report.station_why),
        ("Time zone", report.timezone, report.timezone_why),
        ("Traffic keeps", report.traffic_keeps, report.traffic_why),
    ]
    return _table((), ([escape(cell) for cell in row] for row in rows))


def _section(title: str, body: str) -> str:
    return f"<h2>{escape(title)}</h2>\n{body}"


def _list(lines: Iterable[str]) -> str:
    return "<ol>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ol>"


def _bars(found: Mapping[str, int], named: Mapping[str, list[str]], look: str = "") -> str:
    if not found:
        return '<p class="none">none</p>'
    most = max(found.values())
    rows = "".join(
        f'<tr><td class="n">{count:,}</td><td>{escape(what)}</td>'
        f'<td class="bar {look}"><i style="width:{max(2, count * 100 // most)}%"></i></td>'
        f'<td class="ids">{_things(named.get(what, []), count)}</td></tr>'
        for what, count in found.items()
    )
    return f"<table>{rows}</table>"


def _things(things: Sequence[str], count: int) -> str:
    """All of them; where the report itself names fewer than it counts, that is said."""
    shown = ", ".join(map(_thing, things[:FIRST_THINGS]))
    rest = things[FIRST_THINGS:]
    if rest:
        shown += _folded(f"{len(rest):,} more", ", ".join(map(_thing, rest)))
    unnamed = count - len(things)
    return shown + (f"<br>and {unnamed:,} not named here" if things and unnamed > 0 else "")


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def _islands(report: ImportReport) -> str:
    return _table(
        ("island", "length", "where", "nearest gap", "why"),
        [
            [
                str(island.number),
                f"{island.length_m:,} m",
                _place(island.lat_deg, island.lon_deg),
                f"{island.gap_m:g} m {_place(island.gap_lat_deg, island.gap_lon_deg)}",
                _linked(island.why),
            ]
            for island in report.islands
        ],
    )


def _traps(report: ImportReport) -> str:
    return _table(
        ("length", "where", "why", "edges"),
        [
            [
                f"{trap.length_m:,} m",
                _place(trap.lat_deg, trap.lon_deg),
                escape(trap.why),
                _things(trap.edges, len(trap.edges)),
            ]
            for trap in report.traps
        ],
    )


def _unserved(report: ImportReport) -> str:
    why = _bars(reasons(report), {}, "out") if report.unserved else ""
    return why + _table(
        ("building", "where", "nearest road of the net", "why"),
        [
            [
                f"{escape(building.name)} ({_linked(building.id)})",
                _place(building.lat_deg, building.lon_deg),
                f"{building.gap_m:g} m",
                escape(building.why),
            ]
            for building in report.unserved
        ],
    )


def _table(heads: Iterable[str], rows: Iterable[list[str]]) -> str:
    """Cells are HTML already; a long table goes on in a fold."""
    body = ["<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows]
    if not body:
        return '<p class="none">none</p>'
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    head = f"<tr>{head}</tr>" if head else ""
    shown, rest = body[:FIRST_ROWS], body[FIRST_ROWS:]
    table = f"<table>{head}{''.join(shown)}</table>"
    if rest:
        table += _folded(f"{len(rest):,} more", f"<table>{head}{''.join(rest)}</table>")
    return table


def _cell(text: str) -> str:
    bare = TAG.sub("", text)
    look = "m" if len(bare) < SHORT_CHARS else "wide" if " " in bare else ""
    look = "m" if PLACE.fullmatch(bare) else look
    return f'<td class="{look}">{text}</td>' if look else f"<td>{text}</td>"


def _place(lat_deg: float, lon_deg: float) -> str:
    at = f"{lat_deg:.5f},{lon_deg:.5f}"
    where = f"{OSM}/?mlat={lat_deg:.5f}&amp;mlon={lon_deg:.5f}#map=19/{at.replace(',', '/')}"
    return f'<a href="{where}">{at}</a>'


def _thing(thing: str) -> str:
    """An OpenStreetMap id, as in `w12 at 50.1,8.2`, leading there; where it lies is its tip."""
    name, _, place = thing.partition(" at ")
    tip = f' title="{escape(place)}"' if place else ""
    return f"<span{tip}>{_linked(name)}</span>"


def _linked(text: str) -> str:
    """Every OpenStreetMap id in a text leads to the thing."""

    def link(found: re.Match[str]) -> str:
        return f'<a href="{OSM}/{OSM_KINDS[found[1]]}/{found[2]}">{found[0]}</a>'

    return OSM_ID.sub(link, escape(text))
