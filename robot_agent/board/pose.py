# SPDX-License-Identifier: Apache-2.0
"""Where the robot is, from its wheels' ticks, and on the disk so that it is known over a restart.

What must hold: the pose and the ticks that it was true at are written together, so an agent that
starts again goes on from what the wheels have done meanwhile; where the board was reset, the robot
was lifted, or the wheels say what cannot be, the last pose is not trusted until somebody says that
it stands there.
"""

import math
from collections.abc import Callable
from pathlib import Path

import msgspec

from robot_agent.board.drive_messages import DriveFacts
from robot_agent.core.events import SetPosition

SAVE_EACH_MS = 1_000
MAX_UNSEEN_MM = 3_000.0
"""One arc says well enough what the wheels did on so short a way that nobody watched."""
SPARE_MM = 150.0
SPARE_SPEED = 1.5
"""What a wheel may do beyond its speed limit and still be believed."""
LATE_MM = 2_500.0
"""Ticks may be told late, all at once, where the pins come over a line of their own."""
MINUTE_MS = 60_000
CLOCK_MS = 10_000
"""So far the board's clock may be behind the agent's over a gap: then it was never stopped."""
BOOT_CAUSES = ("power_on", "brown_out", "watchdog", "reset", "memory_lost")


class Pose(msgspec.Struct, frozen=True):
    """In the map's frame; the heading counter-clockwise from its x axis, not wrapped."""

    x_mm: float = 0.0
    y_mm: float = 0.0
    heading_rad: float = 0.0


