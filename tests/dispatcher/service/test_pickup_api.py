# SPDX-License-Identifier: Apache-2.0
"""People let in at a robot over HTTP; robots that wait for a word are scripted."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatcher.core import events as ev
from dispatcher.core.effects import PublishInstant, PublishOrder
from tests.dispatcher.provisioning.tls_broker import TlsBroker
from tests.dispatcher.service.rig import ROBOT, SITE, Rig
from tests.dispatcher.service.test_api import DELIVERY, JSON, assert_problem, served

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def announce(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/v1/parcels", json=DELIVERY)
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


class RobotWithoutKeypad:
    """It stands at a stop until it is told to go on."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.held: list[str] = []
        rig.link.publish_order = self._order  # type: ignore[method-assign]
        rig.link.publish_instant = self._instant  # type: ignore[method-assign]
        self.triggers: list[PublishInstant] = []

    def come(self) -> None:
        self.rig.link.come_online()
        self.rig.link.offer(
            ev.RobotDescribed(
                ROBOT,
                node_actions=("pick", "drop", "waitForTrigger", "startCharging"),
                instant_actions=("cancelOrder", "stateRequest", "trigger", "factsheetRequest"),
            )
        )

    def _order(self, effect: PublishOrder, digests: object) -> bool:
        asyncio.get_running_loop().call_later(0.01, self._drive, effect)
        return True

    def _drive(self, order: PublishOrder) -> None:
        base = [node for node in order.nodes if node.released]
        actions = base[-1].actions
        reports, waits = [], False
        for action in actions:
            waits = waits or action.kind == "wait"
            if waits and action.id not in self.held:
                self.held.append(action.id)
            status = "FINISHED" if not waits else "RUNNING" if action.kind == "wait" else "WAITING"
            reports.append(ev.ActionReport(action.id, status))
        self._report(order, tuple(reports), len(order.nodes) - len(base))

    def _report(
        self, order: PublishOrder, reports: tuple[ev.ActionReport, ...], nodes_left: int
    ) -> None:
        base = [node for node in order.nodes if node.released]
        self.rig.link.offer(
            ev.RobotReported(
                order.robot,
                order=order.order,
                update=order.update,
                last_node=base[-1].node,
                last_sequence=base[-1].sequence,
                nodes_left=nodes_left,
                actions=reports,
            )
        )

    def _instant(self, effect: PublishInstant) -> bool:
        done = [ev.ActionReport(effect.id, "FINISHED")]
        if effect.kind == "trigger":
            self.triggers.append(effect)
            done += [ev.ActionReport(action, "FINISHED") for action in self.held]
            self.held = []
        self.rig.link.offer(ev.RobotReported(effect.robot, actions=tuple(done)))
        return True


