# SPDX-License-Identifier: Apache-2.0
"""Where two robots pass each other: every edge is wide or narrow for a robot.

What must hold: a person's word counts before a width, a width before a guess, and a guess errs to
narrow: taking a wide way for a narrow one costs time, the other way round two robots meet head on.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.drawn import DrawnEdge, incident
from robot_agent.campus import Edge

BORDER_GAP_MM = 1_000


class Passing(Struct, frozen=True):
    """`sure` False: only guessed; `why`: a person has `seen` it, by its `width`, or a `guess`."""

    wide: bool
    sure: bool
    why: str


def passing_of(edge: Edge, profile: RobotProfile) -> Passing:
    """What the facts of one edge say; `passings` also sees whether it is long enough."""
    if edge.passing and edge.passing_from == "seen":
        return Passing(edge.passing == "wide", sure=True, why="seen")
    if edge.width_mm:
        # A width beside a guess was guessed too, from lanes; it may not make a narrow way wide.
        guessed = edge.passing_from == "guess"
        wide = edge.width_mm >= profile.min_passing_mm
        if guessed and edge.passing == "narrow":
            wide = False
        return Passing(wide, sure=not guessed, why="guess" if guessed else "width")
    return Passing(edge.passing == "wide", sure=False, why="guess")


def border_mm(profile: RobotProfile) -> int:
    """How far outside a narrow part its border lies: whoever has passed it is out with its tail."""
    return profile.length_mm + BORDER_GAP_MM


def passings(drawn: Mapping[str, DrawnEdge], profile: RobotProfile) -> dict[str, Passing]:
    """Every edge as drawn. A wide one that meets a narrow one and is too short to hold a waiting
    robot between two borders is narrow; and so on, until none is left.
    """
    found = {key: passing_of(one.edge, profile) for key, one in drawn.items()}
    least_mm = 2 * border_mm(profile) + profile.length_mm
    at = incident(drawn)
    short = [key for key, one in drawn.items() if one.line_mm < least_mm and found[key].wide]
    while short:
        squeezed = [
            key
            for key in short
            if any(
                not found[other].wide
                for node in (drawn[key].edge.from_node, drawn[key].edge.to_node)
                for other, _ in at[node]
                if drawn[other].directions
            )
        ]
        if not squeezed:
            break
        for key in squeezed:
            found[key] = msgspec.structs.replace(found[key], wide=False)
        short = [key for key in short if found[key].wide]
    return found
