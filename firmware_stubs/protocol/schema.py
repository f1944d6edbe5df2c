# SPDX-License-Identifier: Apache-2.0
"""Reads the protocol's TOML files into one checked schema.

What must hold: message ids and names are unique; fields of a later minor version stand behind those
of an earlier one; whatever is wrong is one sentence with the file, the message and the field.
"""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

PARTS = ("link", "drive", "locker", "plant")
RESTARTS = "restart.toml"
WHO = ("agent", "check", "operator", "person")
KINDS = ("session", "answer", "command", "drive", "telemetry", "event")
SENDERS = ("agent", "board", "plant")
NUMBERS = {
    "u8": (0, 2**8 - 1),
    "u16": (0, 2**16 - 1),
    "u32": (0, 2**32 - 1),
    "i8": (-(2**7), 2**7 - 1),
    "i16": (-(2**15), 2**15 - 1),
    "i32": (-(2**31), 2**31 - 1),
}
SIZES = {"u8": 1, "u16": 2, "u32": 4, "i8": 1, "i16": 2, "i32": 4}
MAX_PAYLOAD_BYTES = 230


class SchemaError(ValueError):
    """What is wrong with the schema, in one sentence."""


class Field(NamedTuple):
    """`kind`: `number`, `enum`, `flags`, `bytes` or `text`. `wire`: the number's type on the wire;
    `size_bytes` of it, or of the whole text. `of`: the enum's or flags' name. `low`, `high`: what
    is allowed, None where the type says it."""

    name: str
    kind: str
    wire: str
    size_bytes: int
    of: str
    low: int | None
    high: int | None
    since: int
    default: int
    doc: str


class Message(NamedTuple):
    """One message; `file` is where it stands."""

    name: str
    id: int
    sender: str
    kind: str
    safety: bool
    doc: str
    fields: tuple[Field, ...]
    file: str


class Restart(NamedTuple):
    """Who restarts a drive that stands for this cause."""

    cause: str
    who: str
    text: str
    since: int


class Schema(NamedTuple):
    """The whole of it; `enums` and `flags` by name: (values, doc). `first_words`: of both, the
    values as they were in minor version 0."""

    major: int
    minor: int
    enums: dict[str, tuple[tuple[str, ...], str]]
    flags: dict[str, tuple[tuple[str, ...], str]]
    messages: tuple[Message, ...]
    restarts: tuple[Restart, ...]
    first_words: dict[str, tuple[str, ...]]

    def part(self, name: str) -> tuple[Message, ...]:
        """The messages of one file: `link`, `drive`, `locker` or `plant`."""
        return tuple(one for one in self.messages if one.file == f"{name}.toml")

    @property
    def schema_hash(self) -> int:
        """Of every message, field and value."""
        return _hash([self.messages, self.enums, self.flags, self.restarts])

    @property
    def safety_hash(self) -> int:
        """Of the safety messages as they were in minor version 0, of the numbers of all words,
        and of who restarts what."""
        base = [
            (one.name, one.id, [_wire_of(field) for field in one.fields if field.since == 0])
            for one in self.messages
            if one.safety
        ]
        restarts = [(one.cause, one.who) for one in self.restarts if not one.since]
        return _hash([self.major, base, self.first_words, restarts])


def read_schema(folder: Path) -> Schema:
    """Raises SchemaError, OSError."""
    enums: dict[str, tuple[tuple[str, ...], str]] = {}
    flags: dict[str, tuple[tuple[str, ...], str]] = {}
    restarts = _restarts(folder / RESTARTS)
    causes = tuple(one.cause for one in restarts)
    enums["stop_cause"] = (causes, "Why a drive is not armed; who restarts it is in the table.")
    first_words = {"stop_cause": tuple(one.cause for one in restarts if not one.since)}
    tables = {f"{part}.toml": _toml(folder / f"{part}.toml") for part in PARTS}
    for name, table in tables.items():
        for key, target in (("enum", enums), ("flags", flags)):
            for word, content in table.get(key, {}).items():
                if word in enums or word in flags:
                    raise SchemaError(f"{name}: {key} {word} is there twice")
                _require(content, ("values", "doc"), f"{name}: {key} {word}")
                first_words[word] = tuple(content["values"])
                target[word] = (first_words[word] + tuple(content.get("added", ())), content["doc"])
    messages = [
        _message(entry, name, enums, flags)
        for name, table in tables.items()
        for entry in table.get("message", [])
    ]
    for what in ("name", "id"):
        seen = [getattr(one, what) for one in messages]
        twice = next((value for value in seen if seen.count(value) > 1), None)
        if twice is not None:
            raise SchemaError(f"two messages have the {what} {twice}")
    head = tables["link.toml"]
    _require(head, ("major", "minor"), "link.toml")
    return Schema(
        head["major"], head["minor"], enums, flags, tuple(messages), restarts, first_words
    )


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SchemaError(f"{path.name}: is not TOML: {error}") from None


