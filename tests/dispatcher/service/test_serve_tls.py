# SPDX-License-Identifier: Apache-2.0
"""`dispatcher serve` and a real mosquitto: a robot's credentials from its bundle to its end."""

from pathlib import Path

from dispatcher.provisioning.bundle import Bundle
from robot_agent.vda5050.codec import encode
from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.header import stamped
from tests.dispatcher.provisioning.tls_broker import Client, site_text, tls_broker, until
from tests.dispatcher.service.rig import write_site
from tests.dispatcher.service.test_serve import daemon


def say_online(client: Client) -> None:
    message = stamped(
        Connection(connection_state="ONLINE"),
        header_id=1,
        timestamp="2026-01-31T12:00:00.000Z",
        manufacturer="acme",
        serial_number="R1",
    )
    client.say("uagv/v2/acme/R1/connection", encode(message).decode())


def test_a_robot_is_added_exchanges_its_credentials_and_is_revoked_without_a_restart(
    tmp_path: Path,
) -> None:
    with (
        tls_broker(tmp_path) as broker,
        daemon(write_site(tmp_path, site_text(broker))) as (_, api),
    ):

        def link_of(robot: str) -> str:
            rows = api.get("/v1/robots").json()["robots"]
            return next((row["link"] for row in rows if row["robot"] == robot), "unknown")

        until(lambda: api.get("/healthz").json()["status"] == "ok")
        bundle = broker.add("acme/R1")
        until(lambda: link_of("acme/R1") == "offline")
        old = Client(broker.port, bundle)
        say_online(old)
        until(lambda: link_of("acme/R1") == "online")

        fresh = broker.rotate("acme/R1", until_ms=1 << 52)
        assert old.is_in
        # The daemon knows of the exchange within a second, and then hears of the new login.
        until(lambda: _ended_by_a_login(broker.port, fresh, old))

        robot = Client(broker.port, fresh)
        answer = api.post("/v1/robots/acme/R1/revoke")
        assert answer.status_code == 200
        assert answer.json()["registered"] is False
        assert robot.is_down.wait(20)
        assert not Client(broker.port, fresh).is_in


def _ended_by_a_login(port: int, fresh: Bundle, old: Client) -> bool:
    client = Client(port, fresh)
    ended = old.is_down.wait(0.5)
    client.leave()
    return ended
