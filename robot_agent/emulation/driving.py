# SPDX-License-Identifier: Apache-2.0
"""The emulated navigator: follows a path with acceleration and braking, as it is told.

What must hold: a stretch is passed once, at the exact ms; a path that replaces another while
driving is taken up at speed; nothing moves while the emergency stop is pressed or something stands
in the way.
"""

import math
from functools import lru_cache
from itertools import pairwise

from robot_agent.core.events import Follow, Passed, Points, Stopped, Stretch
from robot_agent.emulation.sharing import KEPT, shared_line
from robot_agent.emulation.speed import braking, phases_over, reached_ms
from robot_agent.emulation.truth import BodyParams, Drive, Piece, TimedEvent, Truth

BEND_MARK = "~"
E_STOP_BRAKES = 2
"""So many times the usual deceleration."""
UPHILL_SLOWS = 4
DOWNHILL_SLOWS = 2
LEAST_SPEED_MM_S = 50


def is_moving(truth: Truth) -> bool:
    """Whether its wheels turn."""
    return truth.drive is not None and bool(truth.drive.phases)


def due_ms(truth: Truth) -> int | None:
    """When the next stretch ends or it comes to a stand."""
    drive = truth.drive
    if drive is None or not drive.phases:
        return None
    dues = [] if drive.stop_ms is None else [drive.stop_ms]
    if drive.ends_ms:
        dues.append(drive.ends_ms[0])
    return min(dues, default=None)


def driven_mm(truth: Truth, now_ms: int) -> int:
    """How far along the present piece."""
    drive = truth.drive
    if drive is None or not drive.phases or not drive.pieces:
        return 0
    for phase in drive.phases:
        if now_ms < phase.end_ms:
            return max(0, phase.place_mm(max(now_ms, phase.start_ms)) - drive.passed_mm)
    return drive.phases[-1].end_mm - drive.passed_mm


def speed_mm_s(truth: Truth, now_ms: int) -> int:
    """How fast it is."""
    if truth.drive is not None:
        for phase in truth.drive.phases:
            if now_ms < phase.end_ms:
                return phase.speed_at(max(now_ms, phase.start_ms))
    return 0


def rise_permille(truth: Truth) -> int:
    """Of the present piece."""
    drive = truth.drive
    return drive.pieces[0].rise_permille if drive is not None and drive.pieces else 0


def pose(truth: Truth, now_ms: int) -> tuple[int, int, int]:
    """x_mm, y_mm, heading_mrad: where it really is."""
    drive = truth.drive
    if drive is None or not drive.phases or not drive.pieces:
        return truth.x_mm, truth.y_mm, truth.heading_mrad
    piece = drive.pieces[0]
    points, segments = piece.points, _segments_mm(piece.points)
    drawn_mm = sum(segments)
    rest = driven_mm(truth, now_ms) * drawn_mm // piece.length_mm if piece.length_mm else 0
    for at, segment in enumerate(segments):
        if rest < segment:
            (x0, y0), (x1, y1) = points[at : at + 2]
            x_mm, y_mm = x0 + (x1 - x0) * rest // segment, y0 + (y1 - y0) * rest // segment
            return x_mm, y_mm, _heading_mrad(points[at], points[at + 1])
        rest -= segment
    x_mm, y_mm = points[-1] if segments else (truth.x_mm, truth.y_mm)
    return x_mm, y_mm, _last_heading_mrad(points, truth.heading_mrad)


def follow(order: Follow, truth: Truth, params: BodyParams, now_ms: int) -> None:
    """Takes the path up from where it is, at the speed it has."""
    speed = speed_mm_s(truth, now_ms)
    _stand_at(truth, now_ms)
    here = (truth.x_mm, truth.y_mm)
    pieces = [_piece(one, params) for one in order.stretches]
    if pieces:
        pieces[0] = _rest_of(pieces[0], here)
    truth.path_id = order.path_id
    truth.drive = Drive(order.path_id, 0, pieces)
    truth.changed()
    _go(truth, params, speed, now_ms)


def resume(truth: Truth, params: BodyParams, now_ms: int) -> None:
    """Goes on along the path."""
    drive = truth.drive
    if drive is None or (drive.phases and drive.stop_ms is None):
        return
    speed = speed_mm_s(truth, now_ms)
    _cut(truth, now_ms)
    _go(truth, params, speed, now_ms)


