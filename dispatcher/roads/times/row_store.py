# SPDX-License-Identifier: Apache-2.0
"""Where the rows of a travel table lie: in slabs, so that one look-up can read many rows at once.

What must hold: a row once written never changes, so that two tables may share a slab. At most
`limit` rows are kept: the slab not used for longest goes first, but for the rows that are wanted
now. What is read is there; slabs hold at most three times the limit, with the rows nobody asks for.
"""

import numpy as np

from dispatcher.roads.arc_arrays import Ints, read_only

SLAB_ROWS = 64
MAX_SLABS = 8
MAX_PARTS_HELD = 2
"""Above so many times the limit in shared slabs the rows that are kept are copied."""
_NONE = -1


class RowStore:
    """Rows of `size` numbers by target."""

    def __init__(self, size: int, limit: int) -> None:
        self._size, self._limit = size, limit
        self._slabs: list[Ints] = []
        self._used: list[int] = []
        """How many rows of each slab are written."""
        self._asked: list[int] = []
        """When each slab was last used, counted in uses."""
        self._uses = 0
        self._slab_of = np.full(size, _NONE, dtype=np.int64)
        self._row_of = np.zeros(size, dtype=np.int64)
        self._open = False
        """Whether the last slab is ours alone and takes further rows."""

    def __len__(self) -> int:
        return int(np.count_nonzero(self._slab_of != _NONE))

    @property
    def held_bytes(self) -> int:
        """What the slabs take, also where other stores share them."""
        return sum(slab.nbytes for slab in self._slabs)

    def targets(self) -> Ints:
        """Those whose rows are here, sorted."""
        return np.flatnonzero(self._slab_of != _NONE)

    def missing(self, targets: Ints) -> Ints:
        """Those of the targets whose rows are not here, sorted, each once."""
        absent = targets[self._slab_of[targets] == _NONE]
        return np.unique(absent) if len(absent) else absent

    def row(self, target: int) -> Ints | None:
        """The row, which must not be written to."""
        slab = self._slab_of[target]
        if slab == _NONE:
            return None
        self._touch(slab)
        row: Ints = self._slabs[slab][self._row_of[target]]
        return row

    def rows(self, targets: Ints) -> Ints:
        """A copy of the rows, [i, n]; they must be here."""
        return self._read(targets, None)

    def values(self, targets: Ints, nodes: Ints) -> Ints:
        """The numbers at `nodes` of the rows of `targets`, broadcast; the rows must be here."""
        return self._read(targets, nodes)

    def _read(self, targets: Ints, nodes: Ints | None) -> Ints:
        slab_of, row_of = self._slab_of[targets], self._row_of[targets]
        slabs = np.unique(slab_of)
        assert _NONE not in slabs, "a row is read that is not there"
        for slab in slabs.tolist():
            self._touch(slab)
        if len(slabs) == 1:
            slab = self._slabs[slabs[0]]
            only: Ints = slab[row_of] if nodes is None else slab[row_of, nodes]
            return only
        if nodes is None:
            found = np.empty((len(targets), self._size), dtype=np.int64)
            for slab in slabs.tolist():
                here = slab_of == slab
                found[here] = self._slabs[slab][row_of[here]]
            return found
        slab_of, row_of, nodes = np.broadcast_arrays(slab_of, row_of, nodes)
        found = np.empty(slab_of.shape, dtype=np.int64)
        for slab in slabs.tolist():
            here = slab_of == slab
            found[here] = self._slabs[slab][row_of[here], nodes[here]]
        return found

    def add(self, targets: Ints, rows: Ints, wanted: Ints) -> None:
        """Keep new rows; a few are copied into a slab with room for more, many are one.

        The rows of `wanted` stay, the new ones too: together they must not be above the limit.
        """
        for slab_targets, slab_rows in self._make_room(len(targets), wanted):
            targets = np.concatenate((targets, slab_targets))
            rows = np.concatenate((rows, slab_rows))
        capacity = min(SLAB_ROWS, self._limit)
        if len(targets) >= capacity:
            self._new_slab(read_only(rows), len(targets))
            self._place(targets, 0)
            self._open = False
            return
        if not self._open or self._used[-1] + len(targets) > len(self._slabs[-1]):
            self._new_slab(np.empty((capacity, self._size), dtype=np.int64), 0)
            self._open = True
        start = self._used[-1]
        self._slabs[-1][start : start + len(targets)] = rows
        self._used[-1] += len(targets)
        self._place(targets, start)

    def shared(self, kept: Ints) -> "RowStore":
        """Another store with the rows of these targets; they are not copied, but for tidiness."""
        other = RowStore(self._size, self._limit)
        slabs = np.unique(self._slab_of[kept])
        held = sum(len(self._slabs[slab]) for slab in slabs)
        if len(slabs) > MAX_SLABS or held > MAX_PARTS_HELD * self._limit:
            other.add(kept, self.rows(kept), kept)
            return other
        numbers = np.full(len(self._slabs), _NONE, dtype=np.int64)
        numbers[slabs] = np.arange(len(slabs))
        other._slabs = [self._slabs[slab] for slab in slabs]
        other._used = [self._used[slab] for slab in slabs]
        other._asked = [0] * len(slabs)
        other._slab_of[kept] = numbers[self._slab_of[kept]]
        other._row_of[kept] = self._row_of[kept]
        return other

    def _new_slab(self, slab: Ints, used: int) -> None:
        self._slabs.append(slab)
        self._used.append(used)
        self._asked.append(0)
        self._touch(len(self._slabs) - 1)

    def _place(self, targets: Ints, start: int) -> None:
        self._slab_of[targets] = len(self._slabs) - 1
        self._row_of[targets] = np.arange(start, start + len(targets))

    def _touch(self, slab: int) -> None:
        self._uses += 1
        self._asked[slab] = self._uses

    def _make_room(self, count: int, wanted: Ints) -> list[tuple[Ints, Ints]]:
        """Drops slabs until so many more rows fit; what was wanted of them: targets and rows."""
        saved: list[tuple[Ints, Ints]] = []
        surplus = len(self) + count - self._limit
        if surplus <= 0:
            return saved
        idle = self._slab_of != _NONE
        idle[wanted] = False
        while surplus > 0 and idle.any():
            oldest = min(np.unique(self._slab_of[idle]).tolist(), key=self._asked.__getitem__)
            here = self._slab_of == oldest
            targets = np.flatnonzero(here & ~idle)
            if len(targets):
                saved.append((targets, self._slabs[oldest][self._row_of[targets]]))
            surplus -= int(np.count_nonzero(here & idle))
            idle &= ~here
            self._drop(oldest)
        return saved

    def _drop(self, slab: int) -> None:
        self._open = self._open and slab != len(self._slabs) - 1
        for column in (self._slabs, self._used, self._asked):
            del column[slab]
        self._slab_of[self._slab_of == slab] = _NONE
        self._slab_of[self._slab_of > slab] -= 1
