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

from dispatcher.provisioning.authority import (
    CA_CERT_FILE,
    CA_KEY_FILE,
    Authority,
    Issued,
    serials_in,
)
from dispatcher.provisioning.files import ProvisioningError, read_secret, write_secret
from dispatcher.provisioning.registry import Login, Registry
from robot_agent.vda5050.topics import FROM_MASTER, FROM_ROBOT, MAJOR

CONFIG_FILE: Final = "mosquitto.conf"
ABOUT_FILE: Final = "broker.json"
CLIENT_FOLDER: Final = "dispatcher"
CLIENT_NAME: Final = "dispatcher"

_ABOUT: Final = 1
_VOID_FILE: Final = "revoked.pem"
_SERVICE_USER: Final = "mosquitto"
_OWN_WORD: Final = "connection"
"""A robot hears what is said in its name here: words that it never said are a copy's."""

LOG_TOPICS: Final[tuple[str, ...]] = ("$SYS/broker/log/N", "$SYS/broker/log/E")
"""Here the broker says who has logged in (so an exchange of credentials is seen to be done), and
whose session a second login has ended."""

MESSAGE_BYTES_MAX: Final = 512 * 1024
QUEUED_BYTES_MAX: Final = 16 * 1024 * 1024
MEMORY_BYTES_MAX: Final = 256 * 1024 * 1024

Told = Literal["told", "not running", "not ours", "elsewhere"]
"""Whether the running broker goes by its files: `not ours` is another user's process, `elsewhere`
one of which we do not have the files."""


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
        _give_to_service(path)
        authority = Authority.create(
            path / CA_CERT_FILE, path / CA_KEY_FILE, f"Drover {hosts[0]} {secrets.token_hex(4)}"
        )
        _give_as(path, path / CA_CERT_FILE)
        server = authority.issue_server(hosts)
        _write(path / "server.pem", server.cert_pem.encode())
        _write(path / "server.key", server.key_pem.encode())
        client, password = new_login(CLIENT_NAME, authority)
        own = path / CLIENT_FOLDER
        own.mkdir(mode=0o700)
        write_secret(own / "client.pem", client[1].cert_pem.encode())
        write_secret(own / "client.key", client[1].key_pem.encode())
        write_secret(own / "password", f"{password}\n".encode())
        folder = cls(path, About(hosts[0], port, interface, client[0]))
        _write(path / CONFIG_FILE, folder._configuration().encode())
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
            _write(self.path / _VOID_FILE, void)
        # Rights first: a login must not come to life with another one's.
        _write(self.path / "rights", self._rights(registry).encode())
        _write(self.path / "logins", self._logins(registry).encode())

    def follows(self, registry: Registry) -> bool:
        """Whether the files say what the register says. Raises ProvisioningError."""
        void = [int(serial, 16) for serial in registry.void_serials]
        listed = serials_in(self.path / _VOID_FILE)
        return (
            read_secret(self.path / "rights") == self._rights(registry).encode()
            and read_secret(self.path / "logins") == self._logins(registry).encode()
            and (not (self.path / CA_KEY_FILE).exists() or all(one in listed for one in void))
        )

    def tell(self) -> Told:
        """Make the running broker read its files again."""
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

    def _logins(self, registry: Registry) -> str:
        """mosquitto's password file."""
        logins = [self.about.client]
        for robot in registry.robots.values():
            logins += robot.logins
        return "".join(f"{login.username}:{login.verifier}\n" for login in logins)

    def _rights(self, registry: Registry) -> str:
        """mosquitto's ACL file."""
        own = self.about.interface
        interfaces = {own: None}
        lines: list[str] = []
        for robot_id, robot in registry.robots.items():
            interface = robot.entry.interface or own
            interfaces[interface] = None
            root = f"{interface}/{MAJOR}/{robot_id}"
            for login in robot.logins:
                lines.append(f"user {login.username}")
                lines += [f"topic write {root}/{name}" for name in FROM_ROBOT]
                lines += [f"topic read {root}/{name}" for name in (*FROM_MASTER, _OWN_WORD)]
        lines.append(f"user {self.about.client.username}")
        for interface in interfaces:
            root = f"{interface}/{MAJOR}/+/+"
            lines += [f"topic read {root}/{name}" for name in FROM_ROBOT]
            lines += [f"topic write {root}/{name}" for name in FROM_MASTER]
        lines += [f"topic read {topic}" for topic in LOG_TOPICS]
        return "\n".join([*lines, ""])

    def _configuration(self) -> str:
        """For mosquitto 2.0 and later. Paths are absolute: it is started from anywhere."""
        at = self.path.absolute()
        return f"""\
# Made by `dispatcher broker init`. Start: mosquitto -c {at / CONFIG_FILE}
user {pwd.getpwuid(self.path.stat().st_uid).pw_name}
pid_file {at / "mosquitto.pid"}
persistence false
per_listener_settings false

listener {self.about.port}
cafile {at / CA_CERT_FILE}
certfile {at / "server.pem"}
keyfile {at / "server.key"}
crlfile {at / _VOID_FILE}
tls_version tlsv1.2
require_certificate true
use_username_as_clientid true

allow_anonymous false
password_file {at / "logins"}
acl_file {at / "rights"}

# An order of 1,000 nodes has about 350 kB. What waits for one who does not read is limited for each
# client; the last line is for all of them: who publishes beyond it is cut off.
max_packet_size {MESSAGE_BYTES_MAX}
max_queued_messages 10000
max_queued_bytes {QUEUED_BYTES_MAX}
memory_limit {MEMORY_BYTES_MAX}
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


def _give_to_service(path: Path) -> None:
    """A folder that root makes is the service's user's, where there is one that can get there: a
    broker needs none of root's rights. Of what lies in it, all but the authority's key is, too."""
    try:
        service = pwd.getpwnam(_SERVICE_USER)
    except KeyError:
        return
    is_open = all(one.stat().st_mode & 0o001 for one in path.absolute().parents)
    if os.geteuid() == 0 and is_open:
        os.chown(path, service.pw_uid, service.pw_gid)


def _give_as(folder: Path, path: Path) -> None:
    """A file that root has written belongs to the folder's owner: the broker reads it."""
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid)


def _write(path: Path, content: bytes) -> None:
    write_secret(path, content)
    _give_as(path.parent, path)


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
