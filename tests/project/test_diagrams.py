# SPDX-License-Identifier: Apache-2.0
"""The picture of a parcel's life in ARCHITECTURE.md says what the table says."""

import re

from dispatcher.core.life_cycles import PARCEL
from tests.project.source_tree import ROOT

BLOCK = re.compile(r"```mermaid\nstateDiagram-v2\n(?P<arrows>.*?)```", re.DOTALL)


def drawn_from_the_table() -> list[str]:
    """One arrow for each pair of states, with all its triggers; what staff may always say apart."""
    triggers: dict[tuple[str, str], list[str]] = {}
    for trigger, moves in PARCEL.items():
        if not trigger.startswith("declare_"):
            for before, after in moves.items():
                triggers.setdefault((before, after), []).append(trigger)
    return sorted(f"{a} --> {b}: {', '.join(names)}" for (a, b), names in triggers.items())


def test_the_life_of_a_parcel_is_drawn_as_the_table_has_it() -> None:
    block = BLOCK.search((ROOT / "ARCHITECTURE.md").read_text())
    assert block is not None
    arrows = sorted(line.strip() for line in block["arrows"].splitlines())
    assert arrows == drawn_from_the_table()
