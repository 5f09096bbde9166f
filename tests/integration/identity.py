"""An identity provider of one's own: signs tokens, and serves its public keys over HTTPS."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import ssl
import subprocess
import threading
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from players import token
from servers import HOST, free_port

MAKERS = {
    "RS256": lambda: rsa.generate_private_key(65_537, 2_048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


def _text(number: int, size: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(size, "big")).decode().rstrip("=")


class Key:
    """A key pair of one algorithm, with a name."""

    def __init__(self, kid: str, algorithm: str = "ES256") -> None:
        self.kid, self.algorithm, self.private = kid, algorithm, MAKERS[algorithm]()

    @property
    def jwk(self) -> dict:
        common = {"kid": self.kid, "alg": self.algorithm, "use": "sig"}
        public = self.private.public_key()
        if self.algorithm == "RS256":
            numbers = public.public_numbers()
            return common | {"kty": "RSA", "n": _text(numbers.n, 256), "e": _text(numbers.e, 3)}
        if self.algorithm == "ES256":
            numbers = public.public_numbers()
            point = {"x": _text(numbers.x, 32), "y": _text(numbers.y, 32)}
            return common | {"kty": "EC", "crv": "P-256"} | point
        raw = int.from_bytes(public.public_bytes(Encoding.Raw, PublicFormat.Raw), "big")
        return common | {"kty": "OKP", "crv": "Ed25519", "x": _text(raw, 32)}

    def token(self, subject: str, kid: str | None = "", **claims) -> str:
        """With its own kid, another one, or none."""
        named = self.kid if kid == "" else kid
        payload = jwt.decode(token(subject, **claims), options={"verify_signature": False})
        headers = {} if named is None else {"kid": named}
        return jwt.encode(payload, self.private, algorithm=self.algorithm, headers=headers)


def jwks(*keys: Key) -> str:
    return json.dumps({"keys": [key.jwk for key in keys]})


class Provider:
    """`text` is what it answers, `status` and `headers` how; `asked` counts."""

    def __init__(self, folder: Path, *keys: Key, name: str = f"IP:{HOST}") -> None:
        self.text, self.status, self.headers = jwks(*keys), 200, {}
        self.asked = 0
        self.port = free_port()
        self.certificate, self._key = folder / "provider.pem", folder / "provider.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=provider", "-addext", f"subjectAltName={name}",
             "-keyout", self._key, "-out", self.certificate],
            check=True, capture_output=True,
        )
        self._server: http.server.ThreadingHTTPServer | None = None

    @property
    def flags(self) -> list[str]:
        return ["--token-keys-url", f"https://{HOST}:{self.port}/jwks.json",
                "--token-keys-ca", str(self.certificate)]

    def start(self) -> "Provider":
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                body = provider.text.encode()
                self.send_response(provider.status)
                for name, value in ({"Content-Length": str(len(body))} | provider.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificate, self._key)
        self._server = http.server.ThreadingHTTPServer((HOST, self.port), Handler)
        self._server.handle_error = lambda *_: None  # a client that does not trust it
        self._server.socket = tls.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
