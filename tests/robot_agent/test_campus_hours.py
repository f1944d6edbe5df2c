# SPDX-License-Identifier: Apache-2.0
"""Weekly hours, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot_agent.campus_hours import DAY_MIN, WEEK_MIN, HoursError, parse_hours


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("24/7", ((0, WEEK_MIN),)),
        ("00:00-24:00", ((0, WEEK_MIN),)),
        ("Mo,We 10:00-12:00;", ((600, 720), (3480, 3600))),
        ("Mo", ((0, DAY_MIN),)),
        ("Mo-Su off", ()),
        ("Su 22:00-02:00", ((0, 120), (9960, WEEK_MIN))),
        ("Sa-Mo: 12:00-13:00", ((720, 780), (7920, 7980), (9360, 9420))),
    ],
)
def test_hours_are_minutes_of_the_week(text: str, spans: tuple[tuple[int, int], ...]) -> None:
    assert parse_hours(text).spans == spans


def test_a_later_rule_replaces_its_days() -> None:
    hours = parse_hours("Mo-Fr 08:00-18:00; We 10:00-12:00; Fr off")
    assert not hours.open_at(2 * DAY_MIN + 9 * 60)
    assert hours.open_at(2 * DAY_MIN + 10 * 60)
    assert not hours.open_at(2 * DAY_MIN + 12 * 60)
    assert not hours.open_at(4 * DAY_MIN + 9 * 60)
    assert not hours.always
    assert parse_hours("24/7").always


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "hours are empty"),
        ("Mo-Fr 8-12", "'8-12' in hours 'Mo-Fr 8-12' is no time such as 07:40-18:00"),
        ("Xx 10:00-12:00", "'Xx' in hours 'Xx 10:00-12:00' is no day or range of days"),
        ("PH off", "no time such as"),
        ("sunrise-sunset", "no time such as"),
        ("25:00-26:00", "not within 00:00 and 24:00"),
        ("10:61-12:00", "not within 00:00 and 24:00"),
        ("10:00-10:00", "is empty; the whole day is 00:00-24:00"),
        ("x" * 1000, "longer than 512"),
    ],
)
def test_what_cannot_be_understood_is_refused(text: str, why: str) -> None:
    with pytest.raises(HoursError) as caught:
        parse_hours(text)
    assert why in str(caught.value)


@given(st.text("MoTuSaFr-,;: 0123456789off/", max_size=40))
def test_any_text_is_understood_or_refused_in_one_sentence(text: str) -> None:
    try:
        spans = parse_hours(text).spans
    except HoursError:
        return
    flat = [minute for span in spans for minute in span]
    assert flat == sorted(set(flat))
    assert all(0 <= minute <= WEEK_MIN for minute in flat)
