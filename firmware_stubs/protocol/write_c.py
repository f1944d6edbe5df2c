# SPDX-License-Identifier: Apache-2.0
"""The schema as C: enums, structs, and an encoder and a decoder for each message.

What must hold: the same schema gives the same text; the C needs nothing but stdint.
"""

import textwrap
from collections.abc import Iterator

from schema import Field, Message, Schema

HEAD = """\
/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from the protocol folder by its generate.py: change that, not this. */
"""
LINE = 96
C_TYPES = {
    "u8": "uint8_t",
    "u16": "uint16_t",
    "u32": "uint32_t",
    "i8": "int8_t",
    "i16": "int16_t",
    "i32": "int32_t",
}


def words(schema: Schema) -> str:
    """words.h: versions, enums, flags, who restarts what."""
    lines = [
        HEAD + "#ifndef DROVER_WORDS_H",
        "#define DROVER_WORDS_H",
        "",
        "#include <stdint.h>",
        "",
        f"#define PROTOCOL_MAJOR {schema.major}u",
        "/* A build may speak an older minor version: what the boards of last year do. */",
        "#ifndef PROTOCOL_MINOR",
        f"#define PROTOCOL_MINOR {schema.minor}u",
        "#endif",
        f"#define SCHEMA_HASH 0x{schema.schema_hash:08x}u",
        f"#define SAFETY_HASH 0x{schema.safety_hash:08x}u",
        "",
    ]
    for name, (values, doc) in schema.enums.items():
        lines += [f"/* {doc} */", f"enum {name} {{"]
        lines += [f"  {name.upper()}_{value.upper()} = {n}," for n, value in enumerate(values)]
        lines += [f"  {name.upper()}_COUNT = {len(values)}", "};", ""]
    for name, (values, doc) in schema.flags.items():
        lines += [f"/* {doc} */", f"enum {name} {{"]
        bits = [f"  {name.upper()}_{value.upper()} = 1 << {n}" for n, value in enumerate(values)]
        lines += [",\n".join(bits), "};", ""]
    lines += [
        "/* Who restarts a drive that stands; by stop cause. */",
        "enum restart_who { RESTART_AGENT, RESTART_CHECK, RESTART_OPERATOR, RESTART_PERSON };",
        "#define RESTARTS \\",
        "  { \\",
        *(f"    RESTART_{one.who.upper()}, /* {one.cause} */ \\" for one in schema.restarts),
        "  }",
        "",
        "enum message_type {",
        ",\n".join(f"  MESSAGE_{one.name.upper()} = 0x{one.id:02x}" for one in schema.messages),
        "};",
        "",
        "/* What no board hears from its agent, and what it hears and does not acknowledge; any",
        " * other type, one that is unknown too, is a command. */",
        *_cases("CASES_OF_OTHERS", [one for one in schema.messages if one.sender != "agent"]),
        *_cases("CASES_UNANSWERED", [one for one in schema.messages if _is_unanswered(one)]),
        "",
        "/* Whether a payload could be read: whole, cut short, or with a value out of range. */",
        "enum decoded { DECODED_OK, DECODED_SHORT, DECODED_RANGE };",
        "",
    ]
    return "\n".join([*lines, "#endif", ""])


def _is_unanswered(message: Message) -> bool:
    return message.sender == "agent" and message.kind not in ("command", "session")


def _cases(macro: str, messages: list[Message]) -> Iterator[str]:
    """Labels for a `switch`; the last one's colon is the user's."""
    yield f"#define {macro} \\"
    labels = [f"  case MESSAGE_{one.name.upper()}" for one in messages]
    yield ": \\\n".join(labels)


def header(schema: Schema, part: str) -> str:
    """PART_messages.h"""
    guard = f"DROVER_{part.upper()}_MESSAGES_H"
    lines = [
        HEAD + f"#ifndef {guard}",
        f"#define {guard}",
        "",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "",
        '#include "words.h"',
        "",
    ]
    for message in schema.part(part):
        lines += _struct(message)
    return "\n".join([*lines, "#endif", ""])


