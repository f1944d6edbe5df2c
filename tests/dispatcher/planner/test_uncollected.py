# SPDX-License-Identifier: Apache-2.0
import gc

import pytest

from dispatcher.planner.uncollected import uncollected


@pytest.fixture(autouse=True)
def _collector():
    yield
    gc.enable()


def test_short_work_is_not_interrupted_and_the_collector_goes_on_after_it():
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_goes_on_also_where_the_work_fails():
    with pytest.raises(ValueError, match="no good"), uncollected():
        raise ValueError("no good")
    assert gc.isenabled()


def test_who_had_it_off_keeps_it_off():
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()
