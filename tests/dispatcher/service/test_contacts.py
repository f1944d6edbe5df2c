# SPDX-License-Identifier: Apache-2.0
import sqlite3
from pathlib import Path

import pytest

from dispatcher.core.effects import OrderAction, OrderNode, PublishOrder
from dispatcher.service.contacts import CONTACTS_FILE, Contacts, ContactsError
from dispatcher.service.robot_keys import KeysError, read_keys
from dispatcher.service.translation import TranslationError, digests_of

EXPECTED = "476e94f84d7f1c26ea3d0c240688d4268c448eaa315ed951e1e96a15b059a306"
"""HMAC-SHA256 under sixteen zero bytes of a/1|p1|S1|2|493817, from `openssl dgst -mac HMAC`."""


def test_a_code_is_six_digits_stays_the_same_and_is_another_for_each_version(
    tmp_path: Path,
) -> None:
    contacts = Contacts(tmp_path)
    first = contacts.code_of("p1", 1)
    assert len(first) == 6
    assert first.isdigit()
    assert contacts.code_of("p1", 1) == first
    assert contacts.code_of("p1", 2) != first
    contacts.close()
    again = Contacts(tmp_path)
    assert again.code_of("p1", 1) == first
    again.close()


def test_no_two_parcels_have_the_same_code_and_a_full_store_says_so(tmp_path: Path) -> None:
    contacts = Contacts(tmp_path, codes=20)
    codes = {contacts.code_of(f"p{n}", 1) for n in range(20)}
    assert len(codes) == 20
    with pytest.raises(ContactsError, match="no free six-digit code"):
        contacts.code_of("p20", 1)
    contacts.close()


def test_an_erased_code_is_gone_from_the_files(tmp_path: Path) -> None:
    contacts = Contacts(tmp_path, draw=lambda below: 314_159)
    code = contacts.code_of("p1", 1).encode()
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert code in held
    contacts.erase(["p1"])
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert code not in held
    assert contacts.parcels() == ()
    contacts.close()


def test_the_store_is_for_its_owner_alone(tmp_path: Path) -> None:
    Contacts(tmp_path).close()
    assert (tmp_path / CONTACTS_FILE).stat().st_mode & 0o077 == 0


def order(robot: str = "a/1") -> PublishOrder:
    actions = (
        OrderAction("a1", "out", parcel="p1", compartment="S1", version=2),
        OrderAction("a2", "pick", parcel="p2", compartment="S2"),
    )
    return PublishOrder("e", robot, "o", 0, (OrderNode("n", 0, actions=actions),))


def test_handovers_get_the_digest_of_their_code_under_the_robots_key(tmp_path: Path) -> None:
    contacts = Contacts(tmp_path, draw=lambda below: 493_817)
    digests = digests_of(order(), bytes(16), contacts.code_of)
    assert digests == {"a1": EXPECTED}
    assert digests_of(order(), bytes([1] * 16), contacts.code_of) != digests
    with pytest.raises(TranslationError, match="robot a/1 has no key"):
        digests_of(order(), None, contacts.code_of)
    contacts.close()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "allowed"),
        ("nonsense", "allowed"),
        ('{"a/1": "zz"}', "allowed"),
        ('{"a/1": "00ff"}', "key of a/1 is shorter than 16 bytes"),
    ],
)
def test_a_bad_keys_file_is_refused_without_showing_a_key(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(KeysError, match=sentence) as caught:
        read_keys(path)
    assert "00ff" not in str(caught.value)


def test_an_erasure_that_fails_does_not_swallow_the_next_code(tmp_path: Path) -> None:
    contacts = Contacts(tmp_path)
    contacts.code_of("p1", 1)
    contacts._connection.executescript(
        "CREATE TRIGGER no BEFORE DELETE ON codes BEGIN SELECT RAISE(ABORT, 'disk'); END"
    )
    with pytest.raises(sqlite3.Error, match="disk"):
        contacts.erase(["p1"])
    told = contacts.code_of("p2", 1)
    with Contacts(tmp_path)._connection as other:
        held = other.execute("SELECT code FROM codes WHERE parcel = 'p2'").fetchone()
    assert held == (told,)
    contacts.close()


def test_one_recipients_open_parcels_share_one_code_and_nobody_elses(tmp_path: Path) -> None:
    contacts = Contacts(tmp_path, codes=50)
    anna = contacts.code_of("p1", 1, "anna")
    assert contacts.code_of("p2", 1, "anna") == anna
    others = {contacts.code_of(f"q{n}", 1, f"r{n}") for n in range(49)}
    assert len(others) == 49
    assert anna not in others
    assert contacts.code_of("p3", 1, "anna") == anna, "no new code is needed for a known recipient"
    contacts.close()


def test_a_parcel_offered_again_gets_a_code_it_never_had(tmp_path: Path) -> None:
    contacts = Contacts(tmp_path)
    first = contacts.code_of("p1", 1, "anna")
    assert contacts.code_of("p2", 1, "anna") == first
    second = contacts.code_of("p1", 2, "anna")
    assert second != first
    assert contacts.code_of("p2", 1, "anna") == first, "the order that is out says so"
    third = contacts.code_of("p1", 3, "anna")
    assert third not in (first, second)
    assert contacts.code_of("p3", 1, "anna") == third, "the newest is shared from now on"
    # The next time p2 may have what p1 goes by: it never had that one.
    assert contacts.code_of("p2", 2, "anna") == third
    contacts.close()


def test_a_code_nobody_goes_by_any_more_is_not_shared(tmp_path: Path) -> None:
    contacts = Contacts(tmp_path)
    first = contacts.code_of("p1", 1, "anna")
    contacts.erase(["p1"])
    assert contacts.code_of("p2", 1, "anna") != first
    contacts.close()


def test_a_page_token_finds_its_parcel_and_is_erased_with_it(tmp_path: Path) -> None:
    contacts = Contacts(tmp_path)
    token = contacts.token_of("p1")
    assert len(token) >= 20
    assert contacts.token_of("p1") == token
    assert contacts.token_of("p2") != token
    assert contacts.parcel_of(token) == "p1"
    assert contacts.parcel_of(token[:-1]) == contacts.parcel_of("\udcff") == ""
    assert contacts.parcels() == ("p1", "p2")
    contacts.erase(["p1"])
    assert contacts.parcel_of(token) == ""
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    contacts.close()
