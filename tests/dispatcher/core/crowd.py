# SPDX-License-Identifier: Apache-2.0
"""A crowd around one core: a seeded draw of all that robots, people and planners may say.

It feeds the core: robots that obey, robots that lie (actions of other orders,
ended before they were reached, said twice, nodes that are not on the map, huge numbers), links that
come and go, staff who call off, declare, hold and release, plans that are late or made up, robots
taken off the site's list, areas that are shut and opened, jumps in time.
"""

import random
from collections import Counter

import msgspec

from dispatcher.core import events as ev
from dispatcher.core.dispatcher import Dispatcher
from dispatcher.core.effects import Answer, AskPlanner, PublishInstant, PublishOrder, WakeAt
from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.plannable import is_plannable
from dispatcher.core.site import Policy, RobotEntry, SiteSpec
from dispatcher.planner import quick
from dispatcher.planner.solution import RobotPlan, Solution
from tests.dispatcher.core.crowd_errors import any_errors

START_MS = 1_700_000_000_000
COMPARTMENTS = ("S1", "S2", "M1", "L1")


class Crowd:
    """Everybody around one core, good and bad, drawn from one seed."""

    def __init__(self, graph, seed):
        self.draw = random.Random(seed)
        self.graph = graph
        self.core = Dispatcher(graph)
        self.now_ms = START_MS
        self.fed = []
        self.orders = {}
        self.instants = []
        self.asked = []
        self.parcels = 0
        self.lies = self.draw.choice([0, 1, 4, 15])
        self.robots = ["toy/r0", "toy/r1", "toy/r2"]
        self.feed(ev.SiteConfigured(self.site(self.robots)))
        for robot in self.robots:
            self.feed(ev.RobotLinked(robot, "online"))
            self.feed(
                ev.RobotReported(
                    robot,
                    order="",
                    update=0,
                    last_node="a",
                    last_sequence=0,
                    nodes_left=0,
                    mode="AUTOMATIC",
                    battery_pct=90,
                    charging=False,
                )
            )

    def site(self, robots, compartments=COMPARTMENTS):
        bundle = len(self.fed)
        entries = tuple(RobotEntry(robot, compartments, bundle=bundle) for robot in robots)
        return SiteSpec("toy", entries, policy=Policy(plan_interval_ms=10_000))

    def feed(self, event):
        effects = self.core.handle(event, self.now_ms)
        self.fed.append((event, self.now_ms, msgspec.json.encode(effects)))
        for effect in effects:
            if isinstance(effect, PublishOrder):
                self.orders.setdefault(effect.robot, []).append(effect)
            elif isinstance(effect, PublishInstant):
                self.instants.append(effect)
            elif isinstance(effect, AskPlanner):
                self.asked.append((effect, self.core.problem()))
            elif isinstance(effect, WakeAt):
                assert effect.at_ms > self.now_ms, "a wake-up in the past"
        if getattr(event, "request", ""):
            answers = [effect for effect in effects if isinstance(effect, Answer)]
            assert [answer.request for answer in answers] == [event.request]
        assert_whole(self.core)

    def step(self):
        """Somebody does something."""
        acts = {
            self.obey: 60,
            self.announce: 14,
            self.lie: self.lies,
            self.answer_planner: 10,
            self.confirm: 6,
            self.pass_time: 8,
            self.staff: 10,
            self.link: 4,
            self.close: 3,
            self.configure: 0.5,
            self.describe: 0.5,
        }
        self.draw.choices(list(acts), weights=list(acts.values()))[0]()

    def parcel(self):
        return f"p{self.draw.randrange(self.parcels + 1)}"

    def robot(self):
        return self.draw.choice([*self.robots, "evil/r9"] if self.odd(0.05) else self.robots)

    def odd(self, share):
        return self.draw.random() < share

    def announce(self):
        kind = self.draw.choice(["delivery", "delivery", "return", "transfer"])
        places = [*self.graph.campus.places, "nowhere"]
        stations = [place.id for place in self.graph.places("station")] or ["st"]
        stops = ["s1", "s2"]
        self.draw.shuffle(stops)
        station = self.draw.choice(stations)
        ends = {
            "delivery": (station, stops[0]),
            "return": (stops[0], station),
            "transfer": (stops[0], stops[1]),
        }[kind]
        if self.odd(0.05):
            ends = (self.draw.choice(places), self.draw.choice(places))
        slot_ms = self.now_ms + self.draw.randrange(-3_600_000, 7_200_000)
        self.parcels += 1
        self.feed(
            ev.ParcelAnnounced(
                request=f"q{len(self.fed)}",
                parcel=f"p{self.parcels}",
                kind=kind,
                origin=ends[0],
                destination=ends[1],
                size=self.draw.choice("SSML"),
                recipient="who",
                slot_from_ms=slot_ms,
                slot_until_ms=slot_ms + self.draw.randrange(-90_000, 7_200_000),
                mass_g=10**9 if self.odd(0.05) else 900,
                at_station=self.odd(0.8),
                key=f"k{self.draw.randrange(40)}" if self.odd(0.1) else "",
            )
        )

    def obey(self):
        """A robot carries its newest order out to the end of its base, with any result."""
        robot = self.robot()
        if self.orders.get(robot):
            self.carry_out(robot, wrong=0.15)

    def carry_out(self, robot, wrong):
        order = self.orders[robot][-1]
        base = [node for node in order.nodes if node.released]
        words = ["no_show", "refused", "jammed", "wrong_parcel", "received", "what"]
        actions = []
        charging = None
        for action in [action for node in base for action in node.actions]:
            word = self.draw.choice(words) if self.odd(wrong) else ""
            good = {"out": "collected", "in": "received"}.get(action.kind, "")
            status = "FAILED" if word else "FINISHED"
            actions.append(ev.ActionReport(action.id, status, word or good))
            charging = True if action.kind == "charge" and not word else None
        self.feed(
            ev.RobotReported(
                robot,
                order=order.order,
                update=order.update,
                last_node=base[-1].node,
                last_sequence=base[-1].sequence,
                nodes_left=0,
                actions=tuple(actions),
                charging=charging,
                battery_pct=self.draw.choice([None, 5, 30, 60, 95]) if wrong else 90,
            )
        )

    def lie(self):
        """Any mixture of what robots were ever told, of each other's, and of nonsense."""
        told = [order for orders in self.orders.values() for order in orders]
        ids = [action.id for order in told[-12:] for node in order.nodes for action in node.actions]
        pick, maybe = self.draw.choice, lambda *values: self.draw.choice([None, *values])
        some = [order.order for order in told[-6:]] or ["x"]
        actions = tuple(
            ev.ActionReport(
                pick([*ids, "toy-1-1.1", "", "x" * 200]),
                pick(["FINISHED", "FAILED", "RUNNING", "?"]),
                pick(["collected", "received", "no_show", "refused", "", "\N{SNOWMAN}"]),
            )
            for _ in range(self.draw.randrange(4))
        )
        errors = any_errors(self.draw, some)
        report = ev.RobotReported(
            self.robot(),
            order=maybe(*some, "", "other-7"),
            update=maybe(0, 1, 2, (1 << 32) - 1, -1),
            last_node=maybe("a", "b", "c", "d", "", "moon"),
            last_sequence=maybe(0, 2, 4, (1 << 32) - 1),
            nodes_left=maybe(0, 1, 1 << 32),
            actions=actions,
            errors=errors if self.odd(0.5) else None,
            mode=maybe("AUTOMATIC", "AUTOMATIC", "MANUAL", "??"),
            battery_pct=maybe(0, 12, 50, 100, -5, 1 << 70),
            charging=maybe(True, False),
            e_stop=maybe("NONE", "NONE", "MANUAL"),
            x_mm=maybe(1 << 70, 0, 287_000, 143_000),
            y_mm=maybe(-(1 << 70), 0, 333_000),
            loads=tuple(
                ev.LoadReport(self.parcel(), pick([*COMPARTMENTS, "", "?"]), gone=self.odd(0.3))
                for _ in range(self.draw.randrange(3))
            ),
            all_loads=self.odd(0.1),
        )
        for _ in range(self.draw.choice([1, 1, 2])):
            self.feed(report)

    def answer_planner(self):
        if not self.asked or self.odd(0.1):
            self.feed(ev.PlanReceived("toy-p999", error="?", wall_ms=3))
            return
        effect, problem = self.draw.choice(self.asked[-2:])
        plan = None
        if self.odd(0.8):
            ids = [parcel.id for parcel in problem.parcels]
            plan = quick.insert(problem, self.core.travel, quick.empty(problem), ids)
        if plan is not None and self.odd(0.2):
            trips = [trip for one in plan.plans for trip in one.trips]
            mixed = tuple(
                RobotPlan(self.robot(), tuple(self.draw.choices(trips, k=2) if trips else ()))
                for _ in range(3)
            )
            plan = Solution(plans=mixed)
        self.feed(ev.PlanReceived(effect.id, plan))

    def confirm(self):
        if self.instants and self.odd(0.6):
            effect = self.draw.choice(self.instants[-3:])
            done = ev.ActionReport(effect.id, self.draw.choice(["FINISHED", "FAILED"]))
            still = self.draw.choice([None, False, False, True])
            self.feed(ev.RobotReported(effect.robot, actions=(done,), charging=still))
        elif self.core.state.notices:
            self.feed(ev.NoticeSent(self.draw.choice(sorted(self.core.state.notices))))

    def pass_time(self):
        wake_ms = self.core.state.wake_ms or self.now_ms
        jump = self.draw.choice([wake_ms - self.now_ms, 1, 60_000, 3_600_000])
        self.now_ms += max(0, jump)
        event = ev.ClockStepped(-5_000) if self.odd(0.05) else ev.TimePassed()
        self.feed(event)

    def staff(self):
        request = f"q{len(self.fed)}"
        ends = ["at_station", "at_station", "delivered", "returned", "with_sender"]
        where = self.draw.choice(ends)
        doubtful = [p.id for p in self.core.state.parcels.values() if not p.custody_known]
        doubted = self.draw.choice(doubtful) if doubtful else self.parcel()
        self.feed(
            self.draw.choice(
                [
                    ev.ParcelCancelled(request, self.parcel()),
                    ev.ParcelDeclared(request, self.parcel(), where, "ida"),
                    ev.ParcelDeclared(request, doubted, where, "ida"),
                    ev.ParcelDeclared(request, doubted, where, "ida"),
                    ev.RobotHeld(request, self.robot()),
                    *[ev.RobotReleased(request, self.robot()) for _ in range(3)],
                    *[ev.HandoverReleased(request, self.parcel()) for _ in range(2)],
                    ev.WaitExtended(request, self.robot(), self.draw.choice([0, 60_000])),
                    *([ev.RobotRevoked(request, self.robot())] if self.odd(0.2) else []),
                ]
            )
        )

    def close(self):
        """An area is shut, on the map or off it, or opened again."""
        request, name = f"q{len(self.fed)}", f"c{self.draw.randrange(3)}"
        if self.odd(0.5):
            self.feed(ev.AreaReopened(request, name))
            return
        x_mm, y_mm = self.draw.choice([(0, 0), (287_000, 0), (287_000, 333_000), (143_000, 0)])
        half_mm = self.draw.choice([0, 10_000, 400_000])
        corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
        outline = tuple((x_mm + a * half_mm, y_mm + b * half_mm) for a, b in corners)
        from_ms = self.now_ms + self.draw.choice([-60_000, 0, 600_000])
        until_ms = self.draw.choice([0, from_ms - 1, from_ms + 300_000, from_ms + 7_200_000])
        self.feed(ev.AreaClosed(request, name, outline, from_ms, until_ms))

    def link(self):
        links = ["online", "online", "online", "offline", "broken", "silent"]
        self.feed(ev.RobotLinked(self.robot(), self.draw.choice(links)))

    def calm_down(self):
        """Everybody is good again: roads open, staff look after robots and parcels in doubt."""
        for name in list(self.core.state.closures):
            self.feed(ev.AreaReopened("q", name))
        self.feed(ev.SiteConfigured(self.site(self.robots)))
        stations = self.graph.places("station")
        for robot in self.robots:
            self.orders[robot] = []
            self.feed(ev.RobotLinked(robot, "online"))
            self.feed(ev.RobotDescribed(robot))
            self.feed(
                ev.RobotReported(
                    robot,
                    order="",
                    update=0,
                    last_node="a",
                    nodes_left=0,
                    errors=(),
                    mode="AUTOMATIC",
                    battery_pct=90,
                    charging=False,
                    e_stop="NONE",
                    all_loads=not stations,  # Else they are emptied there.
                )
            )
        for parcel in list(self.core.state.parcels.values()):
            if not parcel.custody_known or parcel.robot:
                where = "at_station" if stations and parcel.kind != "return" else "returned"
                if parcel.robot:
                    self.feed(ev.RobotHeld("q", parcel.robot))
                self.feed(ev.ParcelDeclared("q", parcel.id, where))
        for robot in self.robots:
            self.feed(ev.RobotReleased("q", robot))

    def work(self, rounds):
        """Robots obey, the planner answers, every wake-up comes."""
        self.instants.clear()
        for _ in range(rounds):
            state = self.core.state
            wake_ms = state.wake_ms or self.now_ms
            self.now_ms = max(self.now_ms + 1_000, min(wake_ms, self.now_ms + 60_000))
            self.feed(ev.TimePassed())
            if state.request is not None:
                effect, problem = self.asked[-1]
                ids = [parcel.id for parcel in problem.parcels]
                plan = quick.insert(problem, self.core.travel, quick.empty(problem), ids)
                self.feed(ev.PlanReceived(effect.id, plan))
            for robot in self.robots:
                if self.orders[robot]:
                    self.carry_out(robot, wrong=0)
                    self.orders[robot] = []
            instants, self.instants = self.instants, []
            for effect in instants:
                done = ev.ActionReport(effect.id, "FINISHED")
                self.feed(
                    ev.RobotReported(effect.robot, actions=(done,), charging=False, battery_pct=90)
                )

    def configure(self):
        listed = [robot for robot in self.robots if self.odd(0.8)]
        compartments = self.draw.choice([COMPARTMENTS, COMPARTMENTS, ("M1", "M2"), ()])
        self.feed(ev.SiteConfigured(self.site(listed, compartments)))

    def describe(self):
        compartments = self.draw.choice([None, COMPARTMENTS, ("S1", "L1", "X"), ()])
        docks = ("drop", "pick", "startCharging")
        does = self.draw.choice([None, docks, (*docks, "handover"), (*docks, "waitForTrigger"), ()])
        self.feed(
            ev.RobotDescribed(
                self.robot(),
                compartments,
                trajectory=self.odd(0.5),
                node_actions=does,
                instant_actions=None if does is None else ("cancelOrder", "trigger"),
                nodes_max=self.draw.choice([0, 0, 1, 2, 5]),
                actions_max=self.draw.choice([0, 1, 2]),
                order_interval_ms=self.draw.choice([0, 20_000]),
                mass_limit_g=self.draw.choice([0, 1, 5_000]),
            )
        )


def assert_whole(core):
    """The books add up; nothing is lost from sight; no compartment holds two parcels."""
    summary = core.summary()
    assert summary["accepted"] == sum(n for name, n in summary.items() if name != "accepted")
    planned = Counter()
    in_jobs = Counter()
    for robot in core.state.robots.values():
        trips = {task.parcel for t in robot.trips for v in t.visits for task in v.tasks}
        planned.update(trips)
        visits = robot.job.visits if robot.job else []
        in_jobs.update({task.parcel for visit in visits for task in visit.tasks})
    held = Counter()
    for parcel in core.state.parcels.values():
        assert planned[parcel.id] <= 1
        if parcel.compartment and parcel.state in (*ABOARD, "assigned"):
            held[parcel.robot, parcel.compartment] += 1
        waits = parcel.state == "announced" and parcel.kind == "delivery"
        robot = core.state.robots.get(parcel.robot)
        assert (
            waits
            or parcel.reason
            or is_plannable(core.state, parcel)
            or (robot is not None and robot.job is not None)
        ), parcel
    assert all(count == 1 for count in held.values()), held
