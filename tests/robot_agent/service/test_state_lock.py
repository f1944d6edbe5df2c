# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from robot_agent.service.state_lock import LockedError, state_lock


def test_one_memory_has_one_agent_at_a_time(tmp_path: Path) -> None:
    with (
        state_lock(tmp_path),
        pytest.raises(LockedError, match="another agent is at work") as refused,
        state_lock(tmp_path),
    ):
        pass
    assert "\n" not in str(refused.value)
    with state_lock(tmp_path):
        assert list(tmp_path.iterdir()) == []
