# SPDX-License-Identifier: Apache-2.0
"""The daemon's site file: TOML in, typed sections out, and back with every key explained.

What must hold: a fault is one sentence with file, line, key, value and what is allowed, and nothing
is read by halves; an unknown key is a fault. A path in the file is relative to the file. The keys
themselves stand in `config_keys.py`.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, get_type_hints

import msgspec

from dispatcher.config_keys import (
    ApiSection,
    ClockSection,
    Config,
    FleetSection,
    Key,
    KeysSection,
    LimitsSection,
    LogSection,
    MqttSection,
    NotifySection,
    PlannerSection,
    RobotSection,
    SiteSection,
    keys,
)
from dispatcher.core.site import RobotEntry, SiteSpec

__all__ = [
    "ApiSection",
    "ClockSection",
    "Config",
    "ConfigError",
    "FleetSection",
    "KeysSection",
    "LimitsSection",
    "LogSection",
    "MqttSection",
    "NotifySection",
    "PlannerSection",
    "RobotSection",
    "SiteSection",
    "entry_of",
    "load_config",
    "parse_config",
    "print_config",
    "to_site_spec",
]

CONFIG_BYTES_MAX: Final = 4_000_000
ROBOTS_MAX: Final = 5_000


class ConfigError(ValueError):
    """The site file cannot be used: file, line, key, value and what is allowed, in one sentence."""


def load_config(path: Path) -> Config:
    """Read a site file. Raises ConfigError, for a missing file too."""
    try:
        raw = path.read_bytes()
        text = raw[:CONFIG_BYTES_MAX].decode()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text: {error.reason}") from error
    if len(raw) > CONFIG_BYTES_MAX:
        raise ConfigError(f"{path}: longer than {CONFIG_BYTES_MAX} bytes")
    return parse_config(text, path)


def parse_config(text: str, path: Path) -> Config:
    """The config that `text` describes, as the file `path`. Raises ConfigError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    reader = _Reader(path.absolute(), text.splitlines())
    sections: dict[str, list[Key]] = {}
    for key in keys():
        sections.setdefault(key.section, []).append(key)
    for name in table:
        if name not in sections:
            raise ConfigError(
                f"{reader.at(name, '')}: unknown section [{name}]{_near(name, sections)}"
            )
    hints = get_type_hints(Config)
    read: dict[str, Any] = {}
    for name, rows in sections.items():
        if name == "robots":
            read[name] = reader.robots(table.get(name, []), rows)
        else:
            read[name] = hints[name](**reader.section(table.get(name, {}), rows, f"[{name}]"))
    config = Config(source=str(reader.path), **read)
    _check_whole(config, reader)
    return config


def entry_of(robot: RobotSection) -> RobotEntry:
    """What the core is told of a robot of the site file."""
    return RobotEntry(
        id=robot.robot_id,
        compartments=robot.compartments,
        mass_limit_g=robot.mass_limit_g,
        battery_mwh=robot.battery_mwh,
        drive_mwh_per_km=robot.drive_mwh_per_km,
        version=robot.version,
        interface=robot.interface,
        resends_actions=robot.resends_actions,
    )


def to_site_spec(
    config: Config, epoch: int = 1, robots: Iterable[RobotEntry] | None = None
) -> SiteSpec:
    """What the core is told; `robots` None: those of the site file. Transport time-outs are real
    time, so they are stretched by the clock's speed: the core counts in site time."""
    policy = msgspec.structs.replace(
        config.policy,
        resend_ms=round(config.policy.resend_ms * config.clock.speed),
        plan_timeout_ms=round(config.policy.plan_timeout_ms * max(1.0, config.clock.speed)),
    )
    entries = map(entry_of, config.robots) if robots is None else robots
    return SiteSpec(
        id=config.site.id,
        robots=tuple(sorted(entries, key=lambda entry: entry.id)),
        epoch=epoch,
        policy=policy,
        timezone=config.site.timezone,
    )


def print_config(config: Config) -> str:
    """The present values as a site file, each with what it takes, its unit and its default."""
    lines: list[str] = []
    rows = list(keys())
    for section in dict.fromkeys(key.section for key in rows):
        head = f"[[{section}]]" if section == "robots" else f"[{section}]"
        values = config.robots if section == "robots" else (getattr(config, section),)
        mark = "" if values else "# "  # a site without robots is shown the keys of one
        for value in values or (RobotSection("", "", ()),):
            lines += ["", mark + head]
            lines += [mark + _line(key, value) for key in rows if key.section == section]
    return "\n".join(lines[1:])


