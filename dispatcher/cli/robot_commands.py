# SPDX-License-Identifier: Apache-2.0
"""`dispatcher robot ...`: who may take part, with which credentials, and who may no more.

What must hold: a command changes the register and the broker's files, or says in one sentence why
not; a running daemon and a running broker go by it without a restart. A bundle's secrets go into
its file alone, never to a terminal.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

import typer

from dispatcher.cli.output import JsonOption, fail, say, shown

if TYPE_CHECKING:
    from dispatcher.config import Config, RobotSection
    from dispatcher.provisioning.broker import Told
    from dispatcher.provisioning.bundle import Bundle
    from dispatcher.provisioning.fleet import Fleet, SiteFacts
    from dispatcher.provisioning.registry import RegisteredRobot

T = TypeVar("T")

EXIT_NO = 1
EXIT_MISSING = 3
DAY_MS = 86_400_000
ROBOT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}/[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
TOLD = {
    "told": "the broker goes by it now",
    "not running": "the broker is not running: it goes by it when it is started",
    "not ours": "the broker runs as another user: it does not know yet: tell it with kill -HUP",
    "elsewhere": "the broker is not of `broker init`: see to the robot's account there",
}
ROBOT_ID_ALLOWED = (
    "allowed: MANUFACTURER/SERIAL, each of 1 to 64 letters, digits, '.', '_', '-', as in acme/R7"
)

app = typer.Typer(
    help="Register robots and hand out their credentials.",
    no_args_is_help=True,
    add_completion=False,
)
RobotArgument = Annotated[str, typer.Argument(metavar="MANUFACTURER/SERIAL")]
ConfigOption = Annotated[Path, typer.Option("--config", metavar="FILE", help="The site file.")]
BundleOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="The bundle to write; mode 0600.")
]


class _Site(NamedTuple):
    config: "Config"
    fleet: "Fleet"


@app.command(short_help="Register a robot and make its one-time bundle.")
def add(
    robot: RobotArgument,
    compartments: Annotated[str, typer.Option(help="Its compartments, as in S1,S2,M1,L1.")],
    config: ConfigOption,
    output: BundleOption,
    mass_limit_g: Annotated[int | None, typer.Option(help="Of all parcels aboard.")] = None,
    battery_mwh: Annotated[int | None, typer.Option(help="Full battery.")] = None,
    drive_mwh_per_km: Annotated[int | None, typer.Option(help="What driving takes.")] = None,
    version: Annotated[str | None, typer.Option(help="VDA 5050 version, as 2.0.0.")] = None,
    interface: Annotated[str | None, typer.Option(help="Its first topic level.")] = None,
    runs_actions_twice: Annotated[
        bool, typer.Option("--runs-actions-twice", help="It does not know re-sent actions again.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Register a robot and make its one-time bundle.

    Carry the bundle to the robot (not by e-mail), give it to `robot-agent install --bundle` and
    delete it here: it holds the robot's private key, and there is no second copy.
    """
    from dispatcher.config import entry_of

    site = _open(config)
    entry = entry_of(
        _section(
            robot,
            {
                "compartments": [one.strip() for one in compartments.split(",")],
                "mass_limit_g": mass_limit_g,
                "battery_mwh": battery_mwh,
                "drive_mwh_per_km": drive_mwh_per_km,
                "version": version,
                "interface": interface,
                "resends_actions": False if runs_actions_twice else None,
            },
        )
    )
    if robot in [one.robot_id for one in site.config.robots]:
        fail(f"{config}: robot {robot} is in there already: take it out first")
    keep = partial(_keep, output)
    told = _do(lambda: site.fleet.add(entry, _facts(site.config), _now_ms(), keep))
    _report(robot, told, f"{robot} is registered; its bundle: {output}", as_json, output)


@app.command("list", short_help="List who is registered, with which credentials.")
def list_(config: ConfigOption, as_json: JsonOption = False) -> None:
    """List who is registered, with which credentials."""
    site = _open(config)
    registry = _do(site.fleet.read)
    rows = [
        {"robot": one.robot_id, "state": "in the site file", "compartments": one.compartments}
        for one in site.config.robots
    ]
    rows += [_row(robot) for robot in registry.robots.values()]
    for row in rows:
        until = row.get("certificate_until", "")
        line = f"{row['robot']:<24} {row['state']:<18} {until:<12} {','.join(row['compartments'])}"
        if as_json:
            say([line])
        else:
            print(shown(line))
    if as_json:
        print(json.dumps({"robots": rows}))