def brake(
    truth: Truth, params: BodyParams, now_ms: int, *, answers: bool, forget: bool, hard: bool
) -> list[TimedEvent]:
    """Stands as soon as it can; `answers`: and says so then."""
    drive = truth.drive
    if drive is None or not drive.phases:
        if drive is not None and forget:
            truth.drive = None
        truth.changed()
        return [(now_ms, Stopped(truth.path_id))] if answers else []
    speed = speed_mm_s(truth, now_ms)
    answers, forget = answers or drive.answers, forget or drive.forget
    if drive.stop_ms is None or hard:
        _cut(truth, now_ms)
        rate = params.deceleration_mm_s2 * (E_STOP_BRAKES if hard else 1)
        total_mm = sum(piece.length_mm for piece in drive.pieces)
        phase = braking(0, speed, rate, total_mm, now_ms)
        drive.phases, drive.stop_ms, drive.ends_ms = [phase], phase.end_ms, []
        end_mm = 0
        for piece in drive.pieces:
            end_mm += piece.length_mm
            if end_mm > phase.end_mm:
                break
            drive.ends_ms.append(reached_ms(phase, end_mm))
    drive.answers, drive.forget = answers, forget
    truth.changed()
    return []


def reach(truth: Truth, now_ms: int) -> list[TimedEvent]:
    """What is due on the way now: a stretch is passed, or it stands."""
    drive = truth.drive
    if drive is None or not drive.phases:
        return []
    events: list[TimedEvent] = []
    if drive.ends_ms and drive.ends_ms[0] <= now_ms:
        events.append((now_ms, Passed(drive.path_id, drive.first)))
        _arrive(truth, drive, now_ms)
    elif drive.stop_ms is not None and drive.stop_ms <= now_ms:
        _cut(truth, now_ms)
        drive.stop_ms = None
        if drive.answers:
            events.append((now_ms, Stopped(drive.path_id)))
        if drive.forget:
            truth.drive = None
        drive.answers = drive.forget = False
    truth.changed()
    return events


def abandon(truth: Truth, now_ms: int) -> None:
    """Nobody was there to be told of a stretch's end: it stands before it, without a path."""
    drive = truth.drive
    if drive is not None and drive.ends_ms:
        now_ms = min(now_ms, drive.ends_ms[0] - 1)
    _stand_at(truth, now_ms)
    truth.drive = None
    truth.changed()


def _go(truth: Truth, params: BodyParams, speed: int, now_ms: int) -> None:
    drive = truth.drive
    assert drive is not None
    drive.stop_ms, drive.answers, drive.forget, drive.passed_mm = None, False, False, 0
    if not drive.pieces or truth.blocked or truth.e_stop != "NONE":
        drive.phases, drive.ends_ms = [], []
        return
    drive.phases, drive.ends_ms = phases_over(
        [piece.length_mm for piece in drive.pieces],
        [piece.limit_mm_s for piece in drive.pieces],
        speed,
        params.acceleration_mm_s2,
        params.deceleration_mm_s2,
        now_ms,
    )
    if not drive.phases:  # All of it is where it stands: to be passed, one after the other.
        at = braking(0, 0, params.deceleration_mm_s2, 0, now_ms)
        drive.phases = [at]
    truth.changed()


def _arrive(truth: Truth, drive: Drive, now_ms: int) -> None:
    """At the end of the present piece; what is behind is forgotten."""
    piece = drive.pieces.pop(0)
    truth.heading_mrad = _last_heading_mrad(piece.points, truth.heading_mrad)
    truth.x_mm, truth.y_mm = piece.points[-1]
    truth.paid_mm = 0
    drive.first += 1
    drive.ends_ms.pop(0)
    drive.passed_mm += piece.length_mm
    while len(drive.phases) > 1 and drive.phases[0].end_ms <= now_ms:
        drive.phases.pop(0)
    if not drive.pieces:
        if piece.heading_mrad is not None:
            truth.heading_mrad = piece.heading_mrad
        # A stand that was asked for is still to be answered.
        if drive.stop_ms is None:
            drive.phases, drive.ends_ms = [], []


