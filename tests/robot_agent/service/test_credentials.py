# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import msgspec
import pytest

from robot_agent.service import credentials
from robot_agent.service.credentials import (
    CredentialError,
    broker_of,
    check_computer,
    computer_serial,
    path_of,
    robot_keys,
)
from robot_agent.service.settings import BrokerTable, RobotTable, Settings


def board(root: Path, serial: str) -> None:
    file = root / "sys/firmware/devicetree/base/serial-number"
    file.parent.mkdir(parents=True)
    file.write_bytes(serial.encode() + b"\0")


def test_a_copied_card_is_refused_in_one_line(tmp_path: Path) -> None:
    board(tmp_path, "10000000abcdef01")
    bound = RobotTable(manufacturer="acme", serial="R1", computer=computer_serial(tmp_path))
    check_computer(Settings(robot=bound), tmp_path)
    other = Settings(robot=msgspec.structs.replace(bound, computer="10000000abcdef02"))
    with pytest.raises(CredentialError, match="belong to another computer") as fault:
        check_computer(other, tmp_path)
    assert "\n" not in str(fault.value)


def test_a_computer_without_a_board_serial_is_known_by_its_network_card_or_its_id(
    tmp_path: Path,
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/machine-id").write_text("feed\n")
    assert computer_serial(tmp_path) == "feed"
    (tmp_path / "sys/class/net/eth0/device").mkdir(parents=True)
    (tmp_path / "sys/class/net/eth0/address").write_text("02:00:00:00:00:01\n")
    assert computer_serial(tmp_path) == "02:00:00:00:00:01"
    assert computer_serial(tmp_path / "nowhere") == ""


def test_keys_are_read_newest_first_and_never_quoted(tmp_path: Path) -> None:
    file = tmp_path / "robot.keys"
    file.write_text(f"{'11' * 32}\n{'22' * 32}\n")
    assert robot_keys(str(file)) == (b"\x11" * 32, b"\x22" * 32)
    file.write_text(f"{'11' * 32}\nsecret-word\n")
    with pytest.raises(CredentialError, match=r"robot\.keys:2: is not a key") as fault:
        robot_keys(str(file))
    assert "secret-word" not in str(fault.value)


def test_credentials_come_from_the_folder_that_systemd_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x")
    assert path_of("credential:key.pem") == Path("/run/credentials/x/key.pem")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(CredentialError, match="run it from its unit, or with sudo"):
        path_of("credential:key.pem")


def test_root_finds_the_credentials_where_they_were_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that `sudo robot-agent selftest` sees what the unit will be given."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr(credentials, "INSTALLED", tmp_path)
    (tmp_path / "key.pem").write_text("key")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert path_of("credential:key.pem") == tmp_path / "key.pem"
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(CredentialError, match="with sudo"):
        path_of("credential:key.pem")


def test_a_missing_certificate_is_said_before_anything_connects(tmp_path: Path) -> None:
    table = BrokerTable(url="mqtts://broker:8883", ca_file=str(tmp_path / "ca.pem"))
    with pytest.raises(CredentialError, match=r"ca\.pem: cannot be used for TLS: No such file"):
        broker_of(Settings(broker=table))


def test_the_usual_ports_need_not_be_given() -> None:
    assert broker_of(Settings(broker=BrokerTable(url="mqtt://b"))).port == 1883
    assert broker_of(Settings(broker=BrokerTable(url="mqtts://b"))).port == 8883
