# SPDX-License-Identifier: Apache-2.0
"""Short work that the garbage collector does not interrupt.

What must hold: the collector is as it was before, whatever happens in between. A full collection
looks at everything that was ever loaded and takes as long as half a repair; what a repair leaves
is collected after it.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """No collection meanwhile, where there would be any."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
