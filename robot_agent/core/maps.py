# SPDX-License-Identifier: Apache-2.0
"""The maps a robot holds and the three instant actions on them (section 6.8: downloadMap ...).

What must hold: at most one version of a map id is enabled; a map is taken only if the bytes have
the sha256 that the master named; the enabled one is never deleted; what the configured map forbids,
no other map of its id allows.
"""

from robot_agent.core import lengths
from robot_agent.core.events import DropMap, FetchMap, MapFetched, Points, RobotEffect
from robot_agent.core.memory import KeptMap, Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.state import MapInfo

MAX_MAPS = 8
FETCH_MS = 600_000


def fences(memory: Memory, spec: RobotSpec) -> list[tuple[Points, ...]]:
    """The fences that bind the robot where it stands: the configured map's, which a map fetched
    over the air may narrow only; on another map that one's, which must have a fence then."""
    kept, own = memory.kept, spec.ground.fence
    enabled = [one.ground for one in kept.maps if one.enabled and one.ground.map_id == kept.map_id]
    there = enabled[0].fence if enabled else ()
    if kept.map_id != spec.map_id:
        return [there] if own or there else []
    return [fence for fence in dict.fromkeys((own, there)) if fence]


def is_enabled(map_id: str, memory: Memory) -> bool:
    """Whether orders may be on this map."""
    return any(one.enabled and one.ground.map_id == map_id for one in memory.kept.maps)


def take_configured(memory: Memory, spec: RobotSpec) -> None:
    """A map file that was not there before is a person's wish: it is enabled. One that was enabled
    over the air later goes on in force."""
    kept = memory.kept
    configured = (spec.ground.map_id, spec.ground.map_version)
    if kept.configured_map == configured:
        for one in kept.maps:
            if (one.ground.map_id, one.ground.map_version) == configured:
                one.ground = spec.ground
        return
    kept.configured_map, kept.map_id = configured, spec.map_id
    kept.maps = [
        one for one in kept.maps if (one.ground.map_id, one.ground.map_version) != configured
    ]
    kept.maps.append(KeptMap(spec.ground, enabled=False))
    _enable(kept.maps[-1], memory)


def infos(memory: Memory) -> tuple[MapInfo, ...]:
    """For the state."""
    return tuple(
        MapInfo(
            map_id=one.ground.map_id,
            map_version=one.ground.map_version,
            map_status="ENABLED" if one.enabled else "DISABLED",
        )
        for one in memory.kept.maps
    )


def download(run: Run, memory: Memory) -> tuple[list[RobotEffect], str | None]:
    """Effects, or why not."""
    action = run.action
    map_id, version = _named(run)
    url, sha256 = action.parameter("mapDownloadLink"), action.parameter("mapHash")
    if not map_id or not version or not isinstance(url, str):
        return [], "mapId, mapVersion or mapDownloadLink is missing"
    if lengths.is_too_long(map_id) or lengths.is_too_long(version):
        return [], f"mapId or mapVersion is longer than {lengths.MAX_ID} letters"
    if not isinstance(sha256, str) or not sha256:
        return [], "without mapHash no map is taken"
    if _find(map_id, version, memory) is not None:
        return [], f"map {map_id} {version} is here already"
    if len(memory.kept.maps) >= MAX_MAPS:
        return [], f"more than {MAX_MAPS} maps"
    run.due_ms = memory.now_ms + FETCH_MS
    return [FetchMap(action.action_id, map_id, version, url, sha256.lower())], None


def fetched(event: MapFetched, run: Run, memory: Memory) -> str | None:
    """Why the map was not taken; None: it is here, not enabled."""
    if event.fault or event.ground is None:
        return event.fault or "no map came"
    named = (event.ground.map_id, event.ground.map_version)
    if named != _named(run):
        return f"the file is map {named[0]} {named[1]}"
    if _find(*named, memory) is not None or len(memory.kept.maps) >= MAX_MAPS:
        return f"map {named[0]} {named[1]} is here already, or too many are"
    memory.kept.maps.append(KeptMap(event.ground, enabled=False))
    memory.keep()
    return None


def enable(run: Run, memory: Memory) -> str | None:
    """Why not."""
    map_id, version = _named(run)
    found = _find(map_id, version, memory)
    if found is None:
        return f"map {map_id} {version} is not here"
    _enable(found, memory)
    return None


def delete(run: Run, memory: Memory) -> tuple[list[RobotEffect], str | None]:
    """Effects, or why not."""
    map_id, version = _named(run)
    found = _find(map_id, version, memory)
    if found is None:
        return [], f"map {map_id} {version} is not here"
    if found.enabled:
        return [], f"map {map_id} {version} is in use"
    memory.kept.maps.remove(found)
    memory.keep()
    return [DropMap(map_id, version)], None


def _enable(chosen: KeptMap, memory: Memory) -> None:
    for one in memory.kept.maps:
        if one.ground.map_id == chosen.ground.map_id:
            one.enabled = one is chosen
    memory.fence_clear = None
    memory.keep()


def _find(map_id: str, version: str, memory: Memory) -> KeptMap | None:
    for one in memory.kept.maps:
        if (one.ground.map_id, one.ground.map_version) == (map_id, version):
            return one
    return None


def _named(run: Run) -> tuple[str, str]:
    map_id, version = run.action.parameter("mapId"), run.action.parameter("mapVersion")
    return (
        map_id if isinstance(map_id, str) else "",
        version if isinstance(version, str) else "",
    )
