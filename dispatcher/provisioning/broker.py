# SPDX-License-Identifier: Apache-2.0
"""The folder of a mosquitto broker: configuration, certificates, logins, and who may say what.

What must hold: a login is a client certificate of our authority *and* a password; its name is the
client id too, so nobody can take another's session. A robot writes its own state, visualization,
connection and factsheet and reads its own orders, instant actions and connection (so that it
notices a copy of itself); the dispatcher the reverse; nobody else anything. The logins and rights
are made anew from the register at each change and read by the running broker at once (SIGHUP),
which also ends the sessions of logins that are gone: taking a certificate back alone would only
keep it from coming again.
"""

import base64
import hashlib
import os
import pwd
import secrets
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from dispatcher.provisioning.authority import CA_CERT_FILE, CA_KEY_FILE, Authority, Issued
from dispatcher.provisioning.files import ProvisioningError, read_secret, write_secret
from dispatcher.provisioning.registry import Login, Registry

CONFIG_FILE: Final = "mosquitto.conf"
ABOUT_FILE: Final = "broker.json"
CLIENT_FOLDER: Final = "dispatcher"
CLIENT_NAME: Final = "dispatcher"

_ABOUT: Final = 1
_MAJOR: Final = "v2"
_FROM_ROBOT: Final = ("state", "visualization", "connection", "factsheet")
_TO_ROBOT: Final = ("order", "instantActions")
_OWN_WORD: Final = "connection"
"""A robot hears what is said in its name here: words that it never said are a copy's."""

LOG_TOPICS: Final[tuple[str, ...]] = ("$SYS/broker/log/N", "$SYS/broker/log/E")
"""Here the broker says who has logged in (so an exchange of credentials is seen to be done), and
whose session a second login has ended."""

Told = Literal["told", "not running", "not ours"]


class About(msgspec.Struct, frozen=True):
    """What the folder was made for; `client` is the dispatcher's own login."""

    host: str
    port: int
    interface: str
    client: Login
    format: int = _ABOUT