def _require(table: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    missing = [key for key in keys if key not in table]
    if missing:
        raise SchemaError(f"{where}: has no {missing[0]}")


def _restarts(path: Path) -> tuple[Restart, ...]:
    table = _toml(path)
    _require(table, ("rows",), path.name)
    rows = []
    for row in table["rows"]:
        _require(row, ("cause", "who", "text"), f"{path.name}: row {len(rows)}")
        rows.append(Restart(row["cause"], row["who"], row["text"], row.get("since", 0)))
        if row["who"] not in WHO:
            raise SchemaError(
                f"{path.name}: {row['cause']}: who is {row['who']!r}, not one of {WHO}"
            )
    return tuple(rows)


def _message(
    entry: dict[str, Any],
    file: str,
    enums: dict[str, tuple[tuple[str, ...], str]],
    flags: dict[str, tuple[tuple[str, ...], str]],
) -> Message:
    where = f"{file}: message {entry.get('name', '')}"
    _require(entry, ("name", "id", "from", "kind", "safety", "doc", "fields"), where)
    if entry["from"] not in SENDERS or entry["kind"] not in KINDS:
        raise SchemaError(f"{where}: from is one of {SENDERS}, kind one of {KINDS}")
    fields = tuple(_field(one, where, enums, flags) for one in entry["fields"])
    if list(fields) != sorted(fields, key=lambda field: field.since):
        raise SchemaError(f"{where}: a field of a later minor version stands before an earlier one")
    if sum(field.size_bytes for field in fields) > MAX_PAYLOAD_BYTES:
        raise SchemaError(f"{where}: is longer than {MAX_PAYLOAD_BYTES} bytes")
    return Message(
        entry["name"],
        entry["id"],
        entry["from"],
        entry["kind"],
        entry["safety"],
        entry["doc"],
        fields,
        file,
    )


def _field(
    entry: dict[str, Any],
    where: str,
    enums: dict[str, tuple[tuple[str, ...], str]],
    flags: dict[str, tuple[tuple[str, ...], str]],
) -> Field:
    where = f"{where}: field {entry.get('name', '')}"
    _require(entry, ("name", "type", "doc"), where)
    kind, _, of = entry["type"].partition(".")
    low, high = entry.get("low"), entry.get("high")
    wire, size_bytes = "", 0
    if kind in NUMBERS:
        wire, size_bytes, kind = kind, SIZES[kind], "number"
    elif kind == "enum" and of in enums:
        wire, size_bytes, high = "u8", 1, len(enums[of][0]) - 1
    elif kind == "flags" and of in flags:
        wire = "u8" if len(flags[of][0]) <= 8 else "u16"
        size_bytes = SIZES[wire]
    else:
        kind, _, length = entry["type"].partition(":")
        if kind not in ("bytes", "text") or not length.isdecimal():
            raise SchemaError(f"{where}: there is no type {entry['type']!r}")
        size_bytes, of = int(length), ""
    since, default = entry.get("since", 0), entry.get("default", 0)
    if since and "default" not in entry:
        raise SchemaError(f"{where}: came with minor version {since} and has no default")
    return Field(entry["name"], kind, wire, size_bytes, of, low, high, since, default, entry["doc"])


def _wire_of(field: Field) -> tuple[object, ...]:
    # A word more in an enum is an addition: who does not know it refuses the message.
    high = None if field.kind == "enum" else field.high
    return (field.name, field.kind, field.wire, field.size_bytes, field.low, high)


def _hash(value: object) -> int:
    text = json.dumps(value, sort_keys=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
