# SPDX-License-Identifier: Apache-2.0
"""The kernel's memory: one block of int64, and what stands where in it.

What must hold: int64 throughout, no floats. A row is named by its offset in the block, like a
pointer: `m[t + READY]` is when trip t can begin. Times are ms from the problem's `now_ms`, costs
1/1000 cost units. A *visit* is one handover at a stop, numbered from 0; the numbers above are
*places*: stations, where robots begin and end, and one open end that is nowhere in particular.
Trips are jobs, robots are machines: nothing in a trip's row depends on its robot but its place in
time (`READY`, `ZEND`).
"""

from typing import Any, Final

import numpy as np
from numba import types
from numpy.typing import NDArray

Ints = NDArray[np.int64]

I64 = types.int64
VOID = types.void
MEMORY = types.Array(types.int64, 1, "C")


def tuple_of(count: int) -> Any:
    """The type of so many ints returned together."""
    return types.UniTuple(types.int64, count)  # type: ignore[no-untyped-call]


BIG: Final = 1 << 52
"""Later than every moment, dearer than every plan; sums of a few hundred still fit."""

# The head of the block: sizes, where the tables begin, and what is true of the plan in hand.
(
    VISITS,
    PLACES,
    ROBOTS,
    STATIONS,  # stations are the places VISITS .. VISITS + STATIONS - 1
    MATRIX,  # [PLACES, PLACES, 4]: see COST_FROM
    MILES,  # [PLACES, PLACES]: lengths in mm, from and to
    JOBS,  # [VISITS, JOB_COLUMNS]
    SLOTS,  # [rows, SLOT_COLUMNS]
    FLEET,  # [ROBOTS, ROBOT_COLUMNS + chain]
    ROBOT_WIDTH,
    NEAR,  # [VISITS, NEAR_MANY]: other visits, nearest first
    NEAR_MANY,
    RELATED,  # [VISITS, RELATED_MANY]: by way, window and release together
    RELATED_MANY,
    LOGS,  # [4096]: -65536 ln((i + 0.5) / 4096)
    TRIP_WIDTH,  # of a trip's row with its stops
    FREE_LIST,  # trips that are not in use
    FREE_MANY,
    ABSENT_LIST,  # visits (first ones only) that are in no trip
    ABSENT_MANY,
    OFFERS,  # what is to be put in, in order: 2 x visit, + 1 where it was absent before
    OFFERS_MANY,
    KEYS,  # by which offers are sorted
    CHOSEN,  # visits about to be taken out
    TOUCHED,  # trips put aside in this iteration
    TOUCHED_MANY,
    MET,  # robots put aside in this iteration
    MET_MANY,
    KEPT,  # rows of trips as they were, one after the other
    KEPT_END,
    KEPT_CHAINS,  # chains of robots as they were
    TRIAL,  # a trip's row that is only thought of
    CLOCK,  # iterations so far
    COST,  # of the plan in hand
    BEST,
    BEST_PLAN,  # robot by robot: trips; each: stops; each: visit, row
    WORD,  # the generator's state
    WAIT_PRICE,
    TRIP_PRICE,
    LINKED,  # whether ways between trips cost anything
    LIMITED,  # whether any range or battery can run out
    STATIONLESS,
    LOADING_MS,  # of a trip at its station, beside its parcels' own
    BLINKS,
    MEAN_REMOVED,
    LONGEST,
    TRIP_RUIN,  # weight of taking whole trips out
    SEARCHES,  # for gaps, so far
    MOST_ROOM,  # the largest mass that any robot holds
    HEAD,
) = range(50)

# matrix[v, x, :]: what lies between visit v and place x.
COST_FROM, COST_TO, TIME_FROM, TIME_TO = range(4)

