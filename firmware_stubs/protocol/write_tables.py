# SPDX-License-Identifier: Apache-2.0
"""The schema as the tables of PROTOCOL.md, between its marks.

What must hold: the words around the tables are a person's and are left alone.
"""

from collections.abc import Iterator

from schema import PARTS, Field, Message, Schema, SchemaError

BEGIN = "<!-- generated: {} -->"
END = "<!-- end -->"
SENDERS = {"agent": "agent → board", "board": "board → agent", "plant": "plant → board"}


def page(schema: Schema, text: str) -> str:
    """The page with fresh tables. Raises SchemaError where a mark is missing."""
    blocks = {f"messages of {part}": _messages(schema, part) for part in PARTS}
    blocks["words"] = _words(schema)
    blocks["restarts"] = _restarts(schema)
    hashes = f"schema hash `0x{schema.schema_hash:08x}`, safety hash `0x{schema.safety_hash:08x}`"
    blocks["versions"] = iter([f"Protocol {schema.major}.{schema.minor}, {hashes}."])
    for name, lines in blocks.items():
        before, begin, rest = text.partition(BEGIN.format(name))
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise SchemaError(f"PROTOCOL.md: there is no {BEGIN.format(name)} ... {END}")
        text = before + begin + "\n" + "\n".join(lines) + "\n" + end + after
    return text


def _messages(schema: Schema, part: str) -> Iterator[str]:
    for message in schema.part(part):
        sender = SENDERS[message.sender]
        if part == "plant" and message.sender == "board":
            sender = "board → plant"
        safety = ", safety" if message.safety else ""
        yield from (
            "",
            f"#### 0x{message.id:02x} `{message.name}` ({sender}; {message.kind}{safety})",
        )
        yield from ("", message.doc)
        if message.fields:
            yield from ("", "| at | field | type | meaning |", "|---|---|---|---|")
            yield from _rows(message)
    yield ""


def _rows(message: Message) -> Iterator[str]:
    at = 0
    for field in message.fields:
        words = [field.doc] if field.doc else []
        if field.of:
            words.insert(0, f"`{field.of}`")
        if field.kind == "number" and (field.low is not None or field.high is not None):
            words.append(_range(field))
        if field.since:
            words.append(f"since minor version {field.since}, else {field.default}")
        kind = field.wire or f"{field.kind}, {field.size_bytes} bytes"
        yield f"| {at} | `{field.name}` | {kind} | {'; '.join(words)} |"
        at += field.size_bytes


def _range(field: Field) -> str:
    if field.low is None:
        return f"at most {field.high}"
    return f"at least {field.low}" if field.high is None else f"{field.low} to {field.high}"


def _words(schema: Schema) -> Iterator[str]:
    for kind, table in (("enum", schema.enums), ("flags", schema.flags)):
        for name, (values, doc) in table.items():
            numbers = (
                f"{number} `{value}`" if kind == "enum" else f"bit {number} `{value}`"
                for number, value in enumerate(values)
            )
            yield f"- **`{name}`** ({kind}): {doc} {', '.join(numbers)}."


def _restarts(schema: Schema) -> Iterator[str]:
    yield from ("", "| | cause | who restarts it | |", "|---|---|---|---|")
    for number, one in enumerate(schema.restarts):
        yield f"| {number} | `{one.cause}` | {one.who} | {one.text} |"
    yield ""
