# SPDX-License-Identifier: Apache-2.0
"""How the kernel's functions are compiled: with explicit signatures, kept in the cache folder.

What must hold: only what Python calls has a wrapper for Python (to make one for each function takes
longer than to compile it). An offset is never negative, so an index is taken as it is: numba would
make it count from the end below zero, which costs the search two fifths of its speed. There is no
option for that; what asks for it is replaced while a function is compiled, and put back.
"""

from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.np import arrayobj

from dispatcher.planner.compile import use_cache

use_cache()

_WRAPPED = "fix_integer_index"


def _as_it_is(context: Any, builder: Any, kind: Any, index: Any, _size: Any) -> Any:
    """In place of numba's own: the index, widened to a machine word."""
    return context.cast(builder, index, kind, types.intp if kind.signed else types.uintp)


def _compiled(function: Callable[..., Any], signature: Any, **options: Any) -> Any:
    own = getattr(arrayobj, _WRAPPED, None)
    if own is None:  # another numba: slower, and right all the same
        return njit(signature, cache=True, **options)(function)
    setattr(arrayobj, _WRAPPED, _as_it_is)
    try:
        return njit(signature, cache=True, **options)(function)
    finally:
        setattr(arrayobj, _WRAPPED, own)


def entry(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """For what Python calls."""
    return lambda function: _compiled(function, signature)


def inner(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """For what only the kernel calls."""
    return lambda function: _compiled(
        function, signature, no_cpython_wrapper=True, no_cfunc_wrapper=True
    )