@app.command(short_help="Give a robot new credentials; the old ones stay good for a while.")
def rotate(
    robot: RobotArgument,
    config: ConfigOption,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The bundle to write.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=90, help="So long the old ones are good.")] = 7,
    done: Annotated[bool, typer.Option("--done", help="End the exchange now.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Give a robot new credentials: certificate, password and robot key, in a new bundle.

    The old ones stay good until the broker sees the robot with the new ones, or for --days. What
    the robot carries meanwhile opens as before: orders hold digests under both keys.
    """
    site = _open(config)
    if done == (output is not None):
        fail("robot rotate: either -o FILE for the new bundle, or --done")
    if output is None:
        told = _do(lambda: site.fleet.end_exchange(robot))
        _report(robot, told, f"{robot}: the old credentials are void", as_json)
        return
    now_ms = _now_ms()
    keep = partial(_keep, output)
    facts = _facts(site.config)
    told = _do(lambda: site.fleet.rotate(robot, facts, now_ms, now_ms + days * DAY_MS, keep))
    _report(robot, told, f"{robot}: new credentials in {output}", as_json, output)


@app.command(short_help="A robot is lost or stolen: shut it out at once.")
def revoke(robot: RobotArgument, config: ConfigOption, as_json: JsonOption = False) -> None:
    """A robot is lost or stolen: shut it out at once.

    The broker ends its session and refuses it, its key is void, and the daemon takes everything
    aboard it as in doubt, with new codes. May be repeated, as where the broker could not be told
    (exit code 3). If it is found: `dispatcher robot add` again.
    """
    site = _open(config)
    told = _do(lambda: site.fleet.revoke(robot, _now_ms()))
    _report(robot, told, f"{robot} is revoked", as_json)
    if told == "not ours":
        raise typer.Exit(EXIT_MISSING)


@app.command(short_help="Take a robot off the register for good.")
def retire(robot: RobotArgument, config: ConfigOption, as_json: JsonOption = False) -> None:
    """Take a robot off the register for good. Drain it first, and empty it."""
    site = _open(config)
    told = _do(lambda: site.fleet.retire(robot))
    _report(robot, told, f"{robot} is retired", as_json)


@app.command(short_help="A robot finishes what it does and gets nothing new.")
def drain(
    robot: RobotArgument,
    api_url: Annotated[str, typer.Option("--api", metavar="URL")] = "http://127.0.0.1:8080",
    as_json: JsonOption = False,
) -> None:
    """A robot finishes what it does and gets nothing new, until it is released."""
    from dispatcher.demo.daemon_api import DaemonApi, DaemonGone

    if not ROBOT_ID.fullmatch(robot):
        fail(f"{robot}: no robot is called like this: {ROBOT_ID_ALLOWED}")
    try:
        answer = DaemonApi.at(api_url).post(f"/v1/robots/{robot}/hold", {})
    except ValueError as error:
        fail(str(error))
    except DaemonGone as gone:
        say([str(gone)])
        raise typer.Exit(EXIT_MISSING) from None
    if answer.status != HTTPStatus.OK:
        say([f"the daemon refuses: {answer.reason}"])
        raise typer.Exit(EXIT_NO)
    say([f"{robot} is held"])
    if as_json:
        print(json.dumps({"robot": robot, "held": answer.body["held"]}))


def _open(path: Path) -> _Site:
    from dispatcher.config import ConfigError, load_config
    from dispatcher.provisioning.broker import BrokerFolder
    from dispatcher.provisioning.fleet import Fleet

    try:
        config = load_config(path)
    except ConfigError as error:
        fail(str(error))
    named = config.fleet
    if not named.registry:
        fail(f'{path}: has no [fleet] registry = "FILE": there is no register to change')
    broker = _do(lambda: BrokerFolder.open(Path(named.broker))) if named.broker else None
    return _Site(config, Fleet(Path(named.registry), broker))


def _section(robot: str, given: dict[str, Any]) -> "RobotSection":
    """What [[robots]] of a site file would say, judged by the same limits."""
    import msgspec

    from dispatcher.config_keys import RobotSection, keys

    if not ROBOT_ID.fullmatch(robot):
        fail(f"{robot}: no robot is called like this: {ROBOT_ID_ALLOWED}")
    manufacturer, _, serial = robot.partition("/")
    values = {key: value for key, value in given.items() if value is not None}
    for key in keys():
        if key.section == "robots" and key.name in values:
            try:
                values[key.name] = msgspec.convert(values[key.name], key.type)
            except msgspec.ValidationError:
                flag = f"--{key.name.replace('_', '-')}"
                fail(f"{flag}: {values[key.name]}: allowed: {key.allowed()}")
    section = RobotSection(manufacturer, serial, **values)
    if len(set(section.compartments)) != len(section.compartments):
        fail("--compartments: one of them is there twice")
    return section


def _facts(config: "Config") -> "SiteFacts":
    from dispatcher.provisioning.fleet import SiteFacts

    try:
        campus = json.loads(Path(config.site.map).read_bytes())
    except (OSError, ValueError) as error:
        fail(f"{config.site.map}: the map cannot be read: {error}")
    return SiteFacts(config.site.id, config.mqtt.interface, config.mqtt.url, campus)


def _keep(output: Path, bundle: "Bundle") -> None:
    from dispatcher.provisioning.bundle import write_bundle

    write_bundle(output, bundle)


def _do(work: Callable[[], T]) -> T:
    from dispatcher.provisioning.files import ProvisioningError

    try:
        return work()
    except ProvisioningError as error:
        fail(str(error))


def _report(
    robot: str, told: "Told", sentence: str, as_json: bool, output: Path | None = None
) -> None:
    say([sentence, TOLD[told]])
    if as_json:
        print(json.dumps({"robot": robot, "broker": told, "bundle": str(output or "")}))


def _row(robot: "RegisteredRobot") -> dict[str, Any]:
    state = "exchanging" if robot.old_until_ms else "good"
    return {
        "robot": robot.entry.id,
        "state": "revoked" if robot.revoked_ms else state,
        "compartments": robot.entry.compartments,
        "bundle": robot.entry.bundle,
        "version": robot.entry.version,
        "interface": robot.entry.interface,
        "made_ms": robot.made_ms,
        "old_until_ms": robot.old_until_ms,
        "revoked_ms": robot.revoked_ms,
        "certificate_until": _date(min((one.expires_ms for one in robot.logins), default=0)),
    }


def _date(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat() if at_ms else ""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
