# SPDX-License-Identifier: Apache-2.0
"""How counts are said to people: one thing is one thing, and two are two things."""

from collections.abc import Mapping


def many(count: int, noun: str) -> str:
    """`1 stop`, `2 stops`, `3 crossings`, `1,959 dead ends`; of nouns that take an s."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def times(found: Mapping[str, int], most: int = 1000) -> str:
    """`9 × this, 4 × that and 3 more`, of what is said in words of its own, in the order given."""
    return _listed([f"{count:,} × {what}" for what, count in found.items()], found, most)


def nouns(found: Mapping[str, int], most: int = 1000) -> str:
    """`2 gates, 1 crossing and 3 more`, in the order given."""
    return _listed([many(count, what) for what, count in found.items()], found, most)


def _listed(said: list[str], found: Mapping[str, int], most: int) -> str:
    rest = sum(list(found.values())[most:])
    return ", ".join(said[:most]) + (f" and {rest:,} more" if rest else "")
