# SPDX-License-Identifier: Apache-2.0
"""`dispatcher broker init`: the folder of a mosquitto broker that lets in whom it should."""

import json
import re
import socket
from pathlib import Path
from typing import Annotated

import typer

from dispatcher.cli.output import JsonOption, fail, say

HOSTS_MAX = 20
# A host name or an IP address; whatever it is, it goes into a certificate and a URL.
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:]{2,39}")
INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
LOCAL = ("localhost", "127.0.0.1", "::1")

app = typer.Typer(help="Set a broker up.", no_args_is_help=True, add_completion=False)


@app.callback()
def broker() -> None:
    """Set a broker up."""


@app.command(short_help="Write a mosquitto configuration with TLS, rights and a small CA.")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")],
    host: Annotated[
        list[str] | None,
        typer.Option(help="A name or address of this machine; the first one is told to robots."),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65_535)] = 8883,
    interface: Annotated[str, typer.Option(help="First level of every topic.")] = "uagv",
    as_json: JsonOption = False,
) -> None:
    """Write a mosquitto configuration with TLS, rights and a small certificate authority.

    Nobody gets in without a certificate of this authority and a password; a robot may say only what
    it is to say, and read only its own orders. Robots are let in by `dispatcher robot add`.
    """
    from dispatcher.provisioning.broker import CLIENT_FOLDER, CONFIG_FILE, BrokerFolder
    from dispatcher.provisioning.files import ProvisioningError

    hosts = list(dict.fromkeys([*(host or [socket.gethostname()]), *LOCAL]))
    for name in hosts:
        if not HOST.fullmatch(name):
            fail(f"--host {name}: allowed: a host name or an IP address")
    if len(hosts) > HOSTS_MAX:
        fail(f"--host: at most {HOSTS_MAX - len(LOCAL)} names")
    if not INTERFACE.fullmatch(interface):
        fail(f"--interface {interface}: allowed: 1 to 64 letters, digits, '.', '_', '-'")
    try:
        made = BrokerFolder.create(folder.absolute(), hosts, port, interface)
    except ProvisioningError as error:
        fail(str(error))
    own = made.path / CLIENT_FOLDER
    say(
        [
            f"start it:  mosquitto -c {made.path / CONFIG_FILE}",
            f"robots will find it at {made.url}",
            f"keep {made.path / 'ca.key'} to yourself: who has it can let anybody in",
            "for the site file:",
            "[mqtt]",
            f'url = "mqtts://localhost:{port}"',
            f'interface = "{interface}"',
            f'ca_file = "{made.path / "ca.pem"}"',
            f'cert_file = "{own / "client.pem"}"',
            f'key_file = "{own / "client.key"}"',
            f'username = "{made.about.client.username}"',
            f'password_file = "{own / "password"}"',
            "[fleet]",
            'registry = "robots.json"',
            f'broker = "{made.path}"',
        ]
    )
    if as_json:
        print(json.dumps({"folder": str(made.path), "url": made.url, "hosts": hosts}))
