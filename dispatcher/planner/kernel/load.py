# SPDX-License-Identifier: Apache-2.0
"""All that is compiled, under one name: to import this is to compile it, or to load it."""

from dispatcher.planner.kernel.adopting import adopt
from dispatcher.planner.kernel.search import construct, search

__all__ = ["adopt", "construct", "search"]
