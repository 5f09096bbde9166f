"""A Kafka as it is run: TLS, users with passwords or certificates, and rights for each of them."""

from __future__ import annotations

import datetime
import re
import socket
import struct
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servers import HOST, REPOSITORY, Kafka, free_port

# As `openssl rand -hex 16` printed it for these tests alone.
PASSWORD = "4f1d0e2a97bb56c83e0a61d5f27c9b04"
# Certificates name this host and no address.
NAMED = "localhost"
DAY = datetime.timedelta(days=1)

OPERATIONS = {"READ": 3, "WRITE": 4, "CREATE": 5, "DESCRIBE": 8, "DESCRIBE_CONFIGS": 10}
TOPIC, GROUP, CLUSTER = 2, 3, 4
LITERAL, PREFIXED = 3, 4
ALLOW = 3
CREATE_ACLS = 30


# Kind of resource, name, kind of pattern, operation.
Right = tuple[int, str, int, str]


def rights() -> dict[str, list[Right]]:
    """Each program's rights by deploy/SECURITY.md."""
    page = (REPOSITORY / "deploy" / "SECURITY.md").read_text()
    table = re.search(r"<!-- table: rights -->\n(.+?)<!-- end -->", page, re.S)[1]
    given: dict[str, list[Right]] = {}
    program = ""
    for row in table.splitlines()[2:]:
        named, on, operations = (cell.strip() for cell in row.strip("|").split("|"))
        program = named.strip("`") or program
        kind = GROUP if on.startswith("group") else CLUSTER if on == "the cluster" else TOPIC
        for name in re.findall(r"`([^`]+)`", on) or ["kafka-cluster"]:
            pattern = PREFIXED if name.endswith("*") else LITERAL
            for operation in operations.split(", "):
                given.setdefault(program, []).append((kind, name.rstrip("*"), pattern, operation))
    return given


class Authority:
    """Certifies hosts and users, into PEM files of one folder."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraint = x509.BasicConstraints(ca=True, path_length=None)
        whole = self._signed(self._name, self._key, 30 * DAY).add_extension(constraint, critical=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(_pem(whole.sign(self._key, hashes.SHA256())))

    def certify(self, name: str, lasts: datetime.timedelta = 30 * DAY) -> tuple[Path, Path]:
        """Files with the certificate and with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(NAMED)])
        signed = self._signed(subject, key, lasts).add_extension(names, critical=False)
        stem = f"{name}-{lasts.days}"
        certificate, private = self._folder / f"{stem}.pem", self._folder / f"{stem}.key"
        certificate.write_bytes(_pem(signed.sign(self._key, hashes.SHA256())))
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return certificate, private

    def _signed(self, subject, key, lasts):
        now = datetime.datetime.utcnow()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 60 * DAY)
            .not_valid_after(now + lasts)
        )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


class SecuredKafka(Kafka):
    """Beside the plain listener, whose users may do everything (tests' own clients), one for TLS and
    SASL (`secure`), the same with a certificate that has expired (`expired`), and one for TLS with
    users' certificates (`mutual`). Each program is a user of its own name with PASSWORD."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.authority = Authority(folder / "certificates", "authority")
        self.users = rights()
        self.ports = {name: free_port() for name in ("secure", "expired", "mutual")}

    def brokers(self, listener: str, host: str = NAMED) -> str:
        return f"{host}:{self.ports[listener]}"

    def _format_flags(self) -> list[str]:
        return [
            word
            for user in self.users
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for word in ("--add-scram", f"{mechanism}=[name={user},password={PASSWORD}]")
        ]

    def _settings(self, data: Path) -> dict[str, str]:
        settings = super()._settings(data)
        for key in ("listeners", "advertised.listeners"):
            host = HOST if key == "listeners" else NAMED
            more = [f"{name.upper()}://{host}:{port}" for name, port in self.ports.items()]
            settings[key] = ",".join([settings[key], *more])
        protocols = {"secure": "SASL_SSL", "expired": "SASL_SSL", "mutual": "SSL"}
        of_listeners = [f"{name.upper()}:{protocol}" for name, protocol in protocols.items()]
        settings["listener.security.protocol.map"] = ",".join(
            ["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT", *of_listeners]
        )
        settings["inter.broker.listener.name"] = "PLAINTEXT"
        settings["sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512"
        settings["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        settings["super.users"] = "User:ANONYMOUS"
        for name, protocol in protocols.items():
            settings |= self._of_listener(f"listener.name.{name}.", name, protocol)
        return settings

    def _of_listener(self, prefix: str, name: str, protocol: str) -> dict[str, str]:
        lasts = -DAY if name == "expired" else 30 * DAY
        certificate, key = self.authority.certify(f"broker-{name}", lasts)
        both = certificate.with_suffix(".both")
        both.write_text(key.read_text() + certificate.read_text())
        settings = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": f"{both}",
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": f"{self.authority.file}",
            "ssl.client.auth": "required" if protocol == "SSL" else "none",
        }
        if protocol == "SASL_SSL":
            plain = "".join(f' user_{user}="{PASSWORD}"' for user in self.users)
            module = "org.apache.kafka.common.security"
            scram = f"{module}.scram.ScramLoginModule required;"
            settings |= {
                "plain.sasl.jaas.config": f"{module}.plain.PlainLoginModule required{plain};",
                "scram-sha-256.sasl.jaas.config": scram,
                "scram-sha-512.sasl.jaas.config": scram,
            }
        else:
            settings["ssl.principal.mapping.rules"] = "RULE:^CN=([^,]+).*$/$1/"
        return {prefix + key: value for key, value in settings.items()}

    def give_rights(self) -> None:
        """Those of the page, to each of its programs."""
        self.give(self.users)

    def give(self, rights_of: dict[str, list[Right]]) -> None:
        """CreateAcls, version 1, which Debian's Python client does not have."""
        entries = [(user, *right) for user, given in rights_of.items() for right in given]

        def text(value: str) -> bytes:
            return struct.pack(">h", len(value)) + value.encode()

        body = struct.pack(">hhi", CREATE_ACLS, 1, 1) + text("tests") + struct.pack(">i", len(entries))
        for user, kind, name, pattern, operation in entries:
            body += struct.pack(">b", kind) + text(name) + struct.pack(">b", pattern)
            body += text(f"User:{user}") + text("*")
            body += struct.pack(">bb", OPERATIONS[operation], ALLOW)
        with socket.create_connection((HOST, self.port), timeout=30) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.makefile("rb")
            message = answer.read(struct.unpack(">i", answer.read(4))[0])
        at, results = 12, []  # behind the correlation, the throttle and the count
        while at < len(message):
            code, length = struct.unpack_from(">hh", message, at)
            results.append(code)
            at += 4 + max(length, 0)
        assert results == [0] * len(entries), results

