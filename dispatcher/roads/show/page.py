# SPDX-License-Identifier: Apache-2.0
"""The page itself: one HTML file with everything in it, which asks nothing of any network.

What must hold: no text of a map becomes markup or script. Map data stands in one JSON block whose
`<` are escaped; the page's policy allows its own style and script alone, each named by its hash.
The same map gives the same bytes.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path

from dispatcher.roads.faults.fault_book import MapFault
from dispatcher.roads.show.payload import map_data
from robot_agent.campus import parse_campus
from robot_agent.campus_format import decode_features

FOLDER = Path(__file__).resolve().parent / "page"
SCRIPTS = (
    "data", "view", "theme", "travel", "grounds", "roads", "marks", "labels", "pick", "facts",
    "search", "panel", "start",
)  # fmt: skip
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def campus_page(
    content: bytes, source: str, findings: Sequence[MapFault] = (), speed_mm_s: int = 4000
) -> tuple[str, str]:
    """The page of a campus map and the map's digest. Raises CampusError where it cannot be read."""
    campus = parse_campus(content, source)
    data = map_data(campus, decode_features(content, source), findings, speed_mm_s)
    return page_of(data, campus.site.name), campus.digest


def page_of(data: dict[str, object], title: str) -> str:
    """The page of such data, whole."""
    style = _part("page.css")
    # One scope for all scripts, none of it reachable by name from outside.
    parts = [_part(f"{name}.js") for name in SCRIPTS]
    script = "\n".join(['"use strict";', "(() => {", *parts, "})();"])
    filled = {
        "policy": _policy(style, script),
        "title": html.escape(_sound(title)),
        "style": style,
        "data": _json(data),
        "script": script,
    }
    # In one pass: braces inside a map's texts are never looked at.
    return PLACEHOLDER.sub(lambda match: filled[match[1]], _part("page.html"))


def _part(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _json(data: dict[str, object]) -> str:
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # `<` opens every way out of a script block: its end tag and a comment.
    return _sound(text).replace("<", "\\u003c")


def _sound(text: str) -> str:
    """JSON can hold half a character (a lone surrogate); a file in UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
