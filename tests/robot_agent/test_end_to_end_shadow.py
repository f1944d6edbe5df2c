# SPDX-License-Identifier: Apache-2.0
"""A stop without radio, with all the real parts: once marked on the map, once a surprise."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.endurance import street
from tests.endurance.live_site import MANUFACTURER, LiveSite, live_site
from tests.leaks import Ear
from tests.tools import require_tool

DARK, BEYOND = "stop-audimax", "stop-library"
FAULT = ("--faults", f"shadow=stop:{DARK.removeprefix('stop-')}")
FRIENDLY = ("--no-show-pct", "0", "--late-pct", "0")
WITHIN_SITE_S = 2 * 3600
A_WHILE_MS = 5 * 60_000
KINDS = {"dark": "delivery", "beyond": "delivery"}


class Trip:
    """One robot that carries a parcel into the dark, and one further on."""

    def __init__(self, site: LiveSite, ear: Ear) -> None:
        self.site, self._ear = site, ear
        self.robots = site.folder / "robots"
        self.agent = site.agents(self.robots, 1, *FAULT, *FRIENDLY)

    def announce(self) -> None:
        """Both before the robot is there, so that it takes them on one trip."""
        for parcel, stop in (("dark", DARK), ("beyond", BEYOND)):
            self.site.announce(
                kind="delivery", parcel=parcel, destination=stop, recipient=parcel, at_station=True
            )

    def taken_out(self) -> list[str]:
        """What people have really taken, in this order."""
        bodies = street.truths(self.robots).values()
        return [
            one.parcel
            for body in bodies
            for one in body.happenings
            if not one.put_in and not one.at_dock
        ]

    def state_of(self, parcel: str) -> str:
        """By the books."""
        return str(self.site.parcel(parcel)["state"])

    def all_delivered(self) -> bool:
        return {self.state_of(parcel) for parcel in KINDS} == {"delivered"}

    def links(self) -> list[str]:
        """What was said of the robot's connection."""
        said = [
            json.loads(one.split(b" ", 1)[1]) for one in self._ear.heard if b"/connection " in one
        ]
        return [str(one["connectionState"]) for one in said]

    def alarms(self) -> list[str]:
        """What operators were told."""
        told: list[dict[str, Any]] = self.site.get("/v1/summary").body["alarms"]
        return [str(one["text"]) for one in told]

    def books_are_right(self) -> None:
        """As in the street."""
        ledger = street.world_ledger(self.robots, MANUFACTURER, KINDS)
        assert ledger.faults == []
        assert {ledger.where(parcel) for parcel in KINDS} == {"recipient"}
        assert {self.site.parcel(parcel)["custody_known"] for parcel in KINDS} == {True}


@contextmanager
def trip(folder: Path, shadow: str) -> Iterator[Trip]:
    require_tool("mosquitto")
    with live_site(folder, speed=90.0, shadow=shadow) as site:
        ear = Ear(lambda: ("127.0.0.1", site.mqtt_port))
        made = Trip(site, ear)
        made.announce()
        made.agent.start()
        try:
            yield made
        finally:
            made.agent.stop()
            ear.stop()


def test_at_a_stop_marked_as_a_shadow_it_hands_over_unheard_and_drives_on(tmp_path: Path) -> None:
    with trip(tmp_path, shadow=DARK) as run:
        run.site.wait(run.all_delivered, WITHIN_SITE_S, "not all is delivered")
        assert run.taken_out() == ["dark", "beyond"]
        assert run.links() == ["ONLINE", "CONNECTIONBROKEN", "ONLINE"]
        assert run.alarms() == [], "it was known that it would not be heard"
        run.books_are_right()


@pytest.mark.slow
def test_at_a_stop_that_nobody_knew_to_be_a_shadow_it_hands_over_and_stays(tmp_path: Path) -> None:
    with trip(tmp_path, shadow="") as run:
        run.site.wait(lambda: run.taken_out() == ["dark"], WITHIN_SITE_S, "nobody took it")
        until_ms = run.site.clock.now_ms() + A_WHILE_MS
        run.site.wait(
            lambda: run.site.clock.now_ms() > until_ms, WITHIN_SITE_S, "time stands still"
        )
        # Its base ends there, and nobody can tell it to go on, nor hears what it did.
        assert run.taken_out() == ["dark"]
        assert run.state_of("dark") != "delivered"
        assert run.links() == ["ONLINE", "CONNECTIONBROKEN"]
        assert any("with 2 parcels aboard" in text for text in run.alarms())
        # Somebody sees to the radio.
        run.agent.stop()
        run.agent = run.site.agents(run.robots, 1, *FRIENDLY)
        run.agent.start()
        run.site.wait(run.all_delivered, WITHIN_SITE_S, "it does not go on")
        assert run.taken_out() == ["dark", "beyond"]
        run.books_are_right()
