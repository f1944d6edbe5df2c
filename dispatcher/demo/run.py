# SPDX-License-Identifier: Apache-2.0
"""A demo from its first line to its last: prepare, start, watch until nothing more can happen, end.

What must hold: however it ends (done, Ctrl-C, an error), no process of it is left, and the folder
with the journal is named.
"""

import contextlib
import json
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from dispatcher.demo.board_watch import BoardWatch
from dispatcher.demo.broker import HOST
from dispatcher.demo.clock import DemoClock
from dispatcher.demo.daemon_api import DaemonApi, DaemonGone, listed
from dispatcher.demo.fleet import Fleet
from dispatcher.demo.frame import Frame, frame_of
from dispatcher.demo.intake import Intake
from dispatcher.demo.live_view import LiveView, Progress
from dispatcher.demo.options import EXIT_BAD_INPUT, EXIT_DONE, EXIT_NO, DemoError, DemoOptions
from dispatcher.demo.preparation import Prepared, check, prepare
from dispatcher.demo.run_folder import LISTED_MAX, RunFolder, serials
from dispatcher.demo.summary import Ending, faults_of, lines_of, result_of
from dispatcher.demo.watch import Watch

LOOK_EVERY_S: Final = 0.5
LAST_ANSWER_TRIES: Final = 40
ENDS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_demo(options: DemoOptions) -> int:
    """Runs a demo; the exit code. Raises DemoError for what keeps it from running."""
    say("Drover: a fleet at work. Ctrl-C ends it.")
    check(options)
    with terminated_like_interrupted():
        return _run_in(options, RunFolder.create(options.keep))


def _run_in(options: DemoOptions, folder: RunFolder) -> int:
    try:
        prepared = prepare(options, folder)
    except OSError as error:
        folder.remove()
        raise DemoError(f"{folder.path}: {error.strerror}", EXIT_BAD_INPUT) from None
    except BaseException:
        folder.remove()
        raise
    for note in prepared.notes:
        say(note)
    campus = prepared.campus.graph.campus
    say(
        f"{campus.site.name}: {len(prepared.rows)} parcels, {options.robots} robots, "
        f"site time x{prepared.speed:g}; everything lies in {folder.path}"
    )
    return Run(options, folder, prepared).run()


