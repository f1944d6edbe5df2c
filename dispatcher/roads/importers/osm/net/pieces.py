# SPDX-License-Identifier: Apache-2.0
"""Ways cut into pieces where something meets or stands, and pieces joined into edges.

What must hold: nobody passes a closed node; joining keeps every bend and never hides a change of
what holds on the way; an id follows from the way and the two nodes between which a piece lies, so
that an edit elsewhere renames nothing here.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable

import msgspec
from msgspec import Struct

from dispatcher.roads.importers.osm.net.net import RoadNet, Stretch, ref_of
from dispatcher.roads.importers.osm.rules.rules import WayFacts


class Run(Struct, frozen=True):
    """Consecutive nodes of a way or of an area's rim, all of them known; as drawn."""

    source: str
    refs: tuple[int, ...]
    facts: WayFacts


def ends_at(runs: Iterable[Run]) -> Counter[int]:
    """How many ends of way meet at each node; a way that runs through a node has two there."""
    ends: Counter[int] = Counter()
    for run in runs:
        for ref in run.refs:
            ends[ref] += 2
        ends[run.refs[0]] -= 1
        ends[run.refs[-1]] -= 1
    return ends


def pieces_of(
    run: Run, ends: Counter[int], fixed: Container[str], closed: Callable[[int, Run], bool]
) -> list[Stretch]:
    """Cuts a run at joints and barriers. A closed node becomes a dead end of its own each side."""
    pieces: list[Stretch] = []
    refs = run.refs
    current = [_end_name(run, 0, 1, closed)]
    for index in range(1, len(refs)):
        name = _end_name(run, index, index - 1, closed)
        current.append(name)
        last = index == len(refs) - 1
        shut = name != f"n{refs[index]}"
        # A way that meets itself has four ends or more there, so it is cut as well.
        if not (last or shut or ends[refs[index]] != 2 or name in fixed):
            continue
        pieces.append(_directed(run, tuple(current)))
        if not last:
            current = [_end_name(run, index, index + 1, closed)]
    return pieces


def turned(piece: Stretch) -> Stretch:
    """The same piece told from its other end; only what may be driven both ways."""
    return msgspec.structs.replace(
        piece, nodes=piece.nodes[::-1], facts=_downhill(piece.facts, piece.facts.oneway)
    )


def contracted(pieces: list[Stretch], net: RoadNet) -> list[Stretch]:
    """Pieces of no length taken out, their two ends made one, so that nothing is cut apart."""
    alias: dict[str, str] = {}

    def end_of(node: str) -> str:
        while node in alias:
            node = alias[node]
        return node

    for piece in pieces:
        start, end = end_of(piece.start), end_of(piece.end)
        if net.length_mm(piece) == 0 and start != end:
            keep, drop = sorted((start, end), key=lambda node: (node not in net.barriers, node))
            alias[drop] = keep
    return [
        msgspec.structs.replace(piece, nodes=tuple(end_of(node) for node in piece.nodes))
        for piece in pieces
        if net.length_mm(piece) > 0
    ]


def joined(pieces: list[Stretch], fixed: Container[str]) -> list[Stretch]:
    """Joins pieces at nodes where nothing meets and nothing changes; names what comes out."""
    at: dict[str, list[int]] = {}
    for number, piece in enumerate(pieces):
        at.setdefault(piece.start, []).append(number)
        at.setdefault(piece.end, []).append(number)
    used: set[int] = set()

    def onward(piece: Stretch, number: int, forward: bool) -> tuple[int, Stretch] | None:
        """The piece after this one (or before it), told in the same direction."""
        node = piece.end if forward else piece.start
        both = at[node]
        if node in fixed or len(both) != 2 or both[0] == both[1]:
            return None
        other = both[0] if both[1] == number else both[1]
        found = pieces[other]
        if (found.start if forward else found.end) != node:
            if found.facts.oneway != "no":
                return None
            found = turned(found)
        if other in used or (found.facts, found.made) != (piece.facts, piece.made):
            return None
        return other, found

    edges: list[Stretch] = []
    for number in sorted(range(len(pieces)), key=lambda one: _rank(pieces[one], one)):
        if number in used:
            continue
        used.add(number)
        chain = [pieces[number]]
        for forward in (True, False):
            here = number
            while chain[0].start != chain[-1].end:
                found = onward(chain[-1 if forward else 0], here, forward)
                if found is None:
                    break
                here, piece = found
                used.add(here)
                chain.insert(len(chain) if forward else 0, piece)
        nodes = chain[0].nodes + tuple(node for piece in chain[1:] for node in piece.nodes[1:])
        edges.append(msgspec.structs.replace(pieces[number], nodes=nodes))
    return _named(edges)


def _named(edges: list[Stretch]) -> list[Stretch]:
    by_name: dict[str, list[Stretch]] = {}
    for edge in edges:
        mark = "x" if edge.made else ""
        name = f"{edge.source}{mark}-{ref_of(edge.start)}-{ref_of(edge.end)}"
        by_name.setdefault(name, []).append(edge)
    named: list[Stretch] = []
    for name, same in by_name.items():
        # Two ways of one way between the same two nodes: told apart by where they lie.
        for number, edge in enumerate(sorted(same, key=lambda one: one.nodes)):
            edge_id = name if number == 0 else f"{name}-{number + 1}"
            named.append(msgspec.structs.replace(edge, id=edge_id))
    return sorted(named, key=lambda one: one.id)


def _rank(piece: Stretch, number: int) -> tuple[bool, int, int]:
    return piece.source[0] != "w", int(piece.source[1:]), number


def _end_name(run: Run, index: int, towards: int, closed: Callable[[int, Run], bool]) -> str:
    """A node; where it is closed, the dead end on the side of a neighbour."""
    ref = run.refs[index]
    return f"n{ref}-{run.source}-{run.refs[towards]}" if closed(ref, run) else f"n{ref}"


def _directed(run: Run, nodes: tuple[str, ...]) -> Stretch:
    """A one-way street is turned so that it is driven along its nodes."""
    if run.facts.oneway != "backward":
        return Stretch("", run.facts, nodes, run.source)
    return Stretch("", _downhill(run.facts, "forward"), nodes[::-1], run.source)


def _downhill(facts: WayFacts, oneway: str) -> WayFacts:
    return msgspec.structs.replace(facts, oneway=oneway, incline_permille=-facts.incline_permille)