def _struct(message: Message) -> Iterator[str]:
    size = sum(field.size_bytes for field in message.fields)
    yield from _comment(message.doc, "")
    yield f"struct {message.name} {{"
    for field in message.fields:
        yield from _comment(_remark(field), "  ")
        ctype = C_TYPES.get(field.wire, "uint8_t")
        array = "" if field.wire else f"[{field.size_bytes}]"
        yield f"  {ctype} {field.name}{array};"
    if not message.fields:
        yield "  uint8_t nothing; /* C knows no empty struct */"
    yield "};"
    yield f"#define {message.name.upper()}_MAX_BYTES {size}u"
    yield f"size_t {message.name}_encode(const struct {message.name} *message, uint8_t *out);"
    yield f"enum decoded {message.name}_decode("
    yield f"    const uint8_t *payload, size_t length, struct {message.name} *message);"
    yield ""


def _remark(field: Field) -> str:
    words = [field.doc] if field.doc else []
    if field.of:
        words.insert(0, f"{field.kind} {field.of}")
    if field.since:
        words.append(f"since minor version {field.since}")
    return "; ".join(words)


def _comment(text: str, indent: str) -> list[str]:
    lines = textwrap.wrap(f"/* {text} */", LINE - len(indent)) if text else []
    return [f"{indent}{' ' * 3 if number else ''}{line}" for number, line in enumerate(lines)]


def source(schema: Schema, part: str) -> str:
    """PART_messages.c"""
    lines = [HEAD + f'#include "{part}_messages.h"', "", "#include <string.h>", ""]
    lines += ['#include "../bytes.h"', ""]
    for message in schema.part(part):
        lines += _encoder(message)
        lines += _decoder(message)
    return "\n".join(lines)


def _encoder(message: Message) -> Iterator[str]:
    yield f"size_t {message.name}_encode(const struct {message.name} *message, uint8_t *out) {{"
    if not message.fields:
        yield from ("  (void)message;", "  (void)out;", "  return 0;", "}", "")
        return
    yield "  size_t at = 0;"
    for since, fields in _by_version(message):
        if since:
            yield f"#if PROTOCOL_MINOR >= {since}"
        for field in fields:
            name = f"message->{field.name}"
            if field.wire:
                yield f"  at += put_le(&out[at], (uint32_t){name}, {field.size_bytes});"
            else:
                yield f"  memcpy(&out[at], {name}, {field.size_bytes});"
                yield f"  at += {field.size_bytes};"
        if since:
            yield "#endif"
    yield from ("  return at;", "}", "")


def _decoder(message: Message) -> Iterator[str]:
    yield f"enum decoded {message.name}_decode("
    yield f"    const uint8_t *payload, size_t length, struct {message.name} *message) {{"
    if not message.fields:
        yield from ("  (void)payload;", "  (void)length;", "  message->nothing = 0;")
        yield from ("  return DECODED_OK;", "}", "")
        return
    at = 0
    for since, fields in _by_version(message):
        end = at + sum(field.size_bytes for field in fields)
        if since:
            yield from _newer(since, fields, at, end)
        else:
            yield from (f"  if (length < {end}u) {{", "    return DECODED_SHORT;", "  }")
            yield from _gets(fields, at, "  ")
        at = end
    checks = [check for field in message.fields for check in _range_checks(field, message.sender)]
    if checks:
        joined = " ||\n      ".join(checks)
        yield f"  if ({joined}) {{"
        yield from ("    return DECODED_RANGE;", "  }")
    yield from ("  return DECODED_OK;", "}", "")


def _newer(since: int, fields: list[Field], at: int, end: int) -> Iterator[str]:
    for field in fields:
        yield f"  message->{field.name} = {field.default};"
    yield f"#if PROTOCOL_MINOR >= {since}"
    yield f"  if (length >= {end}u) {{"
    yield from _gets(fields, at, "    ")
    yield from ("  }", "#endif")


def _gets(fields: list[Field], at: int, indent: str) -> Iterator[str]:
    for field in fields:
        if field.wire:
            got = f"get_le(&payload[{at}], {field.size_bytes})"
            yield f"{indent}message->{field.name} = ({C_TYPES[field.wire]}){got};"
        else:
            yield f"{indent}memcpy(message->{field.name}, &payload[{at}], {field.size_bytes});"
        at += field.size_bytes


def _range_checks(field: Field, sender: str) -> Iterator[str]:
    # A newer board may know more words: only boards are strict about what they hear.
    if field.kind == "enum" and sender == "board":
        return
    if field.low is not None:
        yield f"message->{field.name} < {field.low}"
    if field.high is not None:
        yield f"message->{field.name} > {field.high}"


def _by_version(message: Message) -> list[tuple[int, list[Field]]]:
    versions = sorted({field.since for field in message.fields})
    return [(v, [field for field in message.fields if field.since == v]) for v in versions]