def _stand_at(truth: Truth, now_ms: int) -> None:
    truth.x_mm, truth.y_mm, truth.heading_mrad = pose(truth, now_ms)
    truth.paid_mm = 0


def _cut(truth: Truth, now_ms: int) -> None:
    """The path from here on: what is passed is left out, the present piece shortened."""
    drive = truth.drive
    assert drive is not None
    gone_mm = driven_mm(truth, now_ms)
    _stand_at(truth, now_ms)
    drive.passed_mm = 0
    if drive.pieces:
        first = drive.pieces[0]
        drive.pieces[0] = Piece(
            _points_from(first.points, (truth.x_mm, truth.y_mm)),
            max(0, first.length_mm - gone_mm),
            first.limit_mm_s,
            first.rise_permille,
            first.heading_mrad,
        )
    drive.phases, drive.ends_ms = [], []


def _piece(stretch: Stretch, params: BodyParams) -> Piece:
    rise = _rise_permille(stretch, params)
    limit = min(params.speed_mm_s, max(LEAST_SPEED_MM_S, stretch.speed_mm_s))
    slows = UPHILL_SLOWS * rise if rise > 0 else -DOWNHILL_SLOWS * rise
    return Piece(
        shared_line(stretch.points),
        max(0, stretch.length_mm),
        max(LEAST_SPEED_MM_S, limit * 1000 // (1000 + slows)),
        rise,
        stretch.heading_mrad,
    )


def _rise_permille(stretch: Stretch, params: BodyParams) -> int:
    """Along the way as driven; a part of an edge between two bends has its edge's."""
    edge, _, __ = stretch.edge_id.partition(BEND_MARK)
    incline = params.inclines.get(edge)
    if incline is None:
        return 0
    low = (incline.from_x_mm, incline.from_y_mm)
    ahead = math.dist(stretch.points[0], low) <= math.dist(stretch.points[-1], low)
    return incline.permille if ahead else -incline.permille


def _rest_of(piece: Piece, here: tuple[int, int]) -> Piece:
    """What is left of a stretch for a body that is somewhere on it, or drives up to it first."""
    points = _points_from(piece.points, here)
    drawn_mm = _drawn_mm(piece.points)
    rest_mm = _drawn_mm(points)
    length_mm = rest_mm if drawn_mm == 0 else rest_mm * piece.length_mm // drawn_mm
    if length_mm == 0 and piece.length_mm and drawn_mm == 0:
        length_mm = piece.length_mm
    return Piece(points, length_mm, piece.limit_mm_s, piece.rise_permille, piece.heading_mrad)


def _points_from(points: Points, here: tuple[int, int]) -> Points:
    """The line from the point of it that is nearest to `here` on, with `here` before it."""
    if len(points) == 1:
        return (here, points[0])
    ends = range(1, len(points))
    nearest = min(ends, key=lambda end: _distance_to(here, points[end - 1], points[end]))
    return (here, *points[nearest:])


def _distance_to(here: tuple[int, int], start: tuple[int, int], end: tuple[int, int]) -> float:
    (x0, y0), (x1, y1) = start, end
    square = (x1 - x0) ** 2 + (y1 - y0) ** 2
    if square == 0:
        return math.dist(here, start)
    along = ((here[0] - x0) * (x1 - x0) + (here[1] - y0) * (y1 - y0)) / square
    along = max(0.0, min(1.0, along))
    return math.dist(here, (x0 + along * (x1 - x0), y0 + along * (y1 - y0)))


def _drawn_mm(points: Points) -> int:
    return sum(_segments_mm(points))


@lru_cache(maxsize=KEPT)
def _segments_mm(points: Points) -> tuple[int, ...]:
    return tuple(_distance_mm(start, end) for start, end in pairwise(points))


def _heading_mrad(start: tuple[int, int], end: tuple[int, int]) -> int:
    return round(1000 * math.atan2(end[1] - start[1], end[0] - start[0]))


def _last_heading_mrad(points: Points, before_mrad: int) -> int:
    """At the end of a line, for somebody who came to its start with `before_mrad`."""
    for start, end in pairwise(reversed(points)):
        if start != end:
            return _heading_mrad(end, start)
    return before_mrad


def _distance_mm(start: tuple[int, int], end: tuple[int, int]) -> int:
    return math.isqrt((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2)
