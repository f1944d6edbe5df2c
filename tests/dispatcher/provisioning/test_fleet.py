# SPDX-License-Identifier: Apache-2.0
"""The register and the broker's files, without a broker that runs."""

import os
import pwd
import stat
from pathlib import Path

import pytest

from dispatcher.core.site import RobotEntry
from dispatcher.provisioning.broker import BrokerFolder
from dispatcher.provisioning.bundle import Bundle, write_bundle
from dispatcher.provisioning.files import ProvisioningError
from dispatcher.provisioning.fleet import Fleet
from dispatcher.provisioning.registry import read_registry
from tests.dispatcher.provisioning.tls_broker import FACTS, TlsBroker


@pytest.fixture
def broker(tmp_path: Path) -> TlsBroker:
    return TlsBroker(tmp_path)


def test_every_file_is_for_its_owner_alone(broker: TlsBroker, tmp_path: Path) -> None:
    write_bundle(tmp_path / "r1.json", broker.add("acme/R1"))
    for path in [tmp_path / "broker", *tmp_path.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_nothing_is_overwritten(broker: TlsBroker, tmp_path: Path) -> None:
    bundle = broker.add("acme/R1")
    write_bundle(tmp_path / "r1.json", bundle)
    before = (tmp_path / "r1.json").read_bytes()
    with pytest.raises(ProvisioningError, match="is never overwritten"):
        write_bundle(tmp_path / "r1.json", bundle)
    assert (tmp_path / "r1.json").read_bytes() == before
    with pytest.raises(ProvisioningError, match="is not empty"):
        BrokerFolder.create(tmp_path / "broker", ["localhost"], 1, "uagv")


def test_a_bundle_that_cannot_be_kept_registers_nobody(broker: TlsBroker) -> None:
    def full(bundle: Bundle) -> None:
        raise ProvisioningError("r1.json: cannot be written: No space left on device")

    with pytest.raises(ProvisioningError, match="No space left"):
        broker.fleet.add(RobotEntry("acme/R1", ("S1",)), FACTS, 1, full)
    assert broker.fleet.read().robots == {}
    assert "acme/R1" not in (broker.folder.path / "rights").read_text()


def test_no_password_and_no_private_key_of_a_robot_stays_here(
    broker: TlsBroker, tmp_path: Path
) -> None:
    bundle = broker.add("acme/R1")
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert bundle.password.encode() not in kept
    assert bundle.key_pem.splitlines()[1].encode() not in kept
    assert bundle.robot_keys[0].encode() in kept, "without it no code could be locked"


def test_old_credentials_end_with_their_time(broker: TlsBroker) -> None:
    broker.add("acme/R1")
    broker.rotate("acme/R1", until_ms=9_000)
    assert broker.fleet.end_overdue(8_999) == ()
    assert len(broker.fleet.read().robots["acme/R1"].logins) == 2
    assert broker.fleet.end_overdue(9_000) == ("acme/R1",)
    robot = broker.fleet.read().robots["acme/R1"]
    assert [login.username for login in robot.logins] == ["acme/R1~2"]
    assert len(broker.fleet.read().void_serials) == 1


def test_a_retired_robot_is_gone_and_its_certificate_void(broker: TlsBroker) -> None:
    broker.add("acme/R1")
    serial = broker.fleet.read().robots["acme/R1"].logins[0].serial
    broker.fleet.retire("acme/R1")
    assert broker.fleet.read().robots == {}
    assert broker.fleet.read().void_serials == (serial,)
    assert "acme/R1" not in (broker.folder.path / "rights").read_text()


def test_with_somebody_elses_broker_a_bundle_holds_the_key_and_no_login(tmp_path: Path) -> None:
    made: list[Bundle] = []
    fleet = Fleet(tmp_path / "robots.json", None)
    assert fleet.add(RobotEntry("acme/R1", ("S1",)), FACTS, 1, made.append) == "elsewhere"
    assert (made[0].broker, made[0].cert_pem, made[0].username) == ("mqtt://elsewhere:1883", "", "")
    assert len(made[0].robot_keys[0]) == 64


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "no register of robots"),
        ('{"format": 9}', "is of format 9"),
        ('{"robots": {"a/1": {"entry": {"id": "a/2", "compartments": []}}}}', "is called a/2"),
        (
            '{"robots": {"a/1": {"entry": {"id": "a/1", "compartments": []}, "keys": ["zz"]}}}',
            "keys",
        ),
    ],
)
def test_a_register_of_no_use_is_one_sentence_without_a_key(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "robots.json"
    path.write_text(text)
    with pytest.raises(ProvisioningError, match=sentence):
        read_registry(path)


def test_a_revocation_that_was_cut_short_can_be_repeated(
    broker: TlsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.add("acme/R1")
    folder = broker.folder.path

    def full(self: BrokerFolder, registry: object) -> None:
        raise ProvisioningError("logins: cannot be written: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(BrokerFolder, "write_logins", full)
        with pytest.raises(ProvisioningError, match="No space left"):
            broker.fleet.revoke("acme/R1", 5_000)
    assert "acme/R1" in (folder / "logins").read_text()
    assert broker.fleet.revoke("acme/R1", 6_000) == "not running"
    assert "acme/R1" not in (folder / "logins").read_text() + (folder / "rights").read_text()
    assert broker.fleet.read().robots["acme/R1"].revoked_ms == 5_000
    assert broker.fleet.mend() is None, "nothing is left to be done"


@pytest.mark.parametrize("name", ["logins", "rights", "revoked.pem"])
def test_the_brokers_files_are_made_from_the_register_where_they_differ(
    broker: TlsBroker, name: str
) -> None:
    file = broker.folder.path / name
    broker.add("acme/R1")
    old = file.read_bytes()
    broker.fleet.revoke("acme/R1", 5_000)
    file.write_bytes(old)
    assert broker.fleet.mend() == "not running"
    assert broker.folder.follows(broker.fleet.read())
    assert broker.fleet.mend() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="not run: root only gives files away")
def test_a_broker_that_root_sets_up_runs_as_its_services_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = pwd.getpwnam("nobody")
    monkeypatch.setattr("dispatcher.provisioning.broker._SERVICE_USER", "nobody")
    monkeypatch.setattr(Path, "parents", property(lambda _: (Path("/"),)))
    made = BrokerFolder.create(tmp_path / "open", ["localhost"], 1, "uagv")
    assert "user nobody\n" in (made.path / "mosquitto.conf").read_text()
    given = {path.name: path.stat().st_uid for path in made.path.iterdir()}
    rest = ("ca.key", "dispatcher", "broker.json")
    assert {uid for name, uid in given.items() if name not in rest} == {user.pw_uid}
    assert given["ca.key"] == 0
