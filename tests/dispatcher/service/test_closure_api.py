# SPDX-License-Identifier: Apache-2.0
"""Areas shut and opened over HTTP."""

from pathlib import Path

import pytest

from robot_agent.campus import to_lat_lon
from tests.dispatcher.service.rig import ROBOT
from tests.dispatcher.service.test_api import DELIVERY, assert_problem, served


def around(lon: float, lat: float) -> list[list[float]]:
    half = 0.0002
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return [[lon + a * half, lat + b * half] for a, b in corners]


async def test_a_closed_stop_gets_its_parcel_when_it_is_opened_again(tmp_path: Path) -> None:
    async with served(tmp_path) as (rig, client):
        stop = rig.site.graph.node(rig.site.graph.place("stop-b").node)
        frame_site = rig.site.graph.campus.site
        lat, lon = to_lat_lon(frame_site, stop.x_mm, stop.y_mm)
        body = {"closure": "works-1", "outline": around(lon, lat), "by": "ida"}
        answer = await client.post("/v1/closures", json=body)
        assert answer.status_code == 201, answer.text
        assert answer.json()["active"]
        assert answer.json()["until_ms"] == 0
        listed = (await client.get("/v1/closures")).json()["closures"]
        assert [one["closure"] for one in listed] == ["works-1"]
        assert listed[0]["outline"][0] == pytest.approx([lon - 0.0002, lat - 0.0002], abs=1e-6)
        name = (await client.post("/v1/parcels", json=DELIVERY)).json()["parcel"]
        rig.link.come_online()
        await rig.until(lambda: ROBOT in rig.site.state.robots)
        shown = (await client.get(f"/v1/parcels/{name}")).json()
        assert shown["state"] == "at_station"
        assert (await client.delete("/v1/closures/works-1")).status_code == 204
        await rig.until(lambda: rig.parcel_state(name) == "delivered")
        assert (await client.get("/v1/closures")).json() == {"closures": []}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outline": [[8.4, 49], [8.4, 49.001]]}, ["length"]),
        ({"outline": [[8.4, 49], [8.4, 49.001], [200, 49]]}, ["outline"]),
        ({"outline": [[8.4, 49], [8.4, 49.002], [8.4, 49.001]]}, ["outline"]),
        (
            {"outline": [[49, 8.4], [49.001, 8.4], [49, 8.401]]},
            ["[49.0, 8.4] is more than 50 km", "first"],
        ),
        ({"until": "yesterday"}, ["until", "yesterday"]),
        ({"until": "2001-01-01T00:00:00"}, ["until: must be later"]),
        ({"untill": 5}, ["untill"]),
    ],
)
async def test_a_closure_that_cannot_be_is_refused_and_changes_nothing(
    tmp_path: Path, changes: dict[str, object], words: list[str]
) -> None:
    async with served(tmp_path) as (_, client):
        body = {"outline": around(8.4, 49), **changes}
        assert_problem(await client.post("/v1/closures", json=body), 422, *words)
        assert (await client.get("/v1/closures")).json() == {"closures": []}
        assert_problem(await client.delete("/v1/closures/none"), 404, "no closure 'none'")