class Run:
    """One demo while it runs."""

    def __init__(self, options: DemoOptions, folder: RunFolder, prepared: Prepared) -> None:
        self.options = options
        self.folder = folder
        self.prepared = prepared
        self.clock = DemoClock.starting_at(prepared.start_site_ms, prepared.speed)
        self.fleet = Fleet(folder, prepared.broker_kind, prepared.mqtt_port, prepared.api_port)
        self.api = DaemonApi(HOST, prepared.api_port)
        intake_api = DaemonApi(HOST, prepared.api_port)
        self.intake = Intake(prepared.rows, intake_api, self.clock)
        site = prepared.campus.graph.campus.site
        title = f"Drover at {site.name}"
        self.view = LiveView(prepared.campus.graph, prepared.zone, prepared.speed, title)
        self.watch = Watch(self.clock, options.until_h)
        self.frame: Frame | None = None
        self.boards = BoardWatch(self.api, folder.boards) if options.firmware else None

    def run(self) -> int:
        """Starts all, watches, ends; the exit code."""
        try:
            try:
                self._start()
                with self.view:
                    why = self._look_until_over()
            except KeyboardInterrupt:
                why = "interrupted"
            except OSError as error:
                raise DemoError(f"{self.folder.path}: {error}", EXIT_BAD_INPUT) from None
            ignore_interrupts()
            ending = self._ending(why)
        finally:
            ignore_interrupts()
            self.intake.stop()
            self.fleet.stop()
        return self._say_the_end(ending)

    def _start(self) -> None:
        prepared, count = self.prepared, self.options.robots
        robots = serials(count)
        self.folder.write_keys(robots)
        self.folder.write_site(
            prepared.campus.graph.campus.site.id,
            robots,
            self.clock,
            prepared.planner,
            self.options.engine,
            prepared.mqtt_port,
            prepared.api_port,
            self.options.seed,
            with_boards=self.boards is not None,
        )
        if self.boards is not None:
            self._start_world(robots)
        say(self.fleet.start_broker())
        self.fleet.start_daemon()
        if self.boards is None:
            self.fleet.start_robots(count, self.clock, self.options.seed)
        self.fleet.await_daemon()
        if self.boards is not None:
            self.fleet.start_agents(robots)
        say(
            f"daemon: http://{HOST}:{prepared.api_port}/v1/summary, process {self.fleet.daemon.pid}"
        )
        self.intake.start()

    def _start_world(self, robots: Sequence[str]) -> None:
        prepared, folder = self.prepared, self.folder
        folder.boards.write_agents(
            prepared.campus.graph.campus,
            folder.campus,
            robots,
            folder.read_keys(),
            f"mqtt://{HOST}:{prepared.mqtt_port}",
        )
        folder.boards.write_errands(prepared.rows)
        self.fleet.start_world(self.options.firmware, len(robots), self.options.seed)
        say(f"firmware: {2 * len(robots)} boards, a process each, and one real agent a robot")

    def _look_until_over(self) -> str:
        while True:
            for sentence in self.fleet.look_after():
                self.view.alarm(sentence)
            frame = self._look()
            if frame is not None:
                self.frame = frame
                complaint = self.watch.complaint(frame)
                if complaint:
                    self.view.alarm(complaint)
                self.view.show(frame, self._progress())
                why = self.watch.over(frame, self.intake)
                if why:
                    return why
            time.sleep(LOOK_EVERY_S)

    def _look(self) -> Frame | None:
        """What the daemon says now; None where it does not answer."""
        try:
            summary, robots = self.api.get("/v1/summary"), self.api.get("/v1/robots")
            if self.boards is not None:
                self.boards.look(listed(robots.body, "robots"))
        except DaemonGone:
            return None
        if summary.status != 200 or robots.status != 200:
            return None
        return frame_of(summary.body, robots.body, self.clock.now_ms())

    def _progress(self) -> Progress:
        left_ms = self.intake.last_due_ms - self.clock.now_ms()
        eta_s = None if self.intake.finished else max(0.0, self.clock.real_s(left_ms))
        return Progress(self.intake.announced, self.intake.total, eta_s)

    def _ending(self, why: str) -> Ending:
        self.intake.stop()
        summary: dict[str, Any] = {}
        open_parcels: list[dict[str, Any]] = []
        # A demo interrupted before its daemon was up has nothing to be counted.
        answered = self.intake.ident is None
        for _ in range(0 if answered else LAST_ANSWER_TRIES):
            with contextlib.suppress(DaemonGone, DemoError):
                for sentence in self.fleet.look_after():
                    self.view.alarm(sentence)
                summary = self.api.get("/v1/summary").body
                listing = self.api.get(f"/v1/parcels?state=open&limit={LISTED_MAX}")
                open_parcels = listed(listing.body, "parcels")
                if self.boards is not None:
                    self.boards.close()
                answered = True
                break
            time.sleep(LOOK_EVERY_S)
        return Ending(
            why=why,
            summary=summary,
            open_parcels=open_parcels,
            announced=len(self.intake.accepted),
            refused=self.intake.refused,
            robots=self.options.robots,
            speed=self.prepared.speed,
            restarts=self.fleet.restarts,
            answered=answered,
            plan_age_ms=self.watch.plan_age_ms,
            boards=None if self.boards is None else self.boards.ending,
        )

    def _say_the_end(self, ending: Ending) -> int:
        for line in lines_of(ending, self.folder.path):
            say(line)
        if self.options.svg is not None and self.frame is not None:
            try:
                self.view.save_svg(self.options.svg, self.frame, self._progress())
                say(f"The last picture is {self.options.svg}.")
            except OSError as error:
                say(f"--svg {self.options.svg}: {error.strerror}")
        faults = faults_of(ending)
        for fault in faults:
            say(f"The counts do not add up: {fault}.")
        if self.options.as_json:
            print(json.dumps(result_of(ending)))
        return EXIT_NO if faults else EXIT_DONE


def say(sentence: str) -> None:
    """A line for people."""
    print(sentence, file=sys.stderr, flush=True)


@contextlib.contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, and so does a terminal that is closed (unless nohup
    says otherwise); afterwards the signals are as they were."""
    before = {number: signal.getsignal(number) for number in ENDS}
    for number in ENDS:
        if number != signal.SIGHUP or before[number] != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_interrupts() -> None:
    """From here on the children are being stopped, which takes a moment and must come to an end."""
    for number in ENDS:
        signal.signal(number, signal.SIG_IGN)
