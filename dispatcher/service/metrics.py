# SPDX-License-Identifier: Apache-2.0
"""The site in numbers for Prometheus, read from the running parts when asked.

What must hold: names end in their unit or `_total`; a scrape changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from dispatcher.core import books, standing
from dispatcher.service.running import RunningSite

CONTENT_TYPE = CONTENT_TYPE_LATEST


class _SiteCollector(Collector):
    def __init__(self, site: RunningSite) -> None:
        self._site = site

    def collect(self) -> Iterable[Metric]:
        """All metrics as they are now."""
        site = self._site
        state, runner = site.state, site.runner
        robots = [robot for robot in state.robots.values() if robot.registered]
        yield _by("drover_parcels", "parcels by state", "state", books.by_state(state))
        links = Counter(robot.link for robot in robots)
        yield _by("drover_robots", "registered robots by link", "link", links)
        stops = (standing.stop_of(robot) for robot in robots)
        standing_for = Counter(stop.who for stop in stops if stop is not None)
        about = "robots that stand until somebody has seen to them"
        yield _by("drover_robots_standing", about, "who", standing_for)
        rates = site.link.message_rates
        yield _by("drover_mqtt_messages_per_second", "MQTT messages", "direction", rates)
        for name, about, value in (
            ("drover_frozen", "1 while the site is frozen", int(bool(runner.frozen))),
            ("drover_broker_connected", "1 while there is a broker", int(site.link.connected)),
            ("drover_events_queued", "events that wait to be decided", runner.queued),
            ("drover_events_uncommitted", "decided, not on the disk yet", runner.uncommitted),
            ("drover_closures", "areas that are or will be shut", len(state.closures)),
            ("drover_journal_records", "records in the journal", runner.last_seq + 1),
            ("drover_site_time_seconds", "site time", site.clock.now_ms() / 1000),
        ):
            yield GaugeMetricFamily(name, about, value=value)
        yield _totals("drover_core", "the core's counters", "name", state.counters)
        yield _totals("drover_mqtt_messages", "by what became of them", "fate", site.link.counts)
        yield _totals("drover_effects", "effects performed", "effect", site.performer.done)
        for name, about, count in (
            ("drover_events_decided", "events decided", runner.handled),
            ("drover_events_shed", "events folded or dropped", runner.shed),
            ("drover_plans_asked", "questions to the planner", site.planner.calls),
            ("drover_plans_failed", "questions it could not answer", site.planner.failed),
            ("drover_plans_unfinished", "cut short, best so far", site.planner.unfinished),
            ("drover_plan_reports", "better plans on the way", site.planner.reports),
            ("drover_road_searches", "searches of the roads", runner.dispatcher.roads.searches),
        ):
            yield CounterMetricFamily(name, about, value=count)
        yield from _plans(site)


def _plans(site: RunningSite) -> Iterable[Metric]:
    """How plans are made: by which engine, how old the newest is, what each step is good for."""
    stats = site.planner
    if stats.asked_site_ms:
        age_s = (site.clock.now_ms() - stats.asked_site_ms) / 1000
        yield GaugeMetricFamily("drover_plan_age_seconds", "since the newest's question", age_s)
    cpu_s = {name: cpu_ms / 1000 for name, cpu_ms in stats.step_cpu_ms.items()}
    yield _totals("drover_plans_made", "by engine", "engine", stats.plans)
    yield _totals("drover_plan_step_work", "models, iterations, parcels", "step", stats.step_work)
    yield _totals("drover_plan_step_gain", "cost units below before", "step", stats.step_gain)
    yield _totals("drover_plan_step_cpu_seconds", "CPU time", "step", cpu_s)


def metrics_text(site: RunningSite) -> bytes:
    """What `/metrics` answers."""
    registry = CollectorRegistry()
    registry.register(_SiteCollector(site))
    return generate_latest(registry)


def _by(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for value in sorted(values):
        family.add_metric([value], values[value])
    return family


def _totals(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, about, labels=[label])
    for value in sorted(values):
        family.add_metric([value], values[value])
    return family
