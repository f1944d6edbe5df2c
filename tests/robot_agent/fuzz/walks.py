# SPDX-License-Identifier: Apache-2.0
"""Long random walks over the machine's moves: what takes many sensible moves to come about.

Hypothesis finds short ways to a fault; a walk weighs its moves so that parcels do get delivered.
"""

from random import Random

from tests.robot_agent.fuzz.master_moves import MasterMoves

WEIGHTS = {
    "new_order": 6,
    "another_order": 6,
    "update": 6,
    "duplicate": 2,
    "bad_order": 1,
    "garbage": 1,
    "instant": 3,
    "instant_again": 1,
    "set_up": 1,
    "desk": 4,
    "code": 8,
    "another_code": 8,
    "guess": 1,
    "habit": 2,
    "shut_doors": 4,
    "mode": 1,
    "time_passes": 14,
    "more_time_passes": 10,
    "link": 2,
    "restart": 2,
    "safety": 2,
    "motors": 2,
    "release": 2,
    "mishap": 2,
    "healed_it_can_be_sent_off_again": 1,
}


def walk(seed: int, steps: int) -> MasterMoves:
    """As many moves; the witness looks on after each."""
    random = Random(seed)
    machine = MasterMoves()
    machine.begin(sensor=random.random() < 0.5)
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    for name in random.choices(names, weights, k=steps):
        move = getattr(machine, name)
        if name == "restart":
            move(linked=random.random() < 0.7)
        elif name in UNSEEDED:
            move()
        else:
            move(seed=random.getrandbits(32))
        machine.all_is_well()
    return machine


UNSEEDED = ("duplicate", "garbage", "shut_doors", "link", "healed_it_can_be_sent_off_again")
