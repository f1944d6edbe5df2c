# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes come on a robot's two topics: done, or refused with one error, and it goes on."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.core.events import InstantActionsReceived, MessageRefused, OrderReceived
from robot_agent.core.robot import Robot
from robot_agent.vda5050.codec import WireError, decode_instant_actions, decode_order
from robot_agent.vda5050.topics import TopicName
from tests.robot_agent.conformance.bench_robot import SPEC, Bench
from tests.robot_agent.conformance.orders import along
from tests.robot_agent.fuzz.hostile_bytes import FUZZ, payloads


@pytest.mark.parametrize("name", ["order", "instantActions"])
@settings(FUZZ, max_examples=80)
@given(st.data())
def test_any_bytes_are_done_or_refused_and_the_robot_goes_on(name: TopicName, data: Any) -> None:
    bench = Bench(by_schema=False)
    payload = data.draw(payloads(name))
    actions, refused = 1, ""
    try:
        if name == "order":
            bench.feed(OrderReceived(decode_order(payload)))
        else:
            message = decode_instant_actions(payload)
            actions = len(message.actions)
            bench.feed(InstantActionsReceived(message))
    except WireError as error:
        refused = str(error)
        bench.feed(MessageRefused(name, refused))
    assert len(bench.state.errors) <= max(1, actions)
    if refused:
        assert [one.error_description for one in bench.state.errors] == [refused]
    bench.run(200_000)
    Robot.restore(SPEC, bench.saved, bench.now_ms)
    bench.instant("cancelOrder", "the-end")
    bench.instant("stopPause", "go")
    bench.run(200_000)
    bench.order(along([0, 1], order_id="after"))
    assert bench.state.order_id == "after" or bench.state.errors