class _Reader:
    """Takes the sections of one file apart and knows where in it each key stands."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.path = path
        self._lines = lines

    def at(self, section: str, name: str, index: int = 0) -> str:
        """`FILE:LINE`, or `FILE` where the line cannot be found; `index` counts [[robots]]."""
        head = re.compile(rf"^\s*\[{{1,2}}\s*{re.escape(section)}\s*\]{{1,2}}")
        wanted = re.compile(rf"^\s*\"?{re.escape(name)}\"?\s*=")
        heads = [number for number, line in enumerate(self._lines) if head.match(line)]
        if index >= len(heads):
            return str(self.path)
        for number in range(heads[index] + 1, len(self._lines)):
            if self._lines[number].lstrip().startswith("["):
                break
            if name and wanted.match(self._lines[number]):
                return f"{self.path}:{number + 1}"
        return f"{self.path}:{heads[index] + 1}"

    def robots(self, table: Any, rows: list[Key]) -> tuple[RobotSection, ...]:
        """The [[robots]] of the file."""
        if not isinstance(table, list) or len(table) > ROBOTS_MAX:
            at = self.at("robots", "")
            raise ConfigError(f"{at}: robots: allowed: at most {ROBOTS_MAX} sections [[robots]]")
        found: dict[str, RobotSection] = {}
        for index, entry in enumerate(table):
            robot = RobotSection(**self.section(entry, rows, "[[robots]]", index))
            if robot.robot_id in found:
                at = self.at("robots", "serial", index)
                raise ConfigError(f"{at}: robot {robot.robot_id} is there twice")
            if len(set(robot.compartments)) != len(robot.compartments):
                at = self.at("robots", "compartments", index)
                raise ConfigError(f"{at}: [[robots]] compartments: one of them is there twice")
            found[robot.robot_id] = robot
        return tuple(found.values())

    def section(self, table: Any, rows: list[Key], head: str, index: int = 0) -> dict[str, Any]:
        """The values of one section; what the file leaves out is left to the defaults."""
        name = rows[0].section
        if not isinstance(table, dict):
            raise ConfigError(f"{self.path}: {name} = {_show(table)}: allowed: a section {head}")
        known = [key.name for key in rows]
        for word in table:
            if word not in known:
                at = self.at(name, word, index)
                raise ConfigError(f"{at}: {head} unknown key {word}{_near(word, known)}")
        for key in rows:
            if key.required and key.name not in table:
                at = self.at(name, "", index)
                raise ConfigError(f"{at}: {head} {key.name} is missing: allowed: {key.allowed()}")
        return {
            key.name: self._value(key, table[key.name], head, index)
            for key in rows
            if key.name in table
        }

    def _value(self, key: Key, value: Any, head: str, index: int) -> Any:
        try:
            read = msgspec.convert(value, key.type)
        except msgspec.ValidationError:
            at = self.at(key.section, key.name, index)
            text = f"{at}: {head} {key.name} = {_show(value)}: allowed: {key.allowed()}"
            raise ConfigError(text) from None
        if key.meta("path") and read:
            return str(self.path.parent / read)
        return read


def _check_whole(config: Config, reader: _Reader) -> None:
    """What no key can say alone."""
    if not config.api.token_file and not is_loopback(config.api.host):
        at = reader.at("api", "host")
        raise ConfigError(
            f"{at}: [api] host = {_show(config.api.host)}: allowed without a token_file: "
            "127.0.0.1, ::1 or localhost"
        )
    mqtt = config.mqtt
    for name in ("ca_file", "cert_file", "key_file"):
        if getattr(mqtt, name) and not mqtt.url.startswith("mqtts:"):
            raise ConfigError(f"{reader.at('mqtt', name)}: [mqtt] {name} needs a url mqtts://")
    if bool(mqtt.cert_file) != bool(mqtt.key_file):
        at = reader.at("mqtt", "cert_file" if mqtt.cert_file else "key_file")
        raise ConfigError(f"{at}: [mqtt] cert_file and key_file: both or none")
    if config.fleet.broker and not config.fleet.registry:
        at = reader.at("fleet", "broker")
        raise ConfigError(f"{at}: [fleet] broker needs a registry")
    if config.clock.start_site_ms and not config.clock.start_wall_ms:
        at = reader.at("clock", "start_site_ms")
        raise ConfigError(f"{at}: [clock] start_site_ms needs start_wall_ms")


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _line(key: Key, section: Any) -> str:
    default = "required" if key.required else f"default {_show(key.default)}"
    unit = f"{key.unit}, " if key.unit else ""
    about = f": {key.about}" if key.about else ""
    value = _show(getattr(section, key.name))
    return f"{key.name} = {value}  # {unit}{key.allowed()}, {default}{about}"


def _near(name: str, known: Iterable[str]) -> str:
    found = get_close_matches(name, known, n=1)
    return f": did you mean {found[0]}?" if found else f": known are {' '.join(known)}"
