# SPDX-License-Identifier: Apache-2.0
"""The broker that `broker init` makes, for real: who gets in, who may say and read what."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dispatcher.provisioning.authority import Authority
from dispatcher.provisioning.broker import MESSAGE_BYTES_MAX, QUEUED_BYTES_MAX
from dispatcher.provisioning.bundle import Bundle
from tests.dispatcher.provisioning.tls_broker import Client, TlsBroker, tls_broker, until

R1, R2 = "acme/R1", "acme/R2"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[TlsBroker]:
    with tls_broker(tmp_path) as made:
        yield made


@pytest.fixture
def bundle(broker: TlsBroker) -> Bundle:
    return broker.add(R1)


def test_a_robot_can_only_speak_for_itself_and_only_read_its_own_orders(
    broker: TlsBroker, bundle: Bundle
) -> None:
    other = broker.add(R2)
    master = Client(broker.port, broker.dispatcher_bundle())
    thief, victim = Client(broker.port, bundle), Client(broker.port, other)
    master.listen("uagv/v2/+/+/state", "uagv/v2/+/+/order")
    thief.listen("uagv/v2/acme/R1/order", "uagv/v2/acme/R2/order", "uagv/#", "#", "$SYS/#")
    victim.listen("uagv/v2/acme/R2/order", "uagv/v2/acme/R2/instantActions")
    thief.say("uagv/v2/acme/R2/state", "forged")
    thief.say("uagv/v2/acme/R2/order", "forged")
    thief.say("uagv/v2/acme/R1/order", "to myself")
    thief.say("other/v2/acme/R1/state", "elsewhere")
    thief.say("uagv/v2/acme/R1/state", "mine")
    until(lambda: master.got)
    master.say("uagv/v2/acme/R2/state", "a master that plays robot")
    master.say("uagv/v2/acme/R2/order", "for R2")
    master.say("uagv/v2/acme/R1/order", "for R1")
    until(lambda: victim.got and thief.got)
    # Each hears the next message only after those that it should not hear.
    thief.say("uagv/v2/acme/R1/state", "last")
    until(lambda: len(master.got) == 2)
    assert [text for _, text in master.got] == [b"mine", b"last"]
    assert {text for _, text in thief.got} == {b"for R1"}
    assert [text for _, text in victim.got] == [b"for R2"]
    for client in (master, thief, victim):
        client.leave()


def test_nobody_gets_in_without_our_certificate_and_the_right_password(
    broker: TlsBroker, bundle: Bundle, tmp_path: Path
) -> None:
    foreign = Authority.create(tmp_path / "c.pem", tmp_path / "c.key", "foreign").issue_client("x")
    forged = Bundle(
        **{
            **{name: getattr(bundle, name) for name in bundle.__struct_fields__},
            "cert_pem": foreign.cert_pem,
            "key_pem": foreign.key_pem,
        }
    )
    assert not Client(broker.port, forged).is_in
    assert not Client(broker.port, bundle, with_certificate=False).is_in
    assert "Not authorized" in Client(broker.port, bundle, password="wrong").refusal
    # Another robot's password is no use with another robot's name.
    assert not Client(broker.port, bundle, password=broker.add(R2).password).is_in
    good = Client(broker.port, bundle)
    assert good.is_in
    good.leave()


def test_a_broker_of_another_authority_or_under_another_name_is_not_talked_to(
    broker: TlsBroker, tmp_path: Path
) -> None:
    Authority.create(tmp_path / "c.pem", tmp_path / "c.key", "foreign")
    foreign = ssl.create_default_context(cafile=str(tmp_path / "c.pem"))
    own = ssl.create_default_context(cadata=broker.folder.ca_pem)
    for context, name, fault in (
        (foreign, "localhost", "certificate verify failed"),
        (own, "broker.example", "Hostname mismatch"),
    ):
        with (
            socket.create_connection(("127.0.0.1", broker.port)) as plain,
            pytest.raises(ssl.SSLCertVerificationError, match=fault),
            context.wrap_socket(plain, server_hostname=name),
        ):
            pass


def test_a_revoked_robot_loses_its_session_at_once_and_does_not_get_in_again(
    broker: TlsBroker, bundle: Bundle
) -> None:
    other = broker.add(R2)
    stolen, good = Client(broker.port, bundle), Client(broker.port, other)
    assert stolen.is_in
    assert broker.fleet.revoke(R1, 5_000) == "told"
    assert stolen.is_down.wait(20)
    assert not Client(broker.port, bundle).is_in
    # Its certificate is void by itself, whoever's password comes with it.
    borrowed = Client(
        broker.port,
        Bundle(
            **{
                **{name: getattr(other, name) for name in other.__struct_fields__},
                "cert_pem": bundle.cert_pem,
                "key_pem": bundle.key_pem,
            }
        ),
    )
    assert not borrowed.is_in
    assert good.is_in
    good.leave()
    registered = broker.fleet.read().robots[R1]
    assert (registered.keys, registered.logins) == ((), ())


def test_a_robot_that_was_found_again_comes_back_with_a_new_bundle_only(
    broker: TlsBroker, bundle: Bundle
) -> None:
    broker.fleet.revoke(R1, 5_000)
    again = broker.add(R1)
    assert broker.fleet.read().robots[R1].entry.bundle == 2
    assert not set(again.robot_keys) & set(bundle.robot_keys)
    back = Client(broker.port, again)
    assert back.is_in
    assert not Client(broker.port, bundle).is_in
    back.leave()


def test_old_credentials_are_good_until_the_new_ones_are_seen(
    broker: TlsBroker, bundle: Bundle
) -> None:
    old = Client(broker.port, bundle)
    fresh = broker.rotate(R1)
    assert fresh.robot_keys[1:] == bundle.robot_keys, "what it carries must open as before"
    assert old.is_in
    assert broker.fleet.seen(bundle.username) == "", "the old ones are not the new ones"
    new = Client(broker.port, fresh)
    assert new.is_in
    assert broker.fleet.seen(fresh.username) == R1
    assert old.is_down.wait(20)
    assert new.is_in
    assert not Client(broker.port, bundle).is_in
    assert broker.fleet.read().robots[R1].keys == fresh.robot_keys[:1]
    new.leave()


def test_two_with_one_login_are_noticed_because_one_session_ends_the_other(
    broker: TlsBroker, bundle: Bundle
) -> None:
    first = Client(broker.port, bundle, client_id="the robot")
    clone = Client(broker.port, bundle, client_id="its card, copied")
    assert first.is_down.wait(20)
    assert clone.is_in
    clone.leave()


def test_a_robot_that_floods_the_broker_costs_it_no_more_than_its_share(
    broker: TlsBroker, bundle: Bundle
) -> None:
    master, flooder = Client(broker.port, broker.dispatcher_bundle()), Client(broker.port, bundle)
    master.listen("uagv/v2/+/+/connection")
    master.pause()
    for _ in range(90):
        flooder.say("uagv/v2/acme/R1/connection", "x" * 500_000)
    flooder.wait_until_said()
    assert broker.resident_bytes < QUEUED_BYTES_MAX + 40_000_000
    master.resume()
    until(lambda: len(master.got) * 500_000 > QUEUED_BYTES_MAX / 2)
    # What is longer than any message of a robot ends its session.
    flooder.say("uagv/v2/acme/R1/connection", "x" * (MESSAGE_BYTES_MAX + 1))
    assert flooder.is_down.wait(20)
    for client in (master, flooder):
        client.leave()


def test_one_robots_certificate_with_anothers_password_is_the_other_and_goes_with_it(
    broker: TlsBroker, bundle: Bundle
) -> None:
    other = broker.add(R2)
    master = Client(broker.port, broker.dispatcher_bundle())
    master.listen("uagv/v2/+/+/state")
    mixed = Client(
        broker.port,
        msgspec.structs.replace(bundle, username=other.username, password=other.password),
    )
    # mosquitto checks both, but not that they belong together: the name is the password's.
    mixed.say("uagv/v2/acme/R1/state", "by its certificate")
    mixed.say("uagv/v2/acme/R2/state", "by its password")
    until(lambda: master.got)
    assert master.got == [("uagv/v2/acme/R2/state", b"by its password")]
    broker.fleet.revoke(R2, 5_000)
    assert mixed.is_down.wait(20), "who is revoked is out, whatever certificate it came with"
    master.leave()