# A visit's row: what it asks, and where it is.
(
    RELEASE,  # when its parcel can be loaded
    LOADED,  # 1: it is loaded at the station
    UNLOADED,  # 1: it is unloaded there at the end
    DOCK,  # how much longer loading takes for it
    UNDOCK,  # how much longer unloading takes for it
    NEED,  # four columns: compartments of size L, M and up, S and up; mass
    _NEED_M,
    _NEED_S,
    _NEED_G,
    SKIP,  # what leaving it out costs
    PIN,  # the only robot (its number) that may carry it, or -1
    STATION,  # the only station (as a place) its trip may start and end at, or -1
    PARTNER,  # the visit that must follow in the same trip; -1: none; -2 - u: it follows visit u
    ROWS,  # its first row in the slots, and behind its last
    ROWS_END,
    EARLIEST,  # of its first row
    LATEST,  # of its last row
    LEG_LOAD,  # mass that is aboard only from this visit to its partner
    FAR,  # cost from its station and back
    END_OPENS,  # when unloading may begin at the station, where it is unloaded there
    END_CLOSES,
    WHERE,  # its trip, or -1
    AT,  # its position there
    ABSENT_AT,  # where it stands in the list of the absent, or -1
    JOB_COLUMNS,
) = range(25)

# A row of the slots: one window in which a visit may start, and what that costs.
OPENS, CLOSES, PRICE, SLOT_COLUMNS = range(4)

# A trip's row; its stops follow it.
(
    LENGTH,  # visits in it
    ROBOT,  # its robot's row
    PLACE,  # its number among its robot's trips
    FREED,  # latest release of its parcels
    LOADING,  # how long loading takes, all in all
    UNLOADING,
    LOAD,  # four columns, like NEED
    _LOAD_M,
    _LOAD_S,
    _LOAD_G,
    TRIP_COST,  # driving, windows, waiting, and the trip itself
    DURATION,  # driving and standing, without waiting
    EARLY_END,  # when it ends if it starts arbitrarily early
    LATE_START,  # the last departure that keeps every window
    READY,  # when its robot is there to load
    ZEND,  # when it must be over
    END,  # when it is over, at the earliest
    ZBEGIN,  # when loading must begin, at the latest
    TRIP_PIN,  # the only robot (its number) that may drive it, first; or -1
    HOME,  # the station (as a place) it starts and ends at, or -1
    DIRTY,  # visits were taken out, nothing is measured yet
    TRIP_KEPT,  # the iteration in which it was last put aside
    TRIP_MM,
    GAP,  # how long its robot charges before it
    LOADS,  # how many of its parcels are loaded at the station
    UNLOADS,
    FREE_AT,  # where it stands in the list of unused trips, or -1
    TRIP_COLUMNS,
) = range(28)

# A stop; number 0 is a trip's start, number LENGTH + 1 its end.
(
    VISIT,  # visit or place
    PT,  # driving and standing from the start, without waiting
    PE,  # earliest service start, the trip having started arbitrarily early
    PL,  # latest departure that keeps every window up to here
    SS,  # driving and standing from here to the end
    SE,  # earliest end, from here on
    SZ,  # latest service start that keeps every window from here on
    ARC,  # cost of driving on to the next stop
    ROW,  # its row in the slots
    HELD,  # leg load on leaving
    STOP_COLUMNS,
) = range(11)

# A robot's row; its trips in order follow it.
(
    NUMBER,
    FREE,
    SHIFT_END,
    ROOM,  # four columns, like NEED
    _ROOM_M,
    _ROOM_S,
    _ROOM_G,
    BEGIN,  # the place where it is
    FINISH,  # the place where it must end; the open end: anywhere
    TRIPS_MAX,
    TRIPS,
    RANGE_MM,
    KIND,  # row of the first robot that is like it while it has no trip
    MET_AT,  # the iteration in which its chain was last put aside
    WAYS,  # cost of driving to, between and after its trips
    SEEN,  # the last search for a gap that looked at one of its kind without trips
    CHARGE,  # what its battery holds now, mWh
    CAPACITY,  # 0: it has no battery to count
    RESERVE,
    POWER,  # mW
    DETOUR,  # ms to a charger and back to the station
    DETOUR_MWH,
    SWAP,  # ms
    PER_KM,
    PER_KG_KM,
    IDLE,
    ROBOT_COLUMNS,
) = range(27)
