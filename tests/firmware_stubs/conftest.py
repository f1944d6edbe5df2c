# SPDX-License-Identifier: Apache-2.0
"""What holds for either board is tested with both."""

from typing import Any

import pytest


@pytest.fixture(params=["DRIVE", "LOCKER"], ids=str.lower)
def board(request: pytest.FixtureRequest) -> Any:
    """A BoardUnderTest, just started."""
    from robot_agent.board.words import BoardKind
    from tests.firmware_stubs.boards import BoardUnderTest

    return BoardUnderTest(BoardKind[request.param])
