# SPDX-License-Identifier: Apache-2.0
"""Chance: xorshift64* (Vigna, ACM TOMS 42(4), 2016) on one word of the memory.

What must hold: the word is never 0; the same word gives the same numbers on every machine. Signed
words wrap as unsigned ones do; only a shift to the right needs its mask.
"""

from dispatcher.planner.kernel import layout as c
from dispatcher.planner.kernel.compiling import inner
from dispatcher.planner.kernel.layout import I64, MEMORY

_TIMES = 2685821657736338717
_TOP_52, _TOP_37, _TOP_31 = (1 << 52) - 1, (1 << 37) - 1, (1 << 31) - 1


@inner(I64(MEMORY, I64))
def draw(m, below):  # type: ignore[no-untyped-def]
    """A number from 0 to `below` - 1; `below` is 1 to 2^31."""
    word = m[c.WORD]
    word ^= (word >> 12) & _TOP_52
    word ^= word << 25
    word ^= (word >> 27) & _TOP_37
    m[c.WORD] = word
    return ((word * _TIMES) >> 33 & _TOP_31) % below
