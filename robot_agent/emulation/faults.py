# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with emulated robots and people, and how often: `--faults`, read.

Words with a comma between, such as `jam=1%,gnss=0.2/h,shadow=stop:library`: of openings, parcels or
people a share in per cent; of the rest a rate per hour and robot. `shadow` may also name places,
around which there is no radio.
"""

import re

import msgspec

PPM_PER_PCT = 10_000
MAX_RATE_PER_H = 60
MAX_WORDS = 64

SHARES = ("jam", "wrong_parcel", "refuse", "wrong_code", "leave_open")
RATES = ("gnss", "lost", "estop", "blocked", "flat", "shadow", "brownout", "bump")

_NUMBER = r"(\d{1,6}(?:\.\d{1,3})?)"


class FaultsError(ValueError):
    """Which word of the text is wrong and why, in one sentence."""


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """Shares in ppm, rates per 1,000 hours; `shadow_places` as the text names them."""

    jam_ppm: int = 0
    wrong_parcel_ppm: int = 0
    refuse_ppm: int = 0
    wrong_code_ppm: int = 0
    leave_open_ppm: int = 0
    gnss_rate: int = 0
    lost_rate: int = 0
    estop_rate: int = 0
    blocked_rate: int = 0
    flat_rate: int = 0
    shadow_rate: int = 0
    brownout_rate: int = 0
    bump_rate: int = 0
    shadow_places: tuple[str, ...] = ()


def parse_faults(text: str) -> Faults:
    """Of the empty text: none. Raises FaultsError."""
    words = [word.strip() for word in text.split(",")] if text.strip() else []
    if len(words) > MAX_WORDS:
        raise FaultsError(f"{len(words)} words are more than {MAX_WORDS}")
    numbers: dict[str, int] = {}
    places: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        if name not in SHARES and name not in RATES:
            raise FaultsError(f"{word!r}: no such fault; there are {', '.join((*SHARES, *RATES))}")
        if not equals or not value:
            raise FaultsError(f"{word!r}: it says not how often, as in {_example(name)}")
        if name == "shadow" and not value.endswith(("/h", "%")):
            places.append(value)
            continue
        key = f"{name}_ppm" if name in SHARES else f"{name}_rate"
        if key in numbers:
            raise FaultsError(f"{word!r}: {name} stands there twice")
        numbers[key] = _share_ppm(word, value) if name in SHARES else _rate(word, name, value)
    return msgspec.convert({**numbers, "shadow_places": tuple(places)}, Faults)


def _share_ppm(word: str, value: str) -> int:
    found = re.fullmatch(_NUMBER + "%", value)
    if found is None:
        raise FaultsError(f"{word!r}: {value!r} is not a share such as 1% or 0.5%")
    share_ppm = _thousandths(found[1]) * PPM_PER_PCT // 1000
    if share_ppm > 100 * PPM_PER_PCT:
        raise FaultsError(f"{word!r}: more than 100%")
    return share_ppm


def _rate(word: str, name: str, value: str) -> int:
    found = re.fullmatch(_NUMBER + "/h", value)
    if found is None:
        raise FaultsError(f"{word!r}: {value!r} is not a rate, as in {_example(name)}")
    rate = _thousandths(found[1])
    if rate > MAX_RATE_PER_H * 1000:
        raise FaultsError(f"{word!r}: more often than {MAX_RATE_PER_H}/h")
    return rate


def _thousandths(number: str) -> int:
    whole, _, part = number.partition(".")
    return int(whole) * 1000 + int(part.ljust(3, "0"))


def _example(name: str) -> str:
    if name == "shadow":
        return "shadow=0.5/h or shadow=PLACE"
    return f"{name}=1%" if name in SHARES else f"{name}=0.2/h"
