# SPDX-License-Identifier: Apache-2.0
"""The site's own certificate authority: one root key, which signs the broker's, the dispatcher's
and the robots' certificates, and the list of those that are void.

What must hold: a private key is made here, handed out once and not kept (but the root's own); a
certificate is good for exactly one side of a connection, client or server.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dispatcher.provisioning.files import ProvisioningError, read_secret, write_secret

CA_CERT_FILE: Final = "ca.pem"
CA_KEY_FILE: Final = "ca.key"

_ROOT_DAYS: Final = 20 * 365
_LEAF_DAYS: Final = 5 * 365
# A robot without a battery-backed clock starts in the past.
_BACKDATED: Final = timedelta(days=30)
_NAME_CHARS_MAX: Final = 64  # X.520, upper bound of a common name


class Issued(msgspec.Struct, frozen=True):
    """A certificate with its private key, both PEM; `serial` in hex."""

    cert_pem: str
    key_pem: str
    serial: str
    expires_ms: int


class Authority:
    """A root certificate and its key."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate, self._key = certificate, key

    @classmethod
    def create(cls, cert_file: Path, key_file: Path, name: str) -> "Authority":
        """A new root, written into these files. Raises ProvisioningError."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name)
        builder = _builder(subject, subject, key.public_key(), _ROOT_DAYS)
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(key, SHA256())
        )
        write_secret(key_file, _pem_of(key))
        write_secret(cert_file, certificate.public_bytes(Encoding.PEM))
        return cls(certificate, key)

    @classmethod
    def open(cls, cert_file: Path, key_file: Path) -> "Authority":
        """Raises ProvisioningError."""
        try:
            certificate = x509.load_pem_x509_certificate(read_secret(cert_file))
            key = load_pem_private_key(read_secret(key_file), password=None)
        except (ValueError, TypeError) as error:
            text = f"{key_file}, {cert_file}: no certificate authority"
            raise ProvisioningError(text) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ProvisioningError(f"{key_file}: not a key that `broker init` made")
        return cls(certificate, key)

    def issue_server(self, hosts: Sequence[str]) -> Issued:
        """For a broker under these host names and IP addresses."""
        alternatives = x509.SubjectAlternativeName([_host(host) for host in hosts])
        return self._issue(hosts[0], ExtendedKeyUsageOID.SERVER_AUTH, alternatives)

    def issue_client(self, name: str) -> Issued:
        """For whoever connects; `name` is for people, the login says who it is."""
        return self._issue(name, ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def revocations(self, serials: Iterable[str]) -> bytes:
        """The list of void certificates, PEM. It is renewed at each change, so it never ends."""
        now = datetime.now(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(now - _BACKDATED)
            .next_update(now + timedelta(days=_ROOT_DAYS))
        )
        for serial in serials:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(int(serial, 16))
                .revocation_date(now)
                .build()
            )
        return builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)

    def _issue(
        self, name: str, side: x509.ObjectIdentifier, hosts: x509.SubjectAlternativeName | None
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            _builder(_name(name), self._certificate.subject, key.public_key(), _LEAF_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([side]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        if hosts is not None:
            builder = builder.add_extension(hosts, critical=False)
        certificate = builder.sign(self._key, SHA256())
        return Issued(
            cert_pem=certificate.public_bytes(Encoding.PEM).decode(),
            key_pem=_pem_of(key).decode(),
            serial=f"{certificate.serial_number:x}",
            expires_ms=int(certificate.not_valid_after_utc.timestamp() * 1000),
        )


def serials_in(file: Path) -> tuple[int, ...]:
    """The void certificates in a list of `revocations`. Raises ProvisioningError."""
    try:
        found = x509.load_pem_x509_crl(read_secret(file))
    except ValueError as error:
        raise ProvisioningError(f"{file}: no list of void certificates") from error
    return tuple(one.serial_number for one in found)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:_NAME_CHARS_MAX])])


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
