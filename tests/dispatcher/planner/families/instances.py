# SPDX-License-Identifier: Apache-2.0
"""Small instances of every family, written for these tests, with routes whose cost is plain."""

from pathlib import Path

SOLOMON = """\
small

VEHICLE
NUMBER     CAPACITY
  3         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0          0          0          0        100          0
    1      3          4          5          0         20          2
    2      1          1          6          0         90          1
    3      6          8          4         20         30         10
"""
LI_LIM = """\
2\t10\t1
0\t0\t0\t0\t0\t100\t0\t0\t0
1\t3\t4\t5\t0\t20\t2\t0\t3
2\t1\t1\t6\t0\t90\t1\t0\t4
3\t6\t8\t-5\t20\t30\t10\t1\t0
4\t2\t2\t-6\t0\t90\t1\t2\t0
"""
CVRP = """\
NAME : small
COMMENT : (written for these tests)
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 1 1
4 6 8
DEMAND_SECTION
1 0
2 5
3 6
4 5
DEPOT_SECTION
 1
 -1
EOF
"""
WEIGHTS = {
    "LOWER_ROW": "3\n4 5\n6 7 8\n",
    "LOWER_DIAG_ROW": "0\n3 0\n4 5 0\n6 7 8 0\n",
    "LOWER_COL": "3 4 6\n5 7\n8\n",
    "UPPER_ROW": "3 4 6\n5 7\n8\n",
    "UPPER_DIAG_ROW": "0 3 4 6\n0 5 7\n0 8\n0\n",
    "UPPER_COL": "3 4\n5 6 7 8\n",
    "FULL_MATRIX": "0 3 4 6\n3 0 5 7\n4 5 0 8\n6 7 8 0\n",
}
EXPLICIT = """\
NAME: small
TYPE: CVRP
COMMENT: {comment}
DIMENSION: 4
VEHICLES: 2
CAPACITY: 10
EDGE_WEIGHT_TYPE: EXPLICIT
EDGE_WEIGHT_FORMAT: {form}
EDGE_WEIGHT_SECTION
{weights}DEMAND_SECTION
1 0
2 5
3 5
4 5
DEPOT_SECTION
1
-1
EOF
"""
SEVERAL_TRIPS = """\
NAME: small
COMMENT: Written for these tests.
TYPE: MTVRPTWR
EDGE_WEIGHT_TYPE: EUC_2D
DIMENSION: 4
VEHICLES: 2
CAPACITY: 10
SERVICE_TIME: 5
NODE_COORD_SECTION
1\t0\t0
2\t0\t10
3\t0\t20
4\t1\t1
DEMAND_SECTION
1\t0
2\t6
3\t6
4\t6
TIME_WINDOW_SECTION
1\t0\t200
2\t0\t50
3\t0\t80
4\t60\t70
RELEASE_TIME_SECTION
1\t0
2\t0
3\t40
4\t0
VEHICLES_RELOAD_DEPOT_SECTION
1\t1
2\t1
DEPOT_SECTION
1
EOF
"""
TEXTS = {
    "solomon": SOLOMON,
    "li-lim": LI_LIM,
    "cvrp": CVRP,
    "explicit": EXPLICIT.format(comment="none", form="LOWER_ROW", weights=WEIGHTS["LOWER_ROW"]),
    "mtvrptwr": SEVERAL_TRIPS,
}


def written(folder: Path, text: str, name: str = "small.txt") -> Path:
    """A file of that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
