"""A place that gives tokens for client credentials, and a Kafka that takes them (OAUTHBEARER)."""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import threading
import time
import urllib.parse
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from secured import DAY, SecuredKafka
from servers import HOST, free_port

AUDIENCE = "segue-kafka"
# Letters that a form and a header must write in another way. Made for these tests alone.
CLIENT_SECRET = "pa+ss%wörd:1e8d"


class TokenEndpoint:
    """Answers any client who knows CLIENT_SECRET. What it does may be changed while it runs."""

    def __init__(self, folder: Path) -> None:
        self._key = rsa.generate_private_key(65_537, 2_048)
        self.audience, self.lasts_s = AUDIENCE, 300
        self.asked: list[dict[str, list[str]]] = []
        self.jwks = folder / "jwks.json"
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        self.jwks.write_text(json.dumps({"keys": [public | {"kid": "k1", "alg": "RS256", "use": "sig"}]}))
        self._servers: list[http.server.ThreadingHTTPServer] = []

    def serve(self, certificate: tuple[Path, Path] | None = None) -> str:
        """Its address; by TLS with a certificate."""
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, answer = endpoint.answer(self.headers["Authorization"], urllib.parse.parse_qs(body))
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._servers.append(server)
        scheme = "https://localhost" if certificate else f"http://{HOST}"
        return f"{scheme}:{server.server_port}/token"

    def answer(self, authorization: str, form: dict[str, list[str]]) -> tuple[int, dict]:
        user, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        self.asked.append(form)
        if urllib.parse.unquote(secret) != CLIENT_SECRET or form["grant_type"] != ["client_credentials"]:
            return 401, {"error": "invalid_client"}
        now = int(time.time())
        claims = {"sub": urllib.parse.unquote(user), "aud": self.audience, "iss": "tests", "iat": now}
        claims |= {"exp": now + self.lasts_s, "scope": " ".join(form.get("scope", []))}
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "k1"})
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts_s}

    def stop(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class OauthKafka(SecuredKafka):
    """With one listener more, whose users show tokens."""

    def __init__(self, folder: Path, jwks: Path) -> None:
        super().__init__(folder)
        self._jwks = jwks
        self._port = free_port()

    @property
    def by_token(self) -> str:
        return f"localhost:{self._port}"

    def _settings(self, data: Path) -> dict[str, str]:
        settings = super()._settings(data)
        settings["listeners"] += f",TOKEN://{HOST}:{self._port}"
        settings["advertised.listeners"] += f",TOKEN://localhost:{self._port}"
        settings["listener.security.protocol.map"] += ",TOKEN:SASL_SSL"
        certificate, key = self.authority.certify("broker-token", 30 * DAY)
        both = certificate.with_suffix(".both")
        both.write_text(key.read_text() + certificate.read_text())
        module = "org.apache.kafka.common.security.oauthbearer"
        of_listener = {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": f"{both}",
            "sasl.enabled.mechanisms": "OAUTHBEARER",
            "oauthbearer.sasl.jaas.config": f"{module}.OAuthBearerLoginModule required;",
            "oauthbearer.sasl.server.callback.handler.class": f"{module}.OAuthBearerValidatorCallbackHandler",
            "oauthbearer.sasl.oauthbearer.jwks.endpoint.url": f"file://{self._jwks}",
            "oauthbearer.sasl.oauthbearer.expected.audience": AUDIENCE,
        }
        settings |= {f"listener.name.token.{name}": value for name, value in of_listener.items()}
        settings["sasl.oauthbearer.jwks.endpoint.url"] = f"file://{self._jwks}"
        settings["sasl.oauthbearer.expected.audience"] = AUDIENCE
        return settings
