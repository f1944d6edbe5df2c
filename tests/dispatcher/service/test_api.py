# SPDX-License-Identifier: Apache-2.0
"""The HTTP API over a real server on a free port; robots are scripted (rig.py)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from dispatcher.core.events import ErrorReport, RobotReported
from dispatcher.service.api import create_app
from dispatcher.service.api_server import ApiServer
from dispatcher.service.inbound import Stranger
from robot_agent.vda5050.restarts import RESTARTS
from tests.dispatcher.service.rig import ROBOT, SITE, Rig, running, write_site

JSON = {"content-type": "application/json"}
DELIVERY = {"destination": "stop-b", "size": "S", "recipient": "r-1", "at_station": True}


@asynccontextmanager
async def served(folder: Path, text: str = SITE) -> AsyncIterator[tuple[Rig, httpx.AsyncClient]]:
    """A running site with its API, and a client of it."""
    async with running(write_site(folder, text)) as rig:
        server = ApiServer(create_app(rig.site))
        task = asyncio.create_task(server.serve(sockets=[rig.parts.listener]))
        port = rig.parts.listener.getsockname()[1]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield rig, client
        server.should_exit = True
        await task


def assert_problem(answer: httpx.Response, status: int, *words: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    for word in words:
        assert word in body["detail"]


async def test_a_parcel_is_announced_carried_and_shown_delivered(tmp_path: Path) -> None:
    async with served(tmp_path) as (rig, client):
        answer = await client.post("/v1/parcels", json=DELIVERY)
        assert answer.status_code == 201, answer.text
        accepted = answer.json()
        stored = rig.parts.journal._connection.execute("SELECT count(*) FROM records").fetchone()
        assert stored[0] >= 2, "the answer came before the commit"
        assert accepted["state"] == "at_station"
        assert accepted["origin"] == "station-st"
        name, code = accepted["parcel"], accepted["code"]
        assert len(code) == 6
        assert accepted["presumed"] is False
        rig.link.come_online()
        await rig.until(lambda: rig.parcel_state(name) == "delivered")
        shown = (await client.get(f"/v1/parcels/{name}")).json()
        assert (shown["state"], shown["presumed"]) == ("delivered", False)
        assert "code" not in shown
        assert_problem(await client.get(f"/v1/parcels/{name}/code"), 410, "erased")


async def test_the_code_of_an_open_parcel_can_be_asked_for(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, client):
        accepted = (await client.post("/v1/parcels", json=DELIVERY)).json()
        answer = await client.get(f"/v1/parcels/{accepted['parcel']}/code")
        assert answer.json()["code"] == accepted["code"]
        assert answer.headers["cache-control"] == "no-store"


async def test_a_repeated_key_gives_the_first_answer_again_and_another_content_is_refused(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (_, client):
        key = {"Idempotency-Key": "order-7"}
        first = await client.post("/v1/parcels", json=DELIVERY, headers=key)
        again = await client.post("/v1/parcels", json=DELIVERY, headers=key)
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()
        other = await client.post("/v1/parcels", json={**DELIVERY, "size": "M"}, headers=key)
        assert_problem(other, 409, "Idempotency-Key")
        assert len((await client.get("/v1/parcels?state=open")).json()["parcels"]) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"destination": "stop-nowhere"}, ["destination", "stop-nowhere"]),
        ({"size": "XL"}, ["size"]),
        ({"size": None}, ["size"]),
        ({"size": "L"}, ["no robot has a compartment for L"]),
        ({"sizes": "S"}, ["sizes"]),
        ({"mass_g": -1}, ["mass_g"]),
        ({"parcel": "no spaces"}, ["parcel"]),
        ({"parcel": "no-line-break\n"}, ["parcel"]),
        ({"slot_from": "tomorrow"}, ["slot_from", "tomorrow"]),
        ({"slot_from_ms": 20, "slot_until_ms": 10}, ["slot_until"]),
        ({"slot_from": 5, "slot_from_ms": 5}, ["slot_from: given twice"]),
        ({"slot_from_ms": 10**40}, ["slot_from_ms"]),
    ],
)
async def test_a_bad_parcel_is_refused_naming_the_field_and_changes_nothing(
    tmp_path: Path, change: dict[str, Any], words: list[str]
) -> None:
    async with served(tmp_path) as (rig, client):
        assert_problem(await client.post("/v1/parcels", json={**DELIVERY, **change}), 422, *words)
        assert rig.site.state.parcels == {}


async def test_bytes_that_are_no_json_and_bodies_too_long_are_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, client):
        for body in (b"", b"{", b"\xff\xfe", b"[" * 1_000):
            answer = await client.post("/v1/parcels", content=body, headers=JSON)
            assert answer.status_code in (400, 422), answer.text
            assert answer.headers["content-type"] == "application/problem+json"
        long = await client.post("/v1/parcels", json={**DELIVERY, "recipient": "x" * 5_000})
        assert_problem(long, 413)
        assert_problem(await client.get("/v1/nothing"), 404)
        assert_problem(await client.put("/v1/parcels"), 405)
        assert_problem(await client.get("/v1/parcels?limit=0"), 422, "limit")
        assert_problem(await client.get("/v1/parcels?limit=x"), 422, "limit")


async def test_slots_are_iso_times_local_to_the_site_or_ms(tmp_path: Path) -> None:
    text = SITE.replace('data_dir = "data"', 'data_dir = "data"\ntimezone = "Europe/Berlin"')
    async with served(tmp_path, text) as (_, client):
        slot = {"slot_from": "2026-07-01T18:00:00", "slot_until": "2026-07-01T17:00:00Z"}
        shown = (await client.post("/v1/parcels", json={**DELIVERY, **slot})).json()
        assert shown["slot_until_ms"] - shown["slot_from_ms"] == 3_600_000
        slot_ms = {"slot_from": 1_000, "slot_until_ms": 2_000}
        shown = (await client.post("/v1/parcels", json={**DELIVERY, **slot_ms})).json()
        assert (shown["slot_from_ms"], shown["slot_until_ms"]) == (1_000, 2_000)


async def test_staff_declare_and_cancel_and_are_told_when_it_is_too_late(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, client):
        body = {**DELIVERY, "at_station": False, "parcel": "p1"}
        assert (await client.post("/v1/parcels", json=body)).json()["state"] == "announced"
        there = await client.post("/v1/parcels/p1/declare", json={"where": "at_station"})
        assert there.json()["state"] == "at_station"
        gone = await client.post("/v1/parcels/p1/cancel")
        assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
        assert_problem(await client.post("/v1/parcels/p1/cancel"), 409, "ended")
        assert_problem(await client.post("/v1/parcels/p2/cancel"), 404)
        wrong = await client.post("/v1/parcels/p1/declare", json={"where": "moon"})
        assert_problem(wrong, 422, "where")
        listed = (await client.get("/v1/parcels?state=cancelled")).json()
        assert [parcel["parcel"] for parcel in listed["parcels"]] == ["p1"]
        assert_problem(await client.get("/v1/parcels?state=moon"), 422, "given_up")


async def test_robots_are_listed_held_and_released(tmp_path: Path) -> None:
    async with served(tmp_path) as (rig, client):
        rig.link.come_online()
        await rig.until(lambda: rig.site.state.robots["toy/r1"].link == "online")
        held = await client.post("/v1/robots/toy/r1/hold")
        assert held.json()["held"]
        assert (await client.post("/v1/robots/toy/r1/release")).json()["held"] == ""
        assert_problem(await client.post("/v1/robots/toy/r9/hold"), 404)
        (robot,) = (await client.get("/v1/robots")).json()["robots"]
        assert robot["registered"]
        assert robot["battery_pct"] == 90
        assert robot["position"] == {"x_mm": 0, "y_mm": 0}


async def test_a_robot_that_stands_is_shown_with_who_must_see_to_it_and_released(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (rig, client):
        rig.link.come_online()
        robot = rig.site.state.robots["toy/r1"]
        await rig.until(lambda: robot.link == "online")
        rig.link.ponders = True
        text = RESTARTS["brown_out"].text
        stop = ErrorReport("motionStopped", "FATAL", text, cause="brown_out", who="operator")
        rig.link.offer(RobotReported("toy/r1", errors=(stop,)))
        await rig.until(lambda: bool(robot.held))
        (shown,) = (await client.get("/v1/robots")).json()["robots"]
        assert shown["stands"] == {"cause": "brown_out", "who": "operator", "text": text}
        assert text in shown["held"]
        metrics = (await client.get("/metrics")).text
        assert 'drover_robots_standing{who="operator"} 1.0' in metrics
        released = (await client.post("/v1/robots/toy/r1/release")).json()
        assert released["held"] == ""
        assert "releaseStop" in [one.kind for one in robot.session.instants]
        bumped = replace(stop, text="the bumper was hit", cause="bumper", who="person")
        rig.link.offer(RobotReported("toy/r1", errors=(bumped,)))
        await rig.until(lambda: robot.errors == (bumped,))
        refused = await client.post("/v1/robots/toy/r1/release")
        assert_problem(refused, 409, "somebody must go to it: the bumper was hit")
        rig.link.offer(RobotReported("toy/r1", errors=()))
        await rig.until(lambda: robot.errors == ())
        (shown,) = (await client.get("/v1/robots")).json()["robots"]
        assert shown["stands"] is None


async def test_site_summary_jobs_and_metrics_add_up(tmp_path: Path) -> None:
    async with served(tmp_path) as (rig, client):
        rig.link.come_online()
        for _ in range(3):
            await client.post("/v1/parcels", json=DELIVERY)
        await rig.until(lambda: len(rig.site.state.ended) == 3)
        summary = (await client.get("/v1/summary")).json()
        parcels = summary["parcels"]
        assert parcels["accepted"] == 3
        assert parcels["accepted"] == sum(parcels.values()) - parcels["accepted"]
        assert summary["on_time_share"] == 1.0
        assert summary["km"] > 0
        assert summary["planner_calls"] > 0
        site = (await client.get("/v1/site")).json()
        assert [stop["id"] for stop in site["stops"]] == ["stop-b", "stop-c"]
        assert (await client.get("/v1/jobs")).status_code == 200
        text = (await client.get("/metrics")).text
        found = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        assert found["drover_parcels", "delivered"] == 3
        assert found["drover_robots", "online"] == 1
        assert (await client.get("/v1/schema/openapi.json")).status_code == 200


async def test_health_tells_a_missing_broker_and_a_frozen_site(tmp_path: Path) -> None:
    async with served(tmp_path) as (rig, client):
        assert (await client.get("/healthz")).json()["status"] == "ok"
        rig.link.connected = False
        degraded = await client.get("/healthz")
        assert (degraded.status_code, degraded.json()["status"]) == (200, "degraded")
        rig.site.runner.frozen = "event 7: the books do not add up"
        frozen = await client.get("/healthz")
        assert (frozen.status_code, frozen.json()["status"]) == (503, "frozen")
        refused = await client.post("/v1/parcels", json=DELIVERY)
        assert_problem(refused, 503, "the books do not add up")
        assert refused.headers["retry-after"] == "1"
        rig.site.runner.frozen = ""


async def test_with_a_token_everything_but_health_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token-of-some-length\n")
    text = SITE.replace("port = 0", 'port = 0\ntoken_file = "token"')
    async with served(tmp_path, text) as (_, client):
        assert_problem(await client.get("/v1/parcels"), 401, "token")
        wrong = {"Authorization": "Bearer nonsense-é".encode()}
        assert_problem(await client.get("/metrics", headers=wrong), 401)
        right = {"Authorization": "Bearer a-token-of-some-length"}
        assert (await client.get("/v1/parcels", headers=right)).status_code == 200
        assert (await client.get("/healthz")).status_code == 200


async def test_a_repeated_key_finds_its_parcel_whatever_the_request_leaves_to_the_clock(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (rig, client):
        far_ms = rig.site.clock.now_ms() + 7_200_000
        for key, times in (("k1", {}), ("k2", {"slot_until_ms": far_ms})):
            names = set()
            for _ in range(2):
                answer = await client.post(
                    "/v1/parcels", json={**DELIVERY, **times}, headers={"Idempotency-Key": key}
                )
                names.add(answer.json().get("parcel", answer.text))
            assert len(names) == 1, names


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_a_key_that_could_not_keep_a_repeat_apart_is_refused(
    tmp_path: Path, key: str
) -> None:
    async with served(tmp_path) as (rig, client):
        answer = await client.post("/v1/parcels", json=DELIVERY, headers={"Idempotency-Key": key})
        assert_problem(answer, 422, "Idempotency-Key: 1 to 200 characters")
        assert rig.site.state.parcels == {}


async def test_where_no_code_can_be_stored_the_caller_is_to_ask_again_and_gets_the_same_parcel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(parcel: str, version: int, recipient: str) -> str:
        raise sqlite3.OperationalError("database or disk is full")

    async with served(tmp_path) as (rig, client):
        key = {"Idempotency-Key": "k"}
        with monkeypatch.context() as patched:
            patched.setattr(rig.parts.contacts, "code_of", full)
            first = await client.post("/v1/parcels", json=DELIVERY, headers=key)
            assert_problem(first, 503, "is accepted", "ask again")
        again = (await client.post("/v1/parcels", json=DELIVERY, headers=key)).json()
        assert len(again["code"]) == 6
        assert list(rig.site.state.parcels) == [again["parcel"]]


async def test_a_robot_that_is_no_longer_registered_is_listed_once(tmp_path: Path) -> None:
    async with served(tmp_path) as (rig, client):
        rig.link.come_online()
        rig.link.strangers = (Stranger(ROBOT), Stranger("toy/other"))  # type: ignore[assignment]
        assert (await client.post(f"/v1/robots/{ROBOT}/revoke")).json()["broker"] == "elsewhere"
        rows = (await client.get("/v1/robots")).json()["robots"]
        shown = [(row["robot"], row["registered"], row["link"]) for row in rows]
        assert shown == [(ROBOT, False, "offline"), ("toy/other", False, "")]
