# SPDX-License-Identifier: Apache-2.0
"""The demo's MQTT broker: mosquitto where there is one, else amqtt from Python.

What must hold: it listens on loopback only, keeps nothing on disk, and is never root.
"""

import os
import shutil
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

from dispatcher.demo.child import Child
from dispatcher.demo.options import EXIT_BAD_INPUT, EXIT_MISSING, DemoError

HOST = "127.0.0.1"
# Daemons live here on Debian, and a user's PATH lacks them.
SYSTEM_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", "/opt/local/sbin")
AMQTT_LACKS = "no keepalive, no session takeover, no QoS 1 redelivery"
# A resting emulator of hundreds of robots is served in one burst, so queues must be roomy.
MOSQUITTO_CONFIG = """\
listener {port} {host}
allow_anonymous true
persistence false
max_queued_messages 100000
max_inflight_messages 1000
message_size_limit 1048576
log_dest stderr
log_type error
log_type warning
connection_messages false
"""


def find_mosquitto() -> str | None:
    """Where mosquitto is, on PATH or in a system folder."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS])
    return shutil.which("mosquitto", path=path)


def choose_broker(wanted: str) -> str:
    """`mosquitto` or `amqtt`. Raises DemoError where what is wanted is not installed."""
    if wanted not in ("", "mosquitto", "amqtt"):
        raise DemoError(f"--broker {wanted}: allowed: mosquitto, amqtt", EXIT_BAD_INPUT)
    if wanted != "amqtt" and find_mosquitto():
        return "mosquitto"
    if wanted == "mosquitto":
        raise DemoError(
            "mosquitto is not installed: apt install mosquitto, or use --broker amqtt", EXIT_MISSING
        )
    if find_spec("amqtt") is None:
        raise DemoError(
            "no MQTT broker: apt install mosquitto, or pip install 'drover-dispatch[demo]'",
            EXIT_MISSING,
        )
    return "amqtt"


def broker_child(kind: str, port: int, folder: Path) -> Child:
    """The broker, not yet started; `folder` is where its files go."""
    log = folder / "logs" / "broker.log"
    if kind == "amqtt":
        command = [sys.executable, "-m", "dispatcher.demo.amqtt_broker", HOST, str(port)]
        return Child("broker", command, log)
    config = folder / "mosquitto.conf"
    config.write_text(MOSQUITTO_CONFIG.format(host=HOST, port=port), encoding="utf-8")
    return Child("broker", [find_mosquitto() or kind, "-c", str(config)], log)


def listens(port: int) -> bool:
    """Whether somebody accepts connections on this port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def free_port(wanted: int = 0) -> int:
    """`wanted`, or any free port. Raises DemoError where it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            raise DemoError(f"--port {wanted}: {error.strerror}", EXIT_BAD_INPUT) from None
        return int(probe.getsockname()[1])
