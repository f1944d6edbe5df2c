# SPDX-License-Identifier: Apache-2.0
"""What a robot is given once, when it joins a site: made by `dispatcher robot add`, used by
`robot-agent install`, which then deletes the file. It is full of secrets: no error quotes it."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from robot_agent.campus import Campus, CampusError, parse_campus

MAX_BYTES = 25_000_000

Key = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-fA-F]{2}){16,64}$")]


class BundleError(ValueError):
    """What is wrong with a bundle, in one sentence."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`robot`: MANUFACTURER/SERIAL. `compartments` as they are registered; empty: not told.
    `robot_keys` in hex, the newest first. `map`: the campus map, GeoJSON, or None where it is given
    otherwise. `made_ms`: when, UTC."""

    format: Literal[1]
    robot: Annotated[str, msgspec.Meta(pattern=r"^[^/$+#\x00-\x1f]{1,128}/[A-Za-z0-9_.:-]{1,128}$")]
    broker: Annotated[str, msgspec.Meta(pattern=r"^mqtts?://[^/@?#]+/?$")]
    interface: str = "uagv"
    site: str = ""
    compartments: Annotated[tuple[str, ...], msgspec.Meta(max_length=64)] = ()
    ca_pem: str = ""
    cert_pem: str = ""
    key_pem: str = ""
    username: str = ""
    password: str = ""
    robot_keys: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1, max_length=4)]
    map: dict[str, Any] | None = None
    made_ms: int = 0

    @property
    def manufacturer(self) -> str:
        return self.robot.partition("/")[0]

    @property
    def serial(self) -> str:
        return self.robot.partition("/")[2]


def read_bundle(path: Path) -> Bundle:
    """Raises BundleError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise BundleError(f"{path}: has more than {MAX_BYTES} bytes")
    try:
        bundle = msgspec.json.decode(content, type=Bundle)
    except (msgspec.MsgspecError, ValueError) as error:
        # Of the error only the place: its words may hold a value.
        place = re.search(r"at `(\$[^`]*)`", str(error))
        field = re.search(r"(?:missing required|unknown) field `([^`]*)`", str(error))
        what = f"field {field[1]}" if field else f"place {place[1]}" if place else "its JSON"
        raise BundleError(f"{path}: is not a robot's bundle: {what} is wrong") from None
    if bool(bundle.cert_pem) != bool(bundle.key_pem):
        raise BundleError(f"{path}: cert_pem and key_pem belong together: one is missing")
    return bundle


def bundle_map(bundle: Bundle, path: Path) -> tuple[bytes, Campus] | None:
    """The map that lies in it, as a file and read. Raises BundleError."""
    if bundle.map is None:
        return None
    content = msgspec.json.encode(bundle.map)
    try:
        return content, parse_campus(content, f"{path} (map)")
    except CampusError as error:
        raise BundleError(str(error)) from None
