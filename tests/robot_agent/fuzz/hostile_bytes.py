# SPDX-License-Identifier: Apache-2.0
"""Bytes that no honest peer sends: what hypothesis draws from, the same in every run."""

import json
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from robot_agent.vda5050.codec import encode
from robot_agent.vda5050.topics import NAMES, TopicName
from tests.robot_agent.vda5050.samples import sample

FUZZ = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
GOOD = {name: encode(sample(name)) for name in NAMES}
FRAGMENTS = (
    *(b"NaN", b"-Infinity", b"1e999", b"-1e999", b"1e308", b"9" * 400, b"0.1e-400", b"-0", b"01"),
    *(b"null", b"true", b'""', b"[]", b"{}", b"[" * 60, b"{" * 60, b"[" * 5000, b'{"a":' * 5000),
    *(b'"\\ud800"', b'"\\udfff\\ud800"', b'"\\u0000"', b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80"),
    *(b"\xef\xbb\xbf", b"\x00", b'"', b"\\", b",", b":", b"}", b"]", b'"orderId":"o2",', b"// x\n"),
)
NUMBERS = st.sampled_from([0, -1, 2**31, 2**32, 2**63, 2**64, -(2**70), 1e308, -1e308, 5e-324, 0.5])
TEXTS = st.sampled_from(
    ["", "\x00", "\u202e", "x" * 5000, "A" * 4096, "n0", "NONE", "true", "1e3", "\U0001f69a"]
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, st.integers(), st.text(max_size=8))
VALUES = st.recursive(
    LEAVES,
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.text(max_size=4), below, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def spliced(draw: st.DrawFn, name: TopicName) -> bytes:
    """A good message with fragments pushed into it, or cut short."""
    payload = GOOD[name]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(payload)))
        over = draw(st.integers(0, 12))
        payload = payload[:at] + draw(st.sampled_from(FRAGMENTS)) + payload[at + over :]
    return payload[: draw(st.integers(len(payload) // 2, len(payload)))]


@st.composite
def changed(draw: st.DrawFn, name: TopicName) -> bytes:
    """A good message with some values replaced, taken away, doubled or added."""
    message: Any = json.loads(GOOD[name])
    for _ in range(draw(st.integers(1, 4))):
        holder = message
        for _ in range(draw(st.integers(0, 5))):
            inner = [one for one in _children(holder) if isinstance(one, dict | list) and one]
            if not inner:
                break
            holder = draw(st.sampled_from(inner))
        _change(draw, holder)
    return json.dumps(message, allow_nan=True).encode("utf-8", "replace")


@st.composite
def doubled(draw: st.DrawFn, name: TopicName) -> bytes:
    """A good message with a key given twice."""
    message = json.loads(GOOD[name])
    key = draw(st.sampled_from(sorted(message)))
    again = json.dumps({key: draw(VALUES)})[1:-1].encode("utf-8", "replace")
    return GOOD[name][:-1] + b"," + again + b"}"


def payloads(name: TopicName) -> st.SearchStrategy[bytes]:
    """Any bytes, mostly near a good message of that topic."""
    wrong_code = st.sampled_from(["utf-16", "utf-32", "latin-1", "utf-8-sig", "cp037"])
    return st.one_of(
        st.binary(max_size=200),
        spliced(name),
        changed(name),
        doubled(name),
        wrong_code.map(lambda code: GOOD[name].decode().encode(code)),
    )


def _children(holder: Any) -> list[Any]:
    return list(holder.values()) if isinstance(holder, dict) else list(holder)


def _change(draw: st.DrawFn, holder: Any) -> None:
    keys = sorted(holder) if isinstance(holder, dict) else list(range(len(holder)))
    what = draw(st.sampled_from(("replace", "replace", "delete", "add", "repeat")))
    if what == "add" or not keys:
        if isinstance(holder, dict):
            holder[draw(st.text(max_size=8))] = draw(VALUES)
        else:
            holder.append(draw(VALUES))
        return
    key = draw(st.sampled_from(keys))
    if what == "replace":
        holder[key] = draw(VALUES)
    elif what == "delete":
        del holder[key]
    elif isinstance(holder, list):
        holder.append(holder[key])
