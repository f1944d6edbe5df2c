# SPDX-License-Identifier: Apache-2.0
"""Who may call the API: what a web page in somebody's browser could send is refused."""

import logging
from pathlib import Path

import pytest

from tests.dispatcher.service.rig import ROBOT, SITE
from tests.dispatcher.service.test_api import DELIVERY, assert_problem, served

TOKEN = "a-token-of-enough-letters"
EVIL = "https://evil.example"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_that_a_form_could_send_is_refused(tmp_path: Path, kind: str) -> None:
    async with served(tmp_path) as (rig, client):
        headers = {"content-type": kind} if kind else {}
        answer = await client.post("/v1/parcels", content=b'{"parcel": "p"}', headers=headers)
        assert_problem(answer, 415, "application/json")
        hold = f"/v1/robots/{ROBOT}/hold"
        if kind:
            assert_problem(await client.post(hold, headers=headers), 415)
        assert rig.site.state.robots[ROBOT].held == ""
        assert (await client.post(hold)).status_code == 200, "nothing is sent, so nothing declared"
        charset = {"content-type": "application/json; charset=utf-8"}
        answer = await client.post("/v1/parcels", content=b"{", headers=charset)
        assert_problem(answer, 400)


async def test_a_web_page_of_somebody_else_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as (rig, client):
        hold = f"/v1/robots/{ROBOT}/hold"
        for origin in (EVIL, "null", "http://localhost:1"):
            assert_problem(await client.post(hold, headers={"origin": origin}), 403, "web page")
            assert_problem(await client.get("/v1/parcels", headers={"origin": origin}), 403)
        assert rig.site.state.robots[ROBOT].held == ""
        own = {"origin": f"http://127.0.0.1:{client.base_url.port}"}
        assert (await client.post(hold, headers=own)).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil", "[::1"])
async def test_a_name_that_was_made_to_point_here_is_refused(tmp_path: Path, host: str) -> None:
    async with served(tmp_path) as (_, client):
        answer = await client.get("/v1/parcels", headers={"host": host})
        assert_problem(answer, 403, "this machine only")
        for own in ("localhost:8080", "127.0.0.1", "[::1]:8080"):
            assert (await client.get("/v1/parcels", headers={"host": own})).status_code == 200


async def test_with_a_token_any_name_and_any_page_that_knows_it_is_served(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    text = SITE.replace("[api]", '[api]\ntoken_file = "token"')
    async with served(tmp_path, text) as (_, client):
        foreign = {"host": "hub.example", "origin": EVIL}
        assert_problem(await client.get("/v1/parcels", headers=foreign), 401)
        foreign["authorization"] = f"Bearer {TOKEN}"
        assert (await client.get("/v1/parcels", headers=foreign)).status_code == 200
        plain = {**foreign, "content-type": "text/plain"}
        assert_problem(await client.post("/v1/parcels", content=b"{}", headers=plain), 415)


async def test_the_recipients_page_works_through_a_proxy_and_gives_its_address_to_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with served(tmp_path) as (rig, client):
        accepted = (await client.post("/v1/parcels", json=DELIVERY)).json()
        page = f"/v1/pickup/{accepted['token']}"
        outside = {"host": "parcels.example", "origin": "https://parcels.example"}
        form = {**outside, "content-type": "application/x-www-form-urlencoded"}
        shown = await client.get(page, headers=outside)
        typed = await client.post(page, content=f"code={accepted['code']}", headers=form)
        assert (shown.status_code, typed.status_code) == (200, 409)
        for answer in (shown, typed):
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-frame-options"] == "DENY"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        odd = {**outside, "content-type": "text/plain"}
        refused = await client.post(page, content=b'{"code": "1"}', headers=odd)
        assert_problem(refused, 415)
        assert refused.headers["cache-control"] == "no-store"
        out, err = capfd.readouterr()
        ours = [one.getMessage() for one in caplog.records if one.name.split(".")[0] != "httpx"]
        for secret in (accepted["token"], accepted["code"]):
            assert secret not in out + err + "\n".join([*rig.lines, *ours])
