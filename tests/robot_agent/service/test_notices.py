# SPDX-License-Identifier: Apache-2.0
import time

import pytest

from robot_agent.service.notices import AGAIN_AFTER_S, say_now_and_then


def test_what_is_still_so_is_said_again_after_a_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for after_s in (0, 1, AGAIN_AFTER_S - 1, AGAIN_AFTER_S, AGAIN_AFTER_S + 1):
        monkeypatch.setattr(time, "monotonic", lambda after_s=after_s: 5_000.0 + after_s)
        say_now_and_then("the body hangs")
    assert capsys.readouterr().err == "robot-agent: the body hangs\n" * 2