class BrokerFolder:
    """One broker's files."""

    def __init__(self, path: Path, about: About) -> None:
        self.path, self.about = path, about

    @property
    def url(self) -> str:
        """Where robots find it."""
        return f"mqtts://{self.about.host}:{self.about.port}"

    @property
    def ca_pem(self) -> str:
        """The root certificate, by which robots know the broker."""
        return read_secret(self.path / CA_CERT_FILE).decode()

    @classmethod
    def create(cls, path: Path, hosts: Sequence[str], port: int, interface: str) -> "BrokerFolder":
        """A new folder for a broker under these names, the first one told to robots. Raises
        ProvisioningError, where there is something in it already, too."""
        _make_folder(path)
        authority = Authority.create(
            path / CA_CERT_FILE, path / CA_KEY_FILE, f"Drover {hosts[0]} {secrets.token_hex(4)}"
        )
        server = authority.issue_server(hosts)
        write_secret(path / "server.pem", server.cert_pem.encode())
        write_secret(path / "server.key", server.key_pem.encode())
        client, password = new_login(CLIENT_NAME, authority)
        own = path / CLIENT_FOLDER
        own.mkdir(mode=0o700)
        write_secret(own / "client.pem", client[1].cert_pem.encode())
        write_secret(own / "client.key", client[1].key_pem.encode())
        write_secret(own / "password", f"{password}\n".encode())
        folder = cls(path, About(hosts[0], port, interface, client[0]))
        write_secret(path / CONFIG_FILE, folder._configuration().encode())
        folder.write_logins(Registry())
        # The last one: a folder without it was not finished.
        write_secret(path / ABOUT_FILE, msgspec.json.encode(folder.about) + b"\n")
        return folder

    @classmethod
    def open(cls, path: Path) -> "BrokerFolder":
        """Raises ProvisioningError."""
        file = path / ABOUT_FILE
        try:
            about = msgspec.json.decode(read_secret(file), type=About)
        except msgspec.DecodeError as error:
            raise ProvisioningError(f"{file}: not of `broker init`: {error}") from error
        if about.format != _ABOUT:
            raise ProvisioningError(f"{file}: is of format {about.format}, known is {_ABOUT}")
        return cls(path, about)

    def authority(self) -> Authority:
        """Raises ProvisioningError where its key was moved away."""
        return Authority.open(self.path / CA_CERT_FILE, self.path / CA_KEY_FILE)

    def write_logins(self, registry: Registry) -> None:
        """Logins, rights and void certificates as the register has them. Without the authority's
        key the list of void certificates stays as it is: the logins are refused all the same."""
        if (self.path / CA_KEY_FILE).exists():
            void = self.authority().revocations(registry.void_serials)
            write_secret(self.path / "revoked.pem", void)
        logins = [self.about.client]
        for robot in registry.robots.values():
            logins += robot.logins
        verifiers = "".join(f"{login.username}:{login.verifier}\n" for login in logins)
        # Rights first: a login must not come to life with another one's.
        write_secret(self.path / "rights", self._rights(registry).encode())
        write_secret(self.path / "logins", verifiers.encode())

    def tell(self) -> Told:
        """Make the running broker read its files again; `not ours`: another user's process."""
        try:
            number = int((self.path / "mosquitto.pid").read_text())
        except (OSError, ValueError):
            return "not running"
        if "mosquitto" not in _program(number):
            return "not running"
        try:
            os.kill(number, signal.SIGHUP)
        except ProcessLookupError:
            return "not running"
        except PermissionError:
            return "not ours"
        return "told"

    def _rights(self, registry: Registry) -> str:
        """mosquitto's ACL file."""
        own = self.about.interface
        interfaces = {own: None}
        lines: list[str] = []
        for robot_id, robot in registry.robots.items():
            interface = robot.entry.interface or own
            interfaces[interface] = None
            root = f"{interface}/{_MAJOR}/{robot_id}"
            for login in robot.logins:
                lines.append(f"user {login.username}")
                lines += [f"topic write {root}/{name}" for name in _FROM_ROBOT]
                lines += [f"topic read {root}/{name}" for name in (*_TO_ROBOT, _OWN_WORD)]
        lines.append(f"user {self.about.client.username}")
        for interface in interfaces:
            root = f"{interface}/{_MAJOR}/+/+"
            lines += [f"topic read {root}/{name}" for name in _FROM_ROBOT]
            lines += [f"topic write {root}/{name}" for name in _TO_ROBOT]
        lines += [f"topic read {topic}" for topic in LOG_TOPICS]
        return "\n".join([*lines, ""])

    def _configuration(self) -> str:
        """For mosquitto 2.0 and later. Paths are absolute: it is started from anywhere."""
        at = self.path.absolute()
        return f"""\
# Made by `dispatcher broker init`. Start: mosquitto -c {at / CONFIG_FILE}
user {pwd.getpwuid(os.geteuid()).pw_name}
pid_file {at / "mosquitto.pid"}
persistence false
per_listener_settings false

listener {self.about.port}
cafile {at / CA_CERT_FILE}
certfile {at / "server.pem"}
keyfile {at / "server.key"}
crlfile {at / "revoked.pem"}
tls_version tlsv1.2
require_certificate true
use_username_as_clientid true

allow_anonymous false
password_file {at / "logins"}
acl_file {at / "rights"}

max_packet_size 1048576
max_queued_messages 20000
log_dest stderr
log_dest topic
log_type error
log_type warning
log_type notice
log_type information
connection_messages true
"""


def new_login(username: str, authority: Authority) -> tuple[tuple[Login, Issued], str]:
    """A login of a new certificate and a new password."""
    password = secrets.token_urlsafe(32)
    issued = authority.issue_client(username)
    login = Login(username, _verifier(password), issued.serial, issued.expires_ms)
    return (login, issued), password


def _verifier(password: str) -> str:
    """As mosquitto_passwd writes it. Few rounds, because the password is 256 bits of chance."""
    rounds, salt = 101, secrets.token_bytes(12)
    found = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    salt_text, found_text = (base64.b64encode(part).decode() for part in (salt, found))
    return f"$7${rounds}${salt_text}${found_text}"


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise ProvisioningError(f"{path}: is not empty: nothing was changed")
        path.chmod(0o700)
    except OSError as error:
        raise ProvisioningError(f"{path}: cannot be made: {error.strerror}") from error


def _program(number: int) -> str:
    """What a process is called: a number may have been given to another one meanwhile."""
    try:
        return Path(f"/proc/{number}/comm").read_text()
    except OSError:
        pass  # macOS has no /proc
    try:
        command = ["ps", "-p", str(number), "-o", "comm="]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""
