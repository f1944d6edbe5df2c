# SPDX-License-Identifier: Apache-2.0
"""The schema as Python: the enums, a struct and a layout for each message, the table of restarts.

What must hold: the same schema gives the same text, as `ruff format` would have it.
"""

import textwrap
from collections.abc import Iterator

from schema import Field, Message, Schema

FORMATS = {"u8": "B", "u16": "H", "u32": "I", "i8": "b", "i16": "h", "i32": "i"}
GENERATED = "Generated from firmware_stubs/protocol by its generate.py: change that, not this."
LINE = 100


def words(schema: Schema) -> str:
    """robot_agent/board/words.py"""
    lines = [
        "# SPDX-License-Identifier: Apache-2.0",
        '"""The words of the boards\' protocol: enums, flags, versions.',
        "",
        GENERATED,
        '"""',
        "",
        "from enum import IntEnum, IntFlag",
        "",
        f"PROTOCOL_MAJOR = {schema.major}",
        f"PROTOCOL_MINOR = {schema.minor}",
        f"SCHEMA_HASH = 0x{schema.schema_hash:08X}",
        f"SAFETY_HASH = 0x{schema.safety_hash:08X}",
    ]
    for name, (values, doc) in schema.enums.items():
        lines += ["", "", f"class {_camel(name)}(IntEnum):", *_docstring(doc), ""]
        lines += [f"    {value.upper()} = {number}" for number, value in enumerate(values)]
    for name, (values, doc) in schema.flags.items():
        lines += ["", "", f"class {_camel(name)}(IntFlag):", *_docstring(doc), ""]
        lines += [f"    {value.upper()} = {1 << number}" for number, value in enumerate(values)]
    return "\n".join([*lines, ""])


def messages(schema: Schema, part: str) -> str:
    """robot_agent/board/PART_messages.py"""
    part_messages = schema.part(part)
    lines = [
        "# SPDX-License-Identifier: Apache-2.0",
        f'"""The messages of the boards\' protocol: {part}. Enums are plain numbers, see `words`.',
        "",
        GENERATED,
        '"""',
        "",
        "from typing import ClassVar",
        "",
        "from robot_agent.board.layout import FieldLayout, Message",
    ]
    for message in part_messages:
        lines += ["", "", *_class(message)]
    lines += ["", "", f"{part.upper()}_MESSAGES: tuple[type[Message], ...] = ("]
    lines += [f"    {_camel(one.name)}," for one in part_messages]
    return "\n".join([*lines, ")", ""])


def _class(message: Message) -> Iterator[str]:
    yield f"class {_camel(message.name)}(Message, frozen=True):"
    yield from _docstring(message.doc)
    yield ""
    yield f"    ID: ClassVar[int] = 0x{message.id:02X}"
    yield f'    SENDER: ClassVar[str] = "{message.sender}"'
    yield f'    KIND: ClassVar[str] = "{message.kind}"'
    if not message.fields:
        yield "    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = ()"
        return
    head = "    LAYOUT: ClassVar[tuple[FieldLayout, ...]] = ("
    entries = [f"FieldLayout({', '.join(_layout(one, message.sender))})" for one in message.fields]
    if len(entries) == 1:
        yield f"{head}{entries[0]},)"
    else:
        yield from (head, *(f"        {entry}," for entry in entries), "    )")
    yield ""
    for field in message.fields:
        default = f" = {field.default}" if field.since else ""
        kind = {"bytes": "bytes", "text": "str"}.get(field.kind, "int")
        yield f"    {field.name}: {kind}{default}"


def _layout(field: Field, sender: str) -> Iterator[str]:
    yield f'"{field.name}"'
    fmt = FORMATS.get(field.wire) or f"{field.size_bytes}{'s' if field.kind == 'bytes' else 't'}"
    yield f'"{fmt}"'
    lenient = field.kind == "enum" and sender == "board"
    if field.low is not None and not lenient:
        yield f"low={field.low}"
    if field.high is not None and not lenient:
        yield f"high={field.high}"
    if field.since:
        yield f"since={field.since}"
        if field.default:
            yield f"default={field.default}"


def restarts(schema: Schema) -> str:
    """robot_agent/vda5050/restarts.py"""
    lines = [
        "# SPDX-License-Identifier: Apache-2.0",
        '"""Who restarts a robot that stands: the one table that board, agent, dispatcher go by.',
        "",
        "`agent`: by itself, after its self-check. `check`: when it has told its state and found",
        "its place again. `operator`: from the desk. `person`: who has seen to it at the robot.",
        "",
        GENERATED,
        '"""',
        "",
        "from typing import Literal, NamedTuple",
        "",
        'Who = Literal["agent", "check", "operator", "person"]',
        "",
        "",
        "class Restart(NamedTuple):",
        '    """Of one cause: who, and the cause in words."""',
        "",
        "    who: Who",
        "    text: str",
        "",
        "",
        "RESTARTS: dict[str, Restart] = {",
    ]
    lines += [f'    "{one.cause}": Restart("{one.who}", "{one.text}"),' for one in schema.restarts]
    return "\n".join([*lines, "}", ""])


def _docstring(doc: str) -> list[str]:
    lines = textwrap.wrap(f'"""{doc}"""', LINE - 4)
    return [f"    {line}" for line in lines]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
