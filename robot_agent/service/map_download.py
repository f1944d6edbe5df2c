# SPDX-License-Identifier: Apache-2.0
"""One download, as a process of its own: an address comes in on stdin, the content goes out.

What must hold: it imports the standard library alone, for it is started by its path; it follows
only to http and https. Its parent ends it when its time is over: a server that sends a byte now and
then, name servers and TLS included, can hold up nothing else. Exit code 1: why not, on stderr.
"""

import sys
import urllib.request
from typing import Any
from urllib.parse import urlsplit

MAX_BYTES = 20_000_000
SILENCE_S = 15.0
CHUNK_BYTES = 1 << 16


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """urllib follows to ftp as well."""

    def redirect_request(self, *given: Any) -> urllib.request.Request | None:
        if urlsplit(given[-1]).scheme not in ("http", "https"):
            raise OSError("the server sends us to another kind of address")
        return super().redirect_request(*given)


def main() -> int:
    """Stops after one byte more than is allowed: the parent says that it is too much."""
    url = sys.stdin.readline().strip()
    left = MAX_BYTES + 1
    try:
        with urllib.request.build_opener(_WebOnly).open(url, timeout=SILENCE_S) as answer:
            while left and (chunk := answer.read(min(left, CHUNK_BYTES))):
                left -= len(chunk)
                sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
    except (OSError, ValueError) as error:
        sys.stderr.write(" ".join(str(error).split())[:300])
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
