"""A Redis as it is run: TLS, ACL users with passwords, and rights for each of them."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import redis
from secured import DAY, NAMED, PASSWORD, Authority
from servers import HOST, REPOSITORY, Redis, free_port

RECOMMENDER, TRAINER = "segue-recommender", "segue-trainer"
GENERATOR, GATEWAY, ADMIN = "segue-generator", "segue-gateway", "segue-admin"
SOON = ["--redis.retry_for_s", "2", "--redis.timeout_ms", "1000"]


def redis_rights() -> dict[str, str]:
    """Each program's rights by deploy/SECURITY.md: rules of an ACL user."""
    page = (REPOSITORY / "deploy" / "SECURITY.md").read_text()
    table = re.search(r"<!-- table: redis rights -->\n(.+?)<!-- end -->", page, re.S)[1]
    given = {}
    for row in table.splitlines()[2:]:
        programs, *rules = re.findall(r"`([^`]+)`", row.replace("\\|", "|").rstrip("|"))
        given[programs] = " ".join(rules)
    return given


class SecuredRedis(Redis):
    """Beside the plain port, whose default user may do everything (tests' own clients), one for TLS.
    Each program is a user of its own name with PASSWORD."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.authority = Authority(folder / "certificates", "authority")
        self.tls_port = free_port()
        self.users = redis_rights()

    def secure(self, host: str = NAMED) -> str:
        return f"{host}:{self.tls_port}"

    def _prepare(self) -> None:
        super()._prepare()
        certificate, key = self.authority.certify("redis")
        self.argv += ["--tls-port", str(self.tls_port), "--tls-ca-cert-file", str(self.authority.file)]
        self.argv += ["--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
        self.argv += ["--tls-auth-clients", "optional"]

    def plain(self) -> redis.Redis:
        return redis.Redis(host=HOST, port=self.port, socket_timeout=30)

    def give_rights(self) -> None:
        """Those of the page, to each of its programs."""
        for user, rules in self.users.items():
            self.give(user, rules)

    def give(self, user: str, rules: str) -> None:
        self.plain().execute_command("ACL", "SETUSER", user, "reset", "on", f">{PASSWORD}", *rules.split())

    def show_certificate(self, lasts: datetime.timedelta = 30 * DAY) -> None:
        """The one of the server from now on."""
        certificate, key = self.authority.certify("redis", lasts)
        self.plain().execute_command(
            "CONFIG", "SET", "tls-cert-file", str(certificate), "tls-key-file", str(key)
        )

    def want_certificates(self, wanted: bool) -> None:
        self.plain().config_set("tls-auth-clients", "yes" if wanted else "optional")
