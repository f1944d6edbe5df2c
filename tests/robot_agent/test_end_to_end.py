# SPDX-License-Identifier: Apache-2.0
"""A return and a transfer with all the real parts: broker, daemon, an agent that remembers; and
what they said and kept, searched for what must not be in it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from robot_agent.emulation.truth import Happening
from tests.endurance import street
from tests.endurance.live_site import MANUFACTURER, LiveSite, live_site
from tests.leaks import Ear, files_in, journal_of, leaked
from tests.tools import require_tool

WITHIN_SITE_S = 3 * 3600
FROM, TO = "stop-hasel", "stop-holunder"
KINDS = {"give-back": "return", "pass-on": "transfer"}
OUTBOX, CONTACTS, KEYS = "outbox.jsonl", "contacts.sqlite", "keys.json"


class Day:
    """What came of it."""

    def __init__(self, site: LiveSite, said: list[bytes]) -> None:
        self.site, self.said = site, said
        self.robots = site.folder / "robots"
        self.parcels = {one["parcel"]: one for one in site.parcels()}

    def hands(self, parcel: str) -> list[Happening]:
        """Through which hands it went."""
        (truth,) = street.truths(self.robots).values()
        return [one for one in truth.happenings if one.parcel == parcel]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    require_tool("mosquitto")
    folder = tmp_path_factory.mktemp("site")
    with live_site(folder, speed=60.0) as site:
        ear = Ear(lambda: ("127.0.0.1", site.mqtt_port))
        friendly = ("--no-show-pct", "0", "--late-pct", "0", "--occupancy-sensor", "--verbose")
        agent = site.agents(folder / "robots", 1, *friendly)
        agent.start()
        try:
            site.announce(parcel="give-back", kind="return", origin=FROM, recipient="ida")
            site.announce(
                parcel="pass-on", kind="transfer", origin=FROM, destination=TO, recipient="otto"
            )
            site.wait(
                lambda: all(one["state"] == "delivered" for one in site.parcels()),
                WITHIN_SITE_S,
                "not all is delivered",
            )
        finally:
            agent.stop()
        made = Day(site, ear.heard)
        site.daemon.stop()
        ear.stop()
        yield made


def test_a_return_is_put_in_by_its_sender_and_taken_out_at_the_station(day: Day) -> None:
    sender, staff = day.hands("give-back")
    assert (sender.put_in, sender.at_dock) == (True, False)
    assert (staff.put_in, staff.at_dock) == (False, True)
    assert day.parcels["give-back"]["state"] == "delivered"


def test_a_transfer_goes_from_one_persons_hands_into_anothers(day: Day) -> None:
    sender, recipient = day.hands("pass-on")
    assert (sender.put_in, sender.at_dock) == (True, False)
    assert (recipient.put_in, recipient.at_dock) == (False, False)
    assert sender.compartment == recipient.compartment
    assert not day.parcels["pass-on"]["presumed"], "a sensor has seen it"


def test_the_books_the_robots_memory_and_the_street_agree(day: Day) -> None:
    ledger = street.world_ledger(day.robots, MANUFACTURER, KINDS)
    assert ledger.faults == []
    assert ledger.where("give-back") == "station"
    assert ledger.where("pass-on") == "recipient"
    (kept,) = street.minds(day.robots).values()
    assert kept.loads == {}


def test_no_code_no_token_and_no_key_is_in_traffic_robot_journal_or_logs(day: Day) -> None:
    folder = day.site.folder
    notices = [json.loads(line) for line in (folder / OUTBOX).read_text().splitlines()]
    secrets = {notice[name] for notice in notices for name in ("code", "token") if notice[name]}
    assert len(secrets) == 4
    secrets.update(json.loads((folder / KEYS).read_text()).values())
    said = b"\n".join(day.said)
    topics = {one.split(b" ", 1)[0].rpartition(b"/")[2] for one in day.said}
    assert {b"order", b"state", b"connection", b"instantActions", b"factsheet"} <= topics
    assert b"digest" in said
    robot = files_in(day.robots, but=())
    logs = files_in(folder / "logs", but=())
    assert len(robot) >= 2
    assert len(logs) >= 3
    texts = [said, journal_of(folder / "data"), *robot, *logs]
    texts += files_in(folder, but=(OUTBOX, CONTACTS, KEYS))
    assert leaked(secrets, texts) == []


def test_the_search_would_find_a_code(tmp_path: Path) -> None:
    assert leaked({"123456"}, [b'{"code":"123456"}']) == ["123456"]
    assert leaked({"123456"}, [b"1123456", b"0.123456"]) == []
