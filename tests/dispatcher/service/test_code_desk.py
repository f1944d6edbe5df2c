# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatcher.core.state import Parcel
from dispatcher.service.code_desk import KNOWN_MAX, UNKNOWN_MAX, CodeDesk, Verdict
from dispatcher.service.contacts import Contacts

WRONG = Verdict(False)


class Desk:
    """A desk with a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.now_ms = 0
        self.contacts = Contacts(folder, draw=lambda below: 493_817)
        self.desk = CodeDesk(self.contacts, lambda: self.now_ms)

    def try_code(self, parcel: Parcel | None, code: str, page: str = "") -> Verdict:
        return self.desk.judge(parcel, page, code)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.contacts.close()


def parcel(name: str = "p1", ended_ms: int = 0) -> Parcel:
    return Parcel(name, "delivery", "st", "stop", "S", 0, "anna", 0, 0, 0, ended_ms=ended_ms)


def test_the_right_code_opens_and_a_wrong_one_does_not(desk: Desk) -> None:
    assert desk.try_code(parcel(), "493816") == WRONG
    assert desk.try_code(parcel(), "") == WRONG
    assert desk.try_code(parcel(), "４９３８１７") == WRONG
    assert desk.try_code(parcel(), "493817").right


def test_five_wrong_codes_shut_the_desk_for_a_minute_then_for_two(desk: Desk) -> None:
    for _ in range(5):
        assert desk.try_code(parcel(), "0") == WRONG
    assert desk.try_code(parcel(), "493817") == Verdict(False, 60_000), "it was looked at"
    desk.now_ms = 59_999
    assert desk.try_code(parcel(), "493817") == Verdict(False, 1)
    desk.now_ms = 60_000
    for _ in range(5):
        assert desk.try_code(parcel(), "0") == WRONG
    assert desk.try_code(parcel(), "493817") == Verdict(False, 120_000)
    desk.now_ms += 120_000
    assert desk.try_code(parcel(), "493817").right
    assert desk.try_code(parcel(), "0") == WRONG, "the right code ends the count"


def test_an_unknown_page_and_an_ended_parcel_look_like_a_wrong_code(desk: Desk) -> None:
    for one, page in ((None, "no-such-page"), (parcel("p9", ended_ms=7), "old-page")):
        for _ in range(5):
            assert desk.try_code(one, "493817", page) == WRONG
        assert desk.try_code(one, "493817", page).wait_ms == 60_000


def test_guessing_at_pages_does_not_unlock_a_parcel_and_fills_no_memory(desk: Desk) -> None:
    for _ in range(5):
        desk.try_code(parcel(), "0")
    for n in range(UNKNOWN_MAX + 50):
        desk.try_code(None, "0", f"guess-{n}")
    assert desk.try_code(parcel(), "493817").wait_ms
    assert len(desk.desk._unknown) == UNKNOWN_MAX
    assert KNOWN_MAX >= 20_000
