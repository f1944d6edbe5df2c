# SPDX-License-Identifier: Apache-2.0
"""Flash, RAM and the worst stack of firmware images: `sizes.py [OPTIONS] IMAGE...`

Beside each image lies what gcc's -fcallgraph-info=su says (`.calls`): who calls whom, and each
function's own stack. The worst stack is the greatest sum along a chain of calls. What must hold: it
is never less than what is reached. A call through a pointer is taken to reach any function of the
image that nobody calls by name; a library's function, of which gcc says nothing, to need
LIBRARY_BYTES; on top of the deepest chain come two interrupts, one within the other, with what the
chip saves for each.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

LIBRARY_BYTES = 64
INTERRUPTS = 2
SAVED_BYTES = 32
ENTRY = "board_loop"
INDIRECT = "__indirect_call"
PORTS = "/ports/"
"""Where interrupts are handled; what the core's pointers point at handles none."""
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "[^"]+\\n(\d+) bytes \(([\w,]+)\)')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')


class Calls:
    """The calls within one image, which has these symbols."""

    def __init__(self, text: str, symbols: frozenset[str]) -> None:
        """Raises ValueError where a function's stack has no bound, or it may call itself."""
        self._own: dict[str, int] = {}
        self._callees: dict[str, list[str]] = {}
        self._worst: dict[str, int] = {}
        for name, size, how in NODE.findall(text):
            if _symbol(name) in symbols:
                if how not in ("static", "dynamic,bounded"):
                    raise ValueError(f"{name}: its stack has no bound ({how})")
                self._own[name] = int(size)
        for caller, callee in EDGE.findall(text):
            if caller in self._own:
                self._callees.setdefault(caller, []).append(callee)
        called = {callee for callees in self._callees.values() for callee in callees}
        # What leads to the loop itself is the start, and no pointer's target.
        loop = (ENTRY, INDIRECT)
        self.pointed_at = [
            name for name in self._own if name not in called and not self._leads_to(loop, name)
        ]
        self._callees[INDIRECT] = self.pointed_at
        self._own[INDIRECT] = 0

    def worst(self) -> int:
        """Bytes, with interrupts."""
        handlers = (self._deepest(one) for one in self.pointed_at if PORTS in one)
        return self._deepest(ENTRY) + INTERRUPTS * (SAVED_BYTES + max(handlers, default=0))

    def _leads_to(self, ends: tuple[str, ...], name: str) -> bool:
        if name in ends:
            return True
        return any(self._leads_to(ends, callee) for callee in self._callees.get(name, []))

    def _deepest(self, name: str, above: tuple[str, ...] = ()) -> int:
        if name in above:
            raise ValueError(f"{name} may call itself")
        if name not in self._worst:
            callees = self._callees.get(name, [])
            below = max((self._deepest(one, (*above, name)) for one in callees), default=0)
            self._worst[name] = self._own.get(name, LIBRARY_BYTES) + below
        return self._worst[name]


def _symbol(name: str) -> str:
    """Static functions have their file before them."""
    return name.rpartition(":")[2]


def sizes_of(image: Path) -> tuple[int, int]:
    """(flash, RAM) in bytes, as the tool chain counts them."""
    text, data, bss = (int(word) for word in _say("size", image).splitlines()[1].split()[:3])
    return text + data, data + bss


def stack_of(image: Path) -> int:
    """In bytes. Raises ValueError."""
    # The compiler's own copies of a function (name.part.0) count as that function.
    names = {line.split()[-1].split(".")[0] for line in _say("nm", image).splitlines()}
    return Calls(image.with_suffix(".calls").read_text(), frozenset(names)).worst()


def _say(tool: str, image: Path) -> str:
    words = [f"arm-none-eabi-{tool}", str(image)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def main() -> int:
    """1 where an image is larger than it may be; its worst stack counts as RAM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("images", nargs="+", type=Path)
    parser.add_argument("--flash", type=int, default=sys.maxsize)
    parser.add_argument("--ram", type=int, default=sys.maxsize)
    parser.add_argument("--port-ram", type=int, default=0, help="what is left for a port")
    asked = parser.parse_args()
    lines = [f"{'port':14}{'board':8}{'flash':>8}{'RAM':>8}{'worst stack':>13}   bytes"]
    fits = True
    for image in asked.images:
        flash, ram = sizes_of(image)
        stack = stack_of(image)
        lines.append(f"{image.parent.name:14}{image.stem:8}{flash:>8}{ram:>8}{stack:>13}")
        fits = fits and flash <= asked.flash and ram + stack + asked.port_ram <= asked.ram
    if not fits:
        lines.append(
            f"too big: at most {asked.flash} of flash, and {asked.ram} of RAM with the stack and "
            f"{asked.port_ram} for a port"
        )
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if fits else 1


if __name__ == "__main__":
    sys.exit(main())
