# SPDX-License-Identifier: Apache-2.0
"""The one-time bundle: all that a robot needs to take part, in one JSON file.

What must hold: it exists once, mode 0600, and is never overwritten; nothing of its secrets stays on
this side but the robot key and what proves the password. The robot's side reads the same format.
"""

from pathlib import Path
from typing import Any, Final

import msgspec

from dispatcher.provisioning.files import ProvisioningError, create_secret

FORMAT: Final = 1


class Bundle(msgspec.Struct, frozen=True):
    """`robot_keys` in hex, newest first; `map` is the campus as GeoJSON. Empty: not used here.
    `compartments` are the registered ones, `site` whose order ids the robot will get."""

    robot: str
    broker: str
    interface: str
    site: str
    ca_pem: str
    cert_pem: str
    key_pem: str
    username: str
    password: str
    robot_keys: tuple[str, ...]
    map: dict[str, Any] | None
    made_ms: int
    compartments: tuple[str, ...] = ()
    format: int = FORMAT


def write_bundle(path: Path, bundle: Bundle) -> None:
    """Raises ProvisioningError, also where the file is there already."""
    try:
        create_secret(path, msgspec.json.encode(bundle) + b"\n")
    except FileExistsError as error:
        text = f"{path}: is there already: a bundle is never overwritten"
        raise ProvisioningError(text) from error
    except OSError as error:
        raise ProvisioningError(f"{path}: cannot be written: {error.strerror}") from error
