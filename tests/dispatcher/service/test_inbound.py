# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatcher.core.events import Event, RobotLinked, RobotReported
from dispatcher.service.inbound import COMPLAINT_EVERY_MS, SILENT_AFTER_MS, STRANGERS_MAX, Inbound
from dispatcher.service.narrowing import described
from robot_agent.vda5050.codec import encode
from robot_agent.vda5050.connection import Connection, ConnectionState
from robot_agent.vda5050.header import Message, stamped
from tests.robot_agent.vda5050.samples import FACTSHEET, STATE


class Ear:
    """An `Inbound` for one robot, with what it complained about."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.inbound = Inbound(["ACME/R7"], 0, self.complaints.append)
        self.count = 0

    def hear(
        self, name: str, message: Message | bytes, real_ms: int = 0, robot: str = "ACME/R7"
    ) -> list[Event]:
        if isinstance(message, Message):
            self.count += 1
            message = encode(
                stamped(
                    message,
                    header_id=self.count,
                    timestamp="2026-01-31T12:00:00.000Z",
                    manufacturer="ACME",
                    serial_number="R7",
                )
            )
        return self.inbound.take(f"uagv/v2/{robot}/{name}", message, 0, real_ms)

    def connect(self, state: ConnectionState = "ONLINE", real_ms: int = 0) -> list[Event]:
        return self.hear("connection", Connection(connection_state=state), real_ms)


def test_a_robot_that_comes_online_is_an_event_once() -> None:
    ear = Ear()
    assert ear.connect() == [RobotLinked("ACME/R7", "online")]
    assert ear.connect() == []
    assert ear.connect("CONNECTIONBROKEN") == [RobotLinked("ACME/R7", "broken")]


def test_a_factsheet_and_a_state_become_events() -> None:
    ear = Ear()
    ear.connect()
    assert ear.hear("factsheet", FACTSHEET) == [described("ACME/R7", FACTSHEET)]
    (event,) = ear.hear("state", STATE)
    assert isinstance(event, RobotReported)
    assert ear.hear("state", STATE) == []


def test_a_robot_that_talks_is_online_whatever_a_late_will_says() -> None:
    ear = Ear()
    ear.connect()
    ear.connect("CONNECTIONBROKEN")
    assert ear.hear("state", STATE)[0] == RobotLinked("ACME/R7", "online")


def test_a_robot_that_said_goodbye_is_not_brought_back_by_a_late_state() -> None:
    ear = Ear()
    ear.connect()
    ear.connect("OFFLINE")
    assert not any(isinstance(one, RobotLinked) for one in ear.hear("state", STATE))


def test_a_robot_that_stops_talking_is_silent_once_and_online_when_it_talks_again() -> None:
    ear = Ear()
    ear.connect()
    assert ear.inbound.silent(SILENT_AFTER_MS - 1) == []
    assert ear.inbound.silent(SILENT_AFTER_MS) == [RobotLinked("ACME/R7", "silent")]
    assert ear.inbound.silent(2 * SILENT_AFTER_MS) == []
    back = ear.hear("state", STATE, 2 * SILENT_AFTER_MS)
    assert back[0] == RobotLinked("ACME/R7", "online")


def test_nobody_is_silent_for_what_the_broker_did() -> None:
    ear = Ear()
    ear.connect()
    ear.inbound.reconnected(10 * SILENT_AFTER_MS)
    assert ear.inbound.silent(11 * SILENT_AFTER_MS - 1) == []
    assert ear.inbound.silent(11 * SILENT_AFTER_MS) == [RobotLinked("ACME/R7", "silent")]


def test_a_robot_never_heard_of_is_silent_too() -> None:
    assert Ear().inbound.silent(SILENT_AFTER_MS) == [RobotLinked("ACME/R7", "silent")]


@pytest.mark.parametrize("name", ["state", "connection", "factsheet", "visualization", "order"])
def test_garbage_on_any_topic_changes_nothing(name: str) -> None:
    ear = Ear()
    for garbage in (b"", b"\xff\xfe", b"{}", b"[" * 100_000, b'{"headerId": 1}'):
        assert ear.hear(name, garbage) == []
    assert ear.inbound.filter_of("ACME/R7").latest is None


def test_garbage_is_complained_about_once_a_minute() -> None:
    ear = Ear()
    for real_ms in (0, 1_000, COMPLAINT_EVERY_MS - 1, COMPLAINT_EVERY_MS):
        ear.hear("state", b"no JSON", real_ms)
    line = "robot ACME/R7: state: JSON is malformed: invalid character (byte 4)"
    assert ear.complaints == [
        f"{line} (1 messages ignored so far)",
        f"{line} (4 messages ignored so far)",
    ]
    assert ear.inbound.counts["garbled"] == 4


def test_a_robot_that_speaks_for_another_is_not_heard() -> None:
    ear = Ear()
    other = Inbound(["ACME/R8"], 0, ear.complaints.append)
    message = stamped(
        STATE,
        header_id=1,
        timestamp="2026-01-31T12:00:00Z",
        manufacturer="ACME",
        serial_number="R7",
    )
    assert other.take("uagv/v2/ACME/R8/state", encode(message), 0, 0) == []
    assert "it says it is from ACME/R7" in ear.complaints[0]


def test_strangers_are_shown_up_to_a_limit_and_cause_no_event() -> None:
    ear = Ear()
    for number in range(STRANGERS_MAX + 5):
        assert ear.hear("state", replace(STATE), robot=f"EVIL/X{number}") == []
    assert len(ear.inbound.strangers) == STRANGERS_MAX
    assert ear.inbound.counts["from_strangers"] == STRANGERS_MAX + 5
    ear.hear("state", STATE, real_ms=77, robot="EVIL/X0")
    assert ear.inbound.strangers["EVIL/X0"].messages == 2
    assert ear.inbound.strangers["EVIL/X0"].heard_ms == 77


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40), st.binary(max_size=60))
def test_whatever_comes_nothing_is_raised(topic: str, payload: bytes) -> None:
    inbound = Inbound(["ACME/R7"], 0, lambda _: None)
    for name in (topic, f"uagv/v2/ACME/R7/{topic}", "uagv/v2/ACME/R7/state"):
        assert inbound.take(name, payload, 0, 0) == []
