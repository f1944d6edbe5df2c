# SPDX-License-Identifier: Apache-2.0
"""What the pool's tests let workers do: it must be importable in another process."""

import os
import signal
import sys
import time


def climb(steps, report, pause_s=0.0):
    """Reports 1, 2, ... and answers `steps`."""
    for step in range(1, steps):
        report(step)
        time.sleep(pause_s)
    return steps


def climb_and_hang(steps, report):
    """Reports, and never answers."""
    climb(steps + 1, report)
    time.sleep(600)


def climb_and_die(steps, report):
    """Reports, and is killed."""
    climb(steps + 1, report)
    os.kill(os.getpid(), signal.SIGKILL)


def climb_and_raise(steps, report):
    """Reports, and fails."""
    climb(steps + 1, report)
    raise ValueError("fell")


def stop_in_the_middle_of_a_report(report):
    """Reports, then stands still while a long report is half sent."""
    report("short")
    if os.fork() == 0:
        time.sleep(0.3)
        os.kill(os.getppid(), signal.SIGSTOP)
        os._exit(0)
    while True:
        report("long" * 1_000_000)


def double_slowly(number):
    time.sleep(0.05)
    return 2 * number


def load_a_module():
    """Stands for a kernel to be loaded."""
    import wave

    assert wave


def has_loaded_it():
    return "wave" in sys.modules


def die_at_once():
    os._exit(1)
