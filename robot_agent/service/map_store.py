# SPDX-License-Identifier: Apache-2.0
"""Maps that the robot was told to fetch: taken only whole, and only if they are what was said.

What must hold: nothing is kept whose sha256 differs; a server cannot send us to a file of ours; a
fetch ends by itself. It blocks: call it in a thread.
"""

import hashlib
import re
from pathlib import Path
from urllib.parse import quote, urlsplit

from robot_agent.campus import CampusError, parse_campus
from robot_agent.core.events import DropMap, FetchMap, Ground, MapFetched
from robot_agent.service.ground import ground_of

MAX_BYTES = 20_000_000
WITHIN_S = 30.0
CHUNK_BYTES = 1 << 16
MAX_MAPS = 20
SCHEMES = ("http", "https", "file")


class _RefusedError(ValueError):
    """Why a map is not taken, in one sentence."""


class MapStore:
    """The folder of fetched maps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

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

    def _fetched(self, wanted: FetchMap) -> Ground:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", wanted.sha256):
            raise _RefusedError("a map without the sha256 of its file is not taken")
        self._folder.mkdir(parents=True, exist_ok=True)
        if sum(1 for _ in self._folder.iterdir()) >= MAX_MAPS:
            raise _RefusedError(f"{MAX_MAPS} maps are kept already: delete one first")
        content = _content(wanted.url)
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

    def _path(self, map_id: str, map_version: str) -> Path:
        name = quote(f"{map_id}@{map_version}", safe="@")[:200]
        return self._folder / f"{name}.geojson"


def _content(url: str) -> bytes:
    """Raises _RefusedError, OSError."""
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES:
        raise _RefusedError(f"a map is fetched by {', '.join(SCHEMES)}, not by {scheme[:20]!r}")
    if scheme == "file":
        with Path(urlsplit(url).path).open("rb") as file:
            return _limited(file.read(MAX_BYTES + 1))
    # ssl and http cost megabytes that most robots never need.
    import time
    import urllib.request

    deadline_s = time.monotonic() + WITHIN_S

    class _WebOnly(urllib.request.HTTPRedirectHandler):
        """urllib follows to ftp as well."""

        def redirect_request(self, *given):  # type: ignore[no-untyped-def]
            if urlsplit(given[-1]).scheme not in ("http", "https"):
                raise _RefusedError("the server sends us to another kind of address")
            return super().redirect_request(*given)

    opener = urllib.request.build_opener(_WebOnly)
    chunks, size = [], 0
    with opener.open(url, timeout=WITHIN_S) as answer:
        while chunk := answer.read(CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BYTES:
                break
            if time.monotonic() > deadline_s:
                raise _RefusedError(f"{_named(url)}: not there within {WITHIN_S:.0f} s")
    return _limited(b"".join(chunks))


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
