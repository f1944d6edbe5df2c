# SPDX-License-Identifier: Apache-2.0
"""One running site: the only place where events enter the core and effects leave it.

What must hold: an event gets its time here, is decided, recorded, and only once the record is on
disk are its effects performed, in the order of records. Everything runs on one asyncio loop;
only the journal's writer is a thread. If the core raises, the site is frozen: the event is recorded
as raised, the state is rebuilt up to the event before, and nothing is released any more.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from dispatcher.config import LimitsSection
from dispatcher.core.effects import Answer, AskPlanner, Effect
from dispatcher.core.events import (
    AreaClosed,
    AreaReopened,
    Event,
    HandoverReleased,
    ParcelAnnounced,
    ParcelCancelled,
    ParcelDeclared,
    RobotHeld,
    RobotReleased,
    RobotRevoked,
    SiteConfigured,
    WaitExtended,
)
from dispatcher.core.record import HASH_EVERY, make_record
from dispatcher.core.site import SiteSpec
from dispatcher.planner.problem import Matrices, Problem, matrices_of
from dispatcher.planner.solution import Solution
from dispatcher.service.intake_queue import IntakeQueue
from dispatcher.service.journal import Journal, Snapshot
from dispatcher.service.journal_writer import JournalWriter, end_process
from dispatcher.service.opening import Restored, rebuild

Request = (
    ParcelAnnounced
    | ParcelCancelled
    | ParcelDeclared
    | RobotHeld
    | RobotReleased
    | RobotRevoked
    | HandoverReleased
    | WaitExtended
    | AreaClosed
    | AreaReopened
)

EVENTS_AT_A_TIME: Final = 100
"""After so many events the loop gets its turn: for the API, and for what is on the disk."""


STOP_ROUNDS_MAX: Final = 500
STOP_ROUND_S: Final = 0.01


class PlanTask(msgspec.Struct, frozen=True):
    """What a planner is asked, taken from the state that asked."""

    problem: Problem
    matrices: Matrices
    live: Solution


class Performer(Protocol):
    """Does what was decided."""

    def perform(self, effects: Sequence[Effect], tasks: Mapping[str, PlanTask]) -> None:
        """Do these, in order. `tasks` belongs to the `AskPlanner`s among them, by id."""


class Clock(Protocol):
    """Where the time comes from."""

    def now_ms(self) -> int:
        """Site time; never smaller than before."""


class _Decided(msgspec.Struct, frozen=True):
    seq: int
    effects: tuple[Effect, ...]
    tasks: dict[str, PlanTask]


class SiteRunner:
    """The life of one site between `start` and `stop`, on the loop that made it."""

    def __init__(
        self,
        journal: Journal,
        restored: Restored,
        clock: Clock,
        limits: LimitsSection,
        log: Callable[[str], None],
        on_failure: Callable[[Exception], None] = end_process,
    ) -> None:
        self.dispatcher = restored.dispatcher
        self.frozen = f"event {restored.fault.seq}: {restored.fault.text}" if restored.fault else ""
        self.handled = 0
        self._base = restored.base
        self._since = restored.since
        self._clock = clock
        self._limits = limits
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._queue = IntakeQueue(limits.events_queued)
        self._seq = self._committed_seq = journal.last_seq
        self._chain = journal.chain
        self._undone: deque[_Decided] = deque()
        self._callers: dict[str, asyncio.Future[Answer]] = {}
        self._performer: Performer | None = None
        self._draining = False
        self._open = self._ended = False
        self._writer = JournalWriter(
            journal.path,
            on_commit=lambda seq: self._on_loop(self._committed, seq),
            on_failure=on_failure,
            records_per_commit=limits.records_per_commit,
            snapshots_kept=limits.snapshots_kept,
        )

    @property
    def queued(self) -> int:
        """Events that wait to be decided."""
        return len(self._queue)

    @property
    def shed(self) -> int:
        """Events that found the queue full and were folded into an earlier one or dropped."""
        return self._queue.shed

    @property
    def uncommitted(self) -> int:
        """Decided events that are not on the disk yet."""
        return len(self._undone)

    @property
    def last_seq(self) -> int:
        """The number of the last record."""
        return self._seq

    def start(self, performer: Performer, spec: SiteSpec) -> None:
        """Open the doors: take the site's description where it is new, do what is owed."""
        self._performer = performer
        self._open = True
        if self.frozen:
            self._log(f"the site is frozen by {self.frozen}")
            return
        known = self.dispatcher.state.site
        self._queue.put(SiteConfigured(spec))
        self._drain()
        if known is not None and not self.frozen:
            self._owe()

    def offer(self, event: Event) -> None:
        """Take an event that nobody waits for. When the queue is full it is folded or shed."""
        if not self._ended and not self.frozen:
            self._queue.put(event)
            self._schedule()

    async def ask(self, event: Request, timeout_s: float) -> Answer:
        """Take a request and wait until its answer is on the disk; 503 where it cannot be."""
        refusal = self._refusal()
        if refusal:
            return Answer(request=event.request, status=503, text=refusal)
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._callers[event.request] = future
        self._queue.put(event)
        self._schedule()
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            text = "no answer in time; the request may still be carried out"
            return Answer(request=event.request, status=503, text=text)
        finally:
            self._callers.pop(event.request, None)

    async def stop(self) -> None:
        """Refuse new requests, decide and do what waits, write a snapshot, end the writer."""
        self._open = False
        for _ in range(STOP_ROUNDS_MAX):
            if self.frozen or not (self._undone or len(self._queue)):
                break
            self._drain()
            await asyncio.sleep(STOP_ROUND_S)
        self._ended = True
        if not self.frozen and self._seq >= 0:
            self._take_snapshot()
        await self._loop.run_in_executor(None, self._writer.close)

    def _owe(self) -> None:
        """Do again what was decided before the restart and may not have been done."""
        decided = [effect for undone in self._undone for effect in undone.effects]
        owed = self.dispatcher.outstanding(self._clock.now_ms())
        rest = tuple(effect for effect in owed if effect not in decided)
        # Behind what was just decided: it goes out when that record is on the disk.
        self._undone.append(_Decided(self._seq, rest, self._tasks(rest)))
        self._committed(self._committed_seq)

    def _refusal(self) -> str:
        if self.frozen:
            return f"the site is frozen: {self.frozen}"
        if not self._open:
            return "the daemon is starting or stopping"
        return "too many events wait" if self._queue.is_full else ""

    def _schedule(self) -> None:
        if not self._draining:
            self._draining = True
            self._loop.call_soon(self._drain)

    def _drain(self) -> None:
        """Decide some of what waits; what is left goes on in the loop's next turn."""
        self._draining = False
        for _ in range(EVENTS_AT_A_TIME):
            if not len(self._queue) or len(self._undone) >= self._limits.steps_uncommitted:
                break
            self._decide(self._queue.take())
            if self.frozen:
                return
        if len(self._queue) and len(self._undone) < self._limits.steps_uncommitted:
            self._schedule()

    def _decide(self, event: Event) -> None:
        now_ms = self._clock.now_ms()
        try:
            effects = tuple(self.dispatcher.handle(event, now_ms))
            tasks = self._tasks(effects)
        except Exception as error:  # noqa: BLE001 - whatever it is, it froze this site alone
            self._freeze(event, now_ms, error)
            return
        self.handled += 1
        seq = self._record(event, now_ms, effects)
        self._since.append((now_ms, event))
        self._undone.append(_Decided(seq, effects, tasks))
        if seq - (self._base.seq if self._base else -1) >= self._limits.snapshot_every_records:
            self._take_snapshot()

    def _record(
        self, event: Event, now_ms: int, effects: tuple[Effect, ...], raised: str = ""
    ) -> int:
        seq = self._seq + 1
        with_hash = seq % HASH_EVERY == 0 and not raised
        record = make_record(
            seq,
            now_ms,
            event,
            effects,
            self._chain,
            state_hash=self.dispatcher.state_hash() if with_hash else "",
            raised=raised,
        )
        self._seq, self._chain = seq, record.chain
        self._writer.append(record)
        return seq

    def _tasks(self, effects: Sequence[Effect]) -> dict[str, PlanTask]:
        """Taken at once: the next event may change the state before the planner is asked."""
        asks = [effect.id for effect in effects if isinstance(effect, AskPlanner)]
        if not asks:
            return {}
        core = self.dispatcher
        problem = core.problem()
        task = PlanTask(problem, matrices_of(problem, core.roads_ahead), core.live_plan(problem))
        return dict.fromkeys(asks, task)

    def _take_snapshot(self) -> None:
        state = self.dispatcher.snapshot()
        now_ms, state_hash = self._clock.now_ms(), self.dispatcher.state_hash()
        self._base = Snapshot(self._seq, now_ms, state, state_hash)
        self._since = []
        self._writer.put_snapshot(self._base)

    def _freeze(self, event: Event, now_ms: int, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"[:500]
        self.dispatcher = rebuild(self.dispatcher.graph, self._base, self._since)
        seq = self._record(event, now_ms, (), raised=text)
        self.frozen = f"event {seq}: {text}"
        self._log(f"site frozen by {self.frozen}")
        self._queue.clear()
        for request, future in self._callers.items():
            if not future.done():
                future.set_result(Answer(request=request, status=503, text=self._refusal()))

    def _on_loop(self, call: Callable[[int], None], seq: int) -> None:
        """From the writer's thread; the loop may be gone when the last commit is through."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, seq)

    def _committed(self, seq: int) -> None:
        """Records up to `seq` are on the disk: perform what they decided."""
        self._committed_seq = seq
        while self._undone and self._undone[0].seq <= seq:
            decided = self._undone.popleft()
            self._perform(decided)
        if len(self._queue):
            self._schedule()

    def _perform(self, decided: _Decided) -> None:
        rest = [effect for effect in decided.effects if not isinstance(effect, Answer)]
        if rest and self._performer is not None and not self.frozen:
            self._performer.perform(rest, decided.tasks)
        for effect in decided.effects:
            future = self._callers.get(effect.request) if isinstance(effect, Answer) else None
            if isinstance(effect, Answer) and future is not None and not future.done():
                future.set_result(effect)


def request_id() -> str:
    """A name for one caller's request, never used before."""
    return f"q-{secrets.token_hex(8)}"
