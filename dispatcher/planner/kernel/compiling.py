# SPDX-License-Identifier: Apache-2.0
"""How the kernel's functions are compiled: with explicit signatures, kept in the cache folder.

What must hold: only what Python calls has a wrapper for Python; to make one for each function takes
longer than to compile it.
"""

from functools import partial

from numba import njit

entry = partial(njit, cache=True)
inner = partial(njit, cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
