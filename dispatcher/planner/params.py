# SPDX-License-Identifier: Apache-2.0
"""What can be set about how plans are made; the defaults are what the benches were run with.

What must hold: everything that changes a plan, besides problem, budget and seed, is in here.
"""

import tomllib
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

Engine = Literal["kernel", "ortools", "quick"]
ENGINES: Final[tuple[Engine, ...]] = get_args(Engine)
FILE_BYTES_MAX: Final = 100_000


class ParamsError(ValueError):
    """A parameter file that cannot be read; the message says where and why."""


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of a solve.

    `engine`: `kernel` (all steps), `ortools` (OR-Tools alone) or `quick` (insertion alone).
    The kernel's search (after Christiaens and Vanden Berghe, Transportation Science 54(2), 2020):
    `mean_removed` parcels are taken out an iteration, in strings of at most `longest_string`; it
    accepts worse plans by a temperature that falls from `hot` to `cold`, in thousandths of the cost
    a leg (0 in any of these: by the length of trips); from a live plan it begins at `warm`.
    `recombine` and `finish` are percentages of a budget in time for those steps (0: leave it out).
    """

    engine: Engine = "kernel"
    mean_removed: int = 0
    longest_string: int = 0
    hot: int = 0
    warm: int = 100
    cold: int = 0
    blinks: int = 10
    recombine: int = 0
    finish: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for a number out of its range."""
        for name, most in (
            ("mean_removed", 200),
            ("longest_string", 200),
            ("hot", 1_000_000),
            ("warm", 1_000_000),
            ("cold", 1_000_000),
            ("blinks", 1000),
            ("recombine", 90),
            ("finish", 90),
        ):
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name}: {getattr(self, name)}, allowed: 0 to {most}")


DEFAULTS: Final = Params()


def load_params(path: Path) -> Params:
    """Parameters from a TOML file. Raises ParamsError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ParamsError(f"{path}: {error.strerror}") from None
    if len(raw) > FILE_BYTES_MAX:
        raise ParamsError(f"{path}: more than {FILE_BYTES_MAX} bytes")
    try:
        return msgspec.convert(tomllib.loads(raw.decode()), Params)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ParamsError(f"{path}: not TOML: {error}") from None
    except (msgspec.ValidationError, ValueError) as error:
        raise ParamsError(f"{path}: {error}") from None
