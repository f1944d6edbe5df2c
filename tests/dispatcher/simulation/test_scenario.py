# SPDX-License-Identifier: Apache-2.0
import pytest

from dispatcher.data_files import scenarios_folder
from dispatcher.simulation.scenario import ScenarioError, parse_scenario
from dispatcher.simulation.virtual_time import VirtualTime


def test_every_shipped_scenario_is_read() -> None:
    paths = sorted(scenarios_folder().glob("*.toml"))
    assert [path.stem for path in paths] == ["demo"]
    for path in paths:
        parse_scenario(path.read_text(), str(path))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("map = ", "s.toml: not TOML"),
        ('map = "x"', "s.toml: Object missing required field `start`"),
        ('map = "x"\nstart = 2026-03-02T08:00:00', "s.toml: start: it must say its offset"),
        ('map = "x"\nstart = 2026-03-02T08:00:00Z\nspeed = 3', "s.toml: Object contains unknown"),
        (
            'map = "x"\nstart = 2026-03-02T08:00:00Z\nfaults = "jam"',
            "s.toml: faults: 'jam': it says not how often",
        ),
        (
            'map = "x"\nstart = 2026-03-02T08:00:00Z\nrobots = { count = 0 }',
            r"s.toml: Expected `int` >= 1 - at `\$.robots.count`",
        ),
    ],
)
def test_a_bad_scenario_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        parse_scenario(text, "s.toml")


def test_what_is_due_at_one_time_happens_in_the_order_asked_for() -> None:
    time, seen = VirtualTime(100), []
    for name in "abc":
        time.at(200, lambda name=name: seen.append(name))  # type: ignore[misc]
    time.at(50, lambda: seen.append("late"))
    time.after(20, lambda: seen.append("soon"))
    while time.next_ms is not None:
        time.step()
    assert seen == ["late", "soon", "a", "b", "c"]
    assert time.now_ms == 200
