# SPDX-License-Identifier: Apache-2.0
"""Writes the C header, the Python modules and the tables of PROTOCOL.md from the TOML files.

`python generate.py` writes what has changed and names it; `--check` writes nothing and ends with 1
where something would change, 2 where the schema is wrong. Needs Python 3.11 and nothing else.
"""

import sys
from pathlib import Path

import write_c
import write_python
import write_tables
from schema import PARTS, Schema, SchemaError, read_schema

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent


def outputs(schema: Schema) -> dict[Path, str]:
    """Each file that is generated, whole."""
    core, agent = ROOT / "firmware_stubs/core/generated", ROOT / "robot_agent"
    page = ROOT / "firmware_stubs/PROTOCOL.md"
    found = {
        page: write_tables.page(schema, page.read_text(encoding="utf-8")),
        core / "words.h": write_c.words(schema),
        agent / "board/words.py": write_python.words(schema),
        agent / "vda5050/restarts.py": write_python.restarts(schema),
    }
    for part in PARTS:
        found[core / f"{part}_messages.h"] = write_c.header(schema, part)
        found[core / f"{part}_messages.c"] = write_c.source(schema, part)
        found[agent / f"board/{part}_messages.py"] = write_python.messages(schema, part)
    return found


def main(arguments: list[str]) -> int:
    """The exit code."""
    try:
        schema = read_schema(FOLDER)
    except (SchemaError, OSError) as error:
        sys.stderr.write(f"generate: {error}\n")
        return 2
    stale = [
        path
        for path, text in outputs(schema).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        verb = "is not what the schema gives" if "--check" in arguments else "written"
        sys.stderr.write(f"generate: {path.relative_to(ROOT)} {verb}\n")
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(outputs(schema)[path], encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
