# SPDX-License-Identifier: Apache-2.0
"""Maps that the robot was told to fetch: taken only whole, and only if they are what was said.

What must hold: nothing is kept whose sha256 differs; nobody can send us to a file of ours, unless
the settings allow it; a fetch ends by itself. It blocks: call it in a thread, one at a time.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from robot_agent.campus import CampusError, parse_campus
from robot_agent.core.events import DropMap, FetchMap, Ground, MapFetched
from robot_agent.service import map_download
from robot_agent.service.ground import ground_of
from robot_agent.service.map_download import MAX_BYTES

WITHIN_S = 30.0
MAX_MAPS = 20
WEB = ("http", "https")


class _RefusedError(ValueError):
    """Why a map is not taken, in one sentence."""


class MapStore:
    """The folder of fetched maps. `file_urls`: maps are taken from this computer's disk too."""

    def __init__(self, folder: Path, *, file_urls: bool = False) -> None:
        self._folder = folder
        self._schemes = (*WEB, "file") if file_urls else WEB
        self._download: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    def fetch(self, wanted: FetchMap) -> MapFetched:
        """Never raises: what is wrong is in the answer."""
        try:
            ground = self._fetched(wanted)
        except (_RefusedError, CampusError) as error:
            return MapFetched(wanted.action_id, None, str(error))
        except (OSError, ValueError) as error:
            return MapFetched(wanted.action_id, None, f"{_named(wanted.url)}: {error}")
        return MapFetched(wanted.action_id, ground)

    def drop(self, unwanted: DropMap) -> None:
        """Delete its file, if there is one."""
        self._path(unwanted.map_id, unwanted.map_version).unlink(missing_ok=True)

    def close(self) -> None:
        """Give up what is being fetched, and fetch no more."""
        self._is_closed = True
        if self._download is not None:
            self._download.kill()

    def _fetched(self, wanted: FetchMap) -> Ground:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", wanted.sha256):
            raise _RefusedError("a map without the sha256 of its file is not taken")
        self._folder.mkdir(parents=True, exist_ok=True)
        if sum(1 for _ in self._folder.iterdir()) >= MAX_MAPS:
            raise _RefusedError(f"{MAX_MAPS} maps are kept already: delete one first")
        content = self._content(wanted.url)
        found = hashlib.sha256(content).hexdigest()
        if found != wanted.sha256.lower():
            raise _RefusedError(f"{_named(wanted.url)}: its sha256 is {found}, not what was said")
        campus = parse_campus(content, _named(wanted.url))
        ground = ground_of(campus)
        if (ground.map_id, ground.map_version) != (wanted.map_id, wanted.map_version):
            raise _RefusedError(
                f"it is map {ground.map_id} {ground.map_version},"
                f" not {wanted.map_id} {wanted.map_version}"
            )
        path = self._path(wanted.map_id, wanted.map_version)
        half = path.with_suffix(".new")
        half.write_bytes(content)
        half.replace(path)
        return ground

    def _content(self, url: str) -> bytes:
        """Raises _RefusedError, OSError, ValueError."""
        scheme = urlsplit(url).scheme
        if scheme not in self._schemes:
            allowed = ", ".join(self._schemes)
            raise _RefusedError(f"a map is fetched by {allowed}, not by {scheme[:20]!r}")
        if scheme == "file":
            with Path(urlsplit(url).path).open("rb") as file:
                return _limited(file.read(MAX_BYTES + 1))
        return _limited(self._downloaded(url))

    def _downloaded(self, url: str) -> bytes:
        # By its path and isolated: what it needs is in the standard library, and it starts fast.
        command = [sys.executable, "-I", map_download.__file__]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as download:
            self._download = download
            try:
                if self._is_closed:
                    raise _RefusedError("the agent ends")
                content, why = download.communicate(url.encode() + b"\n", timeout=WITHIN_S)
            except subprocess.TimeoutExpired:
                raise _RefusedError(f"{_named(url)}: not there within {WITHIN_S:.0f} s") from None
            finally:
                download.kill()
                self._download = None
        if download.returncode != 0:
            raise _RefusedError(f"{_named(url)}: {why.decode('utf-8', 'replace') or 'given up'}")
        return content

    def _path(self, map_id: str, map_version: str) -> Path:
        name = quote(f"{map_id}@{map_version}", safe="@")[:200]
        return self._folder / f"{name}.geojson"


def _limited(content: bytes) -> bytes:
    if len(content) > MAX_BYTES:
        raise _RefusedError(f"a map has at most {MAX_BYTES} bytes")
    return content


def _named(url: str) -> str:
    """An address without a password or a token in its query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the address"
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"[:200]
