# SPDX-License-Identifier: Apache-2.0
"""Opens what a daemon stands on: map, keys, journal, contacts, outbox, port. No loop yet.

What must hold: whatever cannot be opened is one sentence in a `StartError` with the exit code, and
nothing stays half open.
"""

import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from dispatcher.config import Config
from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.graph import RoadGraph
from dispatcher.service.contacts import CONTACTS_FILE, Contacts, ContactsError
from dispatcher.service.journal import Journal, JournalError
from dispatcher.service.link import Broker, broker_at
from dispatcher.service.opening import Restored, restore_site
from dispatcher.service.outbox import OUTBOX_FILE, Outbox
from dispatcher.service.roll import Roll, RollError
from robot_agent.campus import CampusError, read_campus

EXIT_BAD_INPUT: Final = 2
EXIT_MISSING: Final = 3
TOKEN_CHARS_MIN: Final = 16
LISTEN_QUEUE: Final = 256


class StartError(Exception):
    """The daemon cannot start: one sentence, and its exit code."""

    def __init__(self, text: str, exit_code: int = EXIT_BAD_INPUT) -> None:
        super().__init__(text)
        self.exit_code = exit_code


class Parts(msgspec.Struct, frozen=True):
    """All that was opened."""

    graph: RoadGraph
    timezone: ZoneInfo
    roll: Roll
    token: str
    broker: Broker
    journal: Journal
    restored: Restored
    contacts: Contacts
    outbox: Outbox
    listener: socket.socket


def open_parts(config: Config, stack: ExitStack) -> Parts:
    """Open everything; `stack` closes it again. Raises StartError."""
    graph = _open_map(config)
    timezone = _open_timezone(config, graph)
    roll = _open_roll(config)
    token = _secret(config.api.token_file, "[api] token_file")
    if config.api.token_file and len(token) < TOKEN_CHARS_MIN:
        text = f"{config.api.token_file}: a token needs at least {TOKEN_CHARS_MIN} characters"
        raise StartError(text)
    broker = _open_broker(config)
    listener = _listen(config.api.host, config.api.port)
    stack.callback(listener.close)
    folder = Path(config.site.data_dir)
    try:
        journal = Journal.open(
            folder,
            site=config.site.id,
            map_digest=graph.campus.digest,
            created_ms=time.time_ns() // 1_000_000,
        )
        stack.callback(journal.close)
        restored = restore_site(journal, graph)
        contacts = Contacts(folder)
        stack.callback(contacts.close)
        _check_together(restored, contacts, folder)
        outbox = Outbox(Path(config.notify.outbox or folder / OUTBOX_FILE))
        stack.callback(outbox.close)
        _keep_copies(config, folder, is_new=journal.last_seq < 0)
    except (JournalError, ContactsError) as error:
        raise StartError(str(error)) from error
    except OSError as error:
        raise StartError(f"{folder}: cannot be used: {error}") from error
    return Parts(
        graph=graph,
        timezone=timezone,
        roll=roll,
        token=token,
        broker=broker,
        journal=journal,
        restored=restored,
        contacts=contacts,
        outbox=outbox,
        listener=listener,
    )


def _open_map(config: Config) -> RoadGraph:
    try:
        return road_graph(read_campus(Path(config.site.map)))
    except CampusError as error:
        raise StartError(str(error)) from error


def _open_timezone(config: Config, graph: RoadGraph) -> ZoneInfo:
    name = config.site.timezone or graph.campus.site.timezone or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise StartError(f"[site] timezone = {name!r}: no such time zone here") from error


def _open_roll(config: Config) -> Roll:
    try:
        return Roll(config)
    except RollError as error:
        raise StartError(str(error)) from error


def _open_broker(config: Config) -> Broker:
    mqtt = config.mqtt
    try:
        broker = broker_at(mqtt.url)
    except ValueError as error:
        raise StartError(f"[mqtt] url: {error}") from error
    if mqtt.username:
        password = _secret(mqtt.password_file, "[mqtt] password_file")
        broker = msgspec.structs.replace(broker, username=mqtt.username, password=password)
    broker = msgspec.structs.replace(
        broker, ca_file=mqtt.ca_file, cert_file=mqtt.cert_file, key_file=mqtt.key_file
    )
    if broker.tls:
        try:
            broker.tls_context()
        except OSError as error:
            files = ", ".join(filter(None, (mqtt.ca_file, mqtt.cert_file, mqtt.key_file)))
            raise StartError(f"[mqtt] {files}: cannot be used: {error}") from error
    return broker


def _secret(file: str, key: str) -> str:
    """The first line of a file of its own; empty where no file is named."""
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{key} = {file}: cannot be read: {error}") from error


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
    except OSError as error:
        raise StartError(f"[api] host = {host}: {error.strerror or error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(LISTEN_QUEUE)
    except OSError as error:
        listener.close()
        text = f"[api] {host}:{port} cannot be used: {error.strerror or error}"
        raise StartError(text, EXIT_MISSING) from error
    listener.setblocking(False)
    return listener


def _check_together(restored: Restored, contacts: Contacts, folder: Path) -> None:
    """A code is drawn only for what the journal holds: one for another parcel means that the
    journal is not the newest, and orders that robots have would be given out a second time."""
    state = restored.dispatcher.state
    unknown = [parcel for parcel in contacts.parcels() if state.find(parcel) is None]
    if unknown:
        raise StartError(
            f"{folder / CONTACTS_FILE}: holds codes of {len(unknown)} parcels that the journal "
            f"does not know ({unknown[0]}): put the whole journal back (with its -wal file), or "
            "give the site a new data_dir"
        )


def _keep_copies(config: Config, folder: Path, *, is_new: bool) -> None:
    """Map and site file lie beside the journal, so that the folder alone can be replayed."""
    for source, name in ((config.site.map, "campus.geojson"), (config.source, "site.toml")):
        target = folder / name
        content = Path(source).read_bytes()
        if target.exists() and target.read_bytes() == content:
            continue
        if is_new and target.exists():
            text = f"{target}: is another file than {source}: give the site a data_dir of its own"
            raise StartError(text)
        half = folder / f"{name}.new"
        half.write_bytes(content)
        half.replace(target)