async def test_the_right_code_on_the_page_opens_at_a_robot_without_a_keypad(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (rig, client):
        robot = RobotWithoutKeypad(rig)
        robot.come()
        parcel = await announce(client)
        page = f"/v1/pickup/{parcel['token']}"
        await rig.until(lambda: rig.parcel_state(parcel["parcel"]) == "at_stop")
        wrong = await client.post(page, json={"code": other_code(parcel["code"])})
        assert (wrong.status_code, wrong.json()["result"]) == (403, "wrong")
        assert robot.triggers == []
        right = await client.post(page, content=f"code={parcel['code']}", headers=FORM)
        assert right.status_code == 200, right.text
        assert "opens now" in right.text
        assert len(robot.triggers) == 1
        await rig.until(lambda: rig.parcel_state(parcel["parcel"]) == "delivered")
        over = await client.post(page, json={"code": parcel["code"]})
        assert over.json()["result"] == "wrong", "an ended parcel is like none"


async def test_the_page_says_nothing_of_a_parcel_and_is_the_same_for_an_unknown_address(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (_, client):
        parcel = await announce(client)
        known = await client.get(f"/v1/pickup/{parcel['token']}")
        unknown = await client.get("/v1/pickup/no-such-token")
        assert known.status_code == 200
        assert "<form" in known.text
        assert "<script" not in known.text
        for word in (parcel["parcel"], parcel["token"], parcel["code"], "stop-b", "r-1"):
            assert word not in known.text
        assert known.text == unknown.text
        for name in ("cache-control", "referrer-policy", "content-security-policy"):
            assert known.headers[name] == unknown.headers[name]
        body = {"code": other_code(parcel["code"])}
        answers = [
            await client.post(f"/v1/pickup/{token}", json=body)
            for token in (parcel["token"], "no-such-token")
        ]
        assert answers[0].content == answers[1].content
        assert answers[0].status_code == answers[1].status_code == 403


async def test_after_five_wrong_codes_the_page_is_locked_also_for_the_right_one(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as (_, client):
        parcel = await announce(client)
        for token in (parcel["token"], "no-such-token"):
            for _ in range(5):
                await client.post(f"/v1/pickup/{token}", json={"code": "x"})
            locked = await client.post(f"/v1/pickup/{token}", json={"code": parcel["code"]})
            assert locked.status_code == 429
            assert 0 < int(locked.headers["retry-after"]) <= 60
        # One lock for page and staff: else it could be tried at both.
        at_desk = await client.post(
            f"/v1/parcels/{parcel['parcel']}/open", json={"code": parcel["code"]}
        )
        assert_problem(at_desk, 429, "too many wrong codes")


async def test_a_right_code_before_the_robot_is_there_opens_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, client):
        parcel = await announce(client)
        page = await client.post(f"/v1/pickup/{parcel['token']}", json={"code": parcel["code"]})
        assert (page.status_code, page.json()["result"]) == (409, "not_now")
        spaced = f"{parcel['code'][:3]} {parcel['code'][3:]}"
        where = f"/v1/parcels/{parcel['parcel']}"
        assert_problem(await client.post(f"{where}/open", json={"code": spaced}), 409, "no robot")
        assert_problem(await client.post(f"{where}/release", json={}), 409, "no robot")
        assert_problem(await client.post("/v1/parcels/p-none/release", json={}), 404)
        wrong = other_code(parcel["code"])
        assert_problem(await client.post(f"{where}/open", json={"code": wrong}), 403, "not fit")


async def test_the_pages_need_no_login_and_everything_else_does(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("0123456789abcdef\n")
    text = SITE.replace("[api]\n", '[api]\ntoken_file = "token"\n')
    async with served(tmp_path, text) as (_, client):
        assert (await client.get("/v1/pickup/any")).status_code == 200
        assert (await client.post("/v1/pickup/any", json={"code": "1"})).status_code == 403
        for path in ("parcels/p/open", "parcels/p/release", f"robots/{ROBOT}/revoke"):
            assert (await client.post(f"/v1/{path}", json={"code": "1"})).status_code == 401


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b'{"code": 5}', JSON, 422),
        (b'{"code": "1"}', {}, 415),
        (b"\xff\xfe=%%%", FORM, 403),
        (b"code=" + b"9" * 1_500, FORM, 403),
        (b"&".join(b"a%d=1" % n for n in range(50)), FORM, 400),
    ],
)
async def test_anything_may_be_sent_to_a_page(
    tmp_path: Path, body: bytes, headers: dict[str, str], status: int
) -> None:
    async with served(tmp_path) as (_, client):
        answer = await client.post("/v1/pickup/any", content=body, headers=headers)
        assert answer.status_code == status


async def test_a_robot_that_waits_for_nobody_cannot_be_made_to_wait(tmp_path: Path) -> None:
    async with served(tmp_path) as (rig, client):
        rig.link.come_online()
        url = f"/v1/robots/{ROBOT}/extend-wait"
        assert_problem(await client.post(url, json={"by_ms": 60_000}), 409, "waits for nobody")
        assert_problem(await client.post(url, json={"by_ms": 0}), 422, "by_ms")
        other = await client.post("/v1/robots/toy/none/extend-wait", json={"by_ms": 60_000})
        assert_problem(other, 404)


async def test_a_revoked_robot_loses_its_key_and_its_parcels_get_new_codes(tmp_path: Path) -> None:
    broker = TlsBroker(tmp_path)
    broker.add(ROBOT)
    text, _, _ = SITE.partition("[[robots]]")
    text += f'[fleet]\nregistry = "{broker.fleet.path}"\nbroker = "{broker.folder.path}"\n'
    async with served(tmp_path, text) as (rig, client):
        parcel = await announce(client)
        carry_out = rig.link._carry_out

        def stolen_on_its_way(order: PublishOrder) -> None:
            if not any(
                a.kind == "out" for node in order.nodes if node.released for a in node.actions
            ):
                carry_out(order)

        rig.link._carry_out = stolen_on_its_way  # type: ignore[method-assign]
        rig.link.come_online()
        await rig.until(
            lambda: rig.parcel_state(parcel["parcel"]) in ("loaded", "riding", "at_stop")
        )
        answer = await client.post(f"/v1/robots/{ROBOT}/revoke")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["broker"], answer.json()["link"]) == ("not running", "offline")
        assert broker.fleet.read().robots[ROBOT].keys == ()
        shown = (await client.get(f"/v1/parcels/{parcel['parcel']}")).json()
        assert shown["custody_known"] is False
        code = (await client.get(f"/v1/parcels/{parcel['parcel']}/code")).json()
        assert code["code"] != parcel["code"]
        again = await client.post(f"/v1/robots/{ROBOT}/revoke")
        assert again.status_code == 200, "once more does no harm"
        assert_problem(await client.post("/v1/robots/toy/none/revoke"), 404)


async def test_the_notice_holds_the_pages_token_beside_the_code(tmp_path: Path) -> None:
    async with served(tmp_path) as (rig, client):
        parcel = await announce(client)
        outbox = tmp_path / "data" / "outbox.jsonl"
        await rig.until(lambda: outbox.exists() and outbox.read_text().endswith("\n"))
        notice = json.loads(outbox.read_text().splitlines()[0])
        assert (notice["code"], notice["token"]) == (parcel["code"], parcel["token"])
