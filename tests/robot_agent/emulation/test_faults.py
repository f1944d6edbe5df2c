# SPDX-License-Identifier: Apache-2.0
import pytest

from robot_agent.emulation.draw import next_time_ms
from robot_agent.emulation.faults import Faults, FaultsError, parse_faults


def test_the_words_are_read() -> None:
    assert parse_faults("") == Faults()
    text = "jam=1%,gnss=0.2/h,estop=0.05/h, shadow=stop:library,shadow=0.5/h,wrong_parcel=2.5%,"
    text += "brownout=1.5/h,bump=2/h"
    assert parse_faults(text) == Faults(
        jam_ppm=10_000,
        gnss_rate=200,
        estop_rate=50,
        shadow_places=("stop:library",),
        shadow_rate=500,
        wrong_parcel_ppm=25_000,
        brownout_rate=1_500,
        bump_rate=2_000,
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gnus=1/h", "'gnus=1/h': no such fault; there are jam, "),
        ("jam", "'jam': it says not how often, as in jam=1%"),
        ("jam=1/h", "'jam=1/h': '1/h' is not a share such as 1% or 0.5%"),
        ("jam=101%", "'jam=101%': more than 100%"),
        ("gnss=2%", "'gnss=2%': '2%' is not a rate, as in gnss=0.2/h"),
        ("gnss=61/h", "'gnss=61/h': more often than 60/h"),
        ("jam=1%,jam=2%", "'jam=2%': jam stands there twice"),
        (",", "'': no such fault"),
    ],
)
def test_a_wrong_word_is_named(text: str, sentence: str) -> None:
    with pytest.raises(FaultsError) as error:
        parse_faults(text)
    assert str(error.value).startswith(sentence)


def test_something_happens_about_as_often_as_was_asked_for() -> None:
    for rate, low, high in ((500, 420, 580), (4_000, 3_700, 4_300)):
        at_ms, count = 0, 0
        while (next_ms := next_time_ms(rate, at_ms, 1, "x")) is not None:
            if next_ms >= 1_000 * 3_600_000:
                break
            at_ms, count = next_ms, count + 1
        assert low <= count <= high
    assert next_time_ms(0, 0, "x") is None
