# SPDX-License-Identifier: Apache-2.0
"""Reads an agent's settings: a TOML file, above it DROVER_AGENT_* variables, above them flags.

What must hold: every value is checked, and what is wrong is one sentence with the place it came
from, the key, the value and what is allowed. `DROVER_AGENT_BROKER_URL` is `url` in `[broker]`.
"""

import re
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from robot_agent.service.settings import ALLOWED, NEEDED, Settings

PREFIX = "DROVER_AGENT_"
SHOWN_MAX = 80
OPTIONS = "driver.options"


class ConfigError(ValueError):
    """What is wrong with a setting, in one sentence."""


def read_settings(
    file: Path | None, environment: Mapping[str, str], flags: Mapping[str, Any]
) -> Settings:
    """`flags`: by key, such as `broker.url`. Raises ConfigError."""
    values: dict[str, dict[str, Any]] = {table: {} for table in _fields(Settings)}
    for layer in (_from_file(file), _from_environment(environment), _from_flags(flags)):
        for key, value in layer.items():
            table, _, name = key.partition(".")
            values[table][name] = value
    settings = msgspec.convert(values, Settings)
    _check_needed(settings, file)
    return settings


def check_settings(settings: Settings, where: Path) -> Settings:
    """The same, if they would be taken from a file. Raises ConfigError."""
    for table, content in msgspec.to_builtins(settings).items():
        for name, value in content.items():
            _checked(str(where), f"{table}.{name}", value, strict=True)
    _check_needed(settings, where)
    return settings


def as_toml(settings: Settings) -> str:
    """As a file that reads back the same."""
    lines: list[str] = []
    for table, content in msgspec.to_builtins(settings).items():
        options = content.pop("options", None)
        lines += [f"[{table}]", *(f"{key} = {_literal(v)}" for key, v in content.items()), ""]
        if options:
            lines += [f"[{table}.options]", *(f"{k} = {_literal(v)}" for k, v in options.items())]
            lines.append("")
    return "\n".join(lines)


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        text = file.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{file}: is not TOML: {error}") from None
    found = {}
    for table, content in tables.items():
        where = f"{file}:{_line_of(text, table)}"
        if table not in _fields(Settings):
            known = ", ".join(_fields(Settings))
            raise ConfigError(f"{where}: there is no table [{table}]; allowed: {known}")
        if not isinstance(content, dict):
            raise ConfigError(f"{where}: {table} = {_shown(content)} is not a table [{table}]")
        for name, value in content.items():
            key = f"{table}.{name}"
            found[key] = _checked(f"{file}:{_line_of(text, table, name)}", key, value, strict=True)
    return found


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable in sorted(environment):
        if not variable.startswith(PREFIX):
            continue
        table, _, name = variable.removeprefix(PREFIX).lower().partition("_")
        key, text = f"{table}.{name}", environment[variable]
        if key.startswith(f"{OPTIONS}_"):
            raise ConfigError(f"{variable}: options of a driver are set in the file only")
        value: Any = text.split(",") if key == "robot.compartments" else text
        found[key] = _checked(variable, key, value, strict=False)
    return found


def _from_flags(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _checked(f"--{key.partition('.')[2].replace('_', '-')}", key, value, strict=True)
        for key, value in flags.items()
    }


def _checked(where: str, key: str, value: Any, *, strict: bool) -> Any:
    table, _, name = key.partition(".")
    types_of = _fields(_fields(Settings)[table]) if table in _fields(Settings) else {}
    if name not in types_of:
        known = ", ".join(types_of) or ", ".join(_fields(Settings))
        raise ConfigError(f"{where}: there is no setting {key}; allowed: {known}")
    if not strict and key == OPTIONS:
        raise ConfigError(f"{where}: options of a driver are set in the file only")
    try:
        return msgspec.convert(value, types_of[name], strict=strict)
    except msgspec.ValidationError as error:
        allowed = ALLOWED.get(key, _kind(types_of[name]))
        # A pattern is no sentence; the words for it are in `allowed`.
        why = "" if "regex" in str(error) else f" ({error})"
        raise ConfigError(
            f"{where}: {key} = {_shown(value)} is not allowed{why}; allowed: {allowed}"
        ) from None


def _check_needed(settings: Settings, file: Path | None) -> None:
    for key in NEEDED:
        table, _, name = key.partition(".")
        if not getattr(getattr(settings, table), name):
            variable = PREFIX + key.replace(".", "_").upper()
            where = f"{file}" if file else "no --config FILE was given, and"
            raise ConfigError(
                f"{where}: {key} is missing: {ALLOWED.get(key, 'a file')};"
                f" set it there, as {variable}, or by its flag"
            )
    broker = settings.broker
    if not broker.interface:
        raise ConfigError(f"broker.interface is empty; allowed: {ALLOWED['broker.interface']}")
    if bool(broker.cert_file) != bool(broker.key_file):
        raise ConfigError("broker.cert_file and broker.key_file belong together: one is missing")
    if broker.url.startswith("mqtt:") and (broker.ca_file or broker.cert_file):
        raise ConfigError(
            f"broker.url = {broker.url!r} is not encrypted, but broker.ca_file or broker.cert_file"
            " is given; allowed: mqtts://HOST:PORT"
        )
    names = settings.robot.compartments
    if len(set(names)) != len(names):
        raise ConfigError(f"robot.compartments = {_shown(list(names))}: one is there twice")


def _fields(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(struct)}


def _line_of(text: str, table: str, name: str = "") -> int:
    """Where it stands in the file, as far as one can see without a parser that counts."""
    lines = text.splitlines()
    inside, at = False, 1
    for number, line in enumerate(lines, start=1):
        head = re.match(r"\s*\[\[?\s*([\w.-]+)", line)
        if head:
            inside = head[1] == table or head[1] == f"{table}.{name}"
            if head[1] == table or head[1].startswith(f"{table}."):
                at = number
            if head[1] == f"{table}.{name}":
                return number
        elif (
            name
            and (
                (inside and re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*[=.]", line))
                or re.match(rf"\s*{re.escape(table)}\.{re.escape(name)}\s*[=.]", line)
            )
        ) or (not name and re.match(rf"\s*{re.escape(table)}\s*[=.]", line)):
            return number
    return at


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}..."


def _kind(wanted: Any) -> str:
    if isinstance(wanted, types.UnionType):
        return " or ".join(_kind(one) for one in wanted.__args__)
    return {bool: "true or false", str: "a text", int: "a whole number"}.get(wanted, str(wanted))


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_literal(one) for one in value)}]"
    # A JSON string is a TOML basic string.
    return msgspec.json.encode(value).decode()