class KeptPose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On the disk. The ticks are those of the board `unique_id` in its start `boot_count`, when its
    clock stood at about `t_ms`; `cause`: what it stood for. A board that has lost its memory counts
    its starts anew: then these two tell another start."""

    pose: Pose
    known: bool
    trusted: bool
    left_ticks: int
    right_ticks: int
    boot_count: int
    unique_id: str
    t_ms: int | None = None
    cause: str = ""


class PoseKeeper:
    """`start`: where it is put down the first time ever; None: nobody knows."""

    def __init__(
        self, file: Path, start: SetPosition | None, complain: Callable[[str], None]
    ) -> None:
        self._file = file
        self._complain = complain
        self._saved: KeptPose | None = None
        self.pose, self._known, self.trusted = _pose_of(start), start is not None, start is not None
        kept: KeptPose | None = None
        try:
            kept = self._saved = msgspec.json.decode(file.read_bytes(), type=KeptPose)
            self.pose, self._known, self.trusted = kept.pose, kept.known, kept.trusted
        except FileNotFoundError:
            # The first time ever.
            pass
        except (OSError, msgspec.MsgspecError) as error:
            self._known = self.trusted = False
            complain(f"{file}: cannot be read ({error}): nobody knows where the robot is")
        self._ticks = (kept.left_ticks, kept.right_ticks) if kept is not None else None
        self._board = (kept.boot_count, kept.unique_id) if kept is not None else None
        self._said_ms = kept.t_ms if kept is not None else None
        self._cause = kept.cause if kept is not None else ""
        self._heard_ms: int | None = None
        self._passed_ms: int | None = None
        self._untold_mm = 0.0
        self._is_reopened = False
        self._saved_ms: int | None = None
        self._was_standing = False

    def opened(self, boot_count: int, unique_id: str) -> bool:
        """Whose ticks come now, and since which start; whether that is known to be another."""
        board = (boot_count, unique_id)
        is_another = self._board is not None and board != self._board
        if is_another:
            self._start_anew()
        self._board = board
        self._is_reopened = True
        return is_another

    def reported(self, t_ms: int, now_ms: int, cause: str) -> bool:
        """The board's clock, the agent's, and what it stands for, before `moved` in each report;
        whether they tell a start that was not counted."""
        passed_ms = None if self._said_ms is None else _wrapped(t_ms - self._said_ms)
        is_another = False
        if self._is_reopened and passed_ms is not None:
            is_booted = cause in BOOT_CAUSES and cause != self._cause
            is_another = is_booted or self._was_restarted(passed_ms, now_ms)
        if is_another:
            self._start_anew()
            passed_ms = None
        self._is_reopened = False
        self._passed_ms, self._said_ms, self._heard_ms = passed_ms, t_ms, now_ms
        self._cause = cause
        return is_another

    def moved(self, left_ticks: int, right_ticks: int, facts: DriveFacts) -> None:
        """What the encoders say now; they wrap at 32 bits."""
        before, self._ticks = self._ticks, (left_ticks, right_ticks)
        if before is None:
            return
        left_mm, right_mm = (
            _wrapped(now - then) * 1_000 / facts.ticks_per_m
            for now, then in zip(self._ticks, before, strict=True)
        )
        limit_mm, rolled_mm = MAX_UNSEEN_MM, max(abs(left_mm), abs(right_mm))
        if self._passed_ms is not None:
            driven_mm = max(0, self._passed_ms) * facts.speed_limit_mm_s / 1_000
            self._untold_mm = min(LATE_MM, self._untold_mm + SPARE_SPEED * driven_mm)
            limit_mm = min(limit_mm, self._untold_mm + SPARE_MM)
            self._untold_mm = max(0.0, self._untold_mm - rolled_mm)
        if rolled_mm > limit_mm:
            self.doubt()
        elif left_mm or right_mm:
            self.pose = along_arc(self.pose, left_mm, right_mm, facts.track_mm)

    def doubt(self) -> None:
        """It may stand anywhere, until somebody says where."""
        if self.trusted:
            self.trusted = False
            self._saved_ms = None

    def place(self, here: SetPosition) -> None:
        """Somebody says that it is here."""
        self.pose, self._known, self.trusted = _pose_of(here), True, True

    def trust(self) -> None:
        """Somebody says that it is where it says, if it says anything."""
        self.trusted = self._known

    def save(self, now_ms: int, is_standing: bool) -> None:
        """Where due: each second while it moves, and when it has come to stand."""
        stands_now = is_standing and not self._was_standing
        self._was_standing = is_standing
        is_due = self._saved_ms is None or now_ms - self._saved_ms >= SAVE_EACH_MS
        if self._board is None or self._ticks is None or not (is_due or stands_now):
            return
        kept = KeptPose(
            self.pose,
            self._known,
            self.trusted,
            *self._ticks,
            *self._board,
            self._said_ms,
            self._cause,
        )
        if kept == self._with_clock_of(self._saved, kept):
            return
        self._saved_ms = now_ms
        half = self._file.with_suffix(".new")
        try:
            # Not forced to the disk: that would hold up the wheels. An older one is as true, for
            # its ticks are of its own time.
            half.write_bytes(msgspec.json.encode(kept))
            half.replace(self._file)
            self._saved = kept
        except OSError as error:
            self._complain(f"{self._file}: cannot be written: {error.strerror or error}")

    def _start_anew(self) -> None:
        """The ticks are another start's."""
        self.doubt()
        self._ticks = self._said_ms = None

    def _was_restarted(self, passed_ms: int, now_ms: int) -> bool:
        if passed_ms < 0:
            return True
        return self._heard_ms is not None and now_ms - self._heard_ms - passed_ms > CLOCK_MS

    def _with_clock_of(self, saved: KeptPose | None, kept: KeptPose) -> KeptPose | None:
        """A clock that has gone on for less than a minute is not worth a write."""
        if saved is None or saved.t_ms is None or kept.t_ms is None:
            return saved
        is_near = 0 <= _wrapped(kept.t_ms - saved.t_ms) < MINUTE_MS
        return msgspec.structs.replace(saved, t_ms=kept.t_ms) if is_near else saved


def along_arc(pose: Pose, left_mm: float, right_mm: float, track_mm: float) -> Pose:
    """After both wheels have rolled so far, each at an even speed."""
    mean_mm, turn_rad = (left_mm + right_mm) / 2, (right_mm - left_mm) / track_mm
    # The chord of the arc: its length by the half angle, which is smooth at 0.
    half_rad = turn_rad / 2
    chord_mm = mean_mm * (math.sin(half_rad) / half_rad if half_rad else 1.0)
    towards_rad = pose.heading_rad + half_rad
    return Pose(
        pose.x_mm + chord_mm * math.cos(towards_rad),
        pose.y_mm + chord_mm * math.sin(towards_rad),
        pose.heading_rad + turn_rad,
    )


def _pose_of(here: SetPosition | None) -> Pose:
    if here is None:
        return Pose()
    return Pose(float(here.x_mm), float(here.y_mm), here.heading_mrad / 1_000)


def _wrapped(ticks: int) -> int:
    return (ticks + (1 << 31)) % (1 << 32) - (1 << 31)
