"""A collector of OTLP over HTTP: takes only what OpenTelemetry's own types read, unknown fields being errors."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from servers import HOST

IDS = ("traceId", "spanId", "parentSpanId")


def read(body: bytes) -> ExportTraceServiceRequest:
    """json_format.ParseError for what is none. OTLP writes ids in hexadecimal, protobuf's JSON in base64."""
    message = json.loads(body)
    for resource in message["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                for name in IDS:
                    span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return json_format.ParseDict(message, ExportTraceServiceRequest())


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that does not trust the certificate is nothing to report."""


class Collector:
    """Listens at `port`, any free one if 0; `answer` is the status of its answers. A context manager.

    With `tls`, a certificate and its key, it speaks TLS, and its name is `localhost`.
    """

    def __init__(self, port: int = 0, answer: int = 200, tls: tuple[Path, Path] | None = None) -> None:
        self.answer = answer
        self.refused: list[str] = []
        self._spans: list[tuple[str, object]] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer._take(self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(outer.answer)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server((HOST, port), Handler)
        self.endpoint = f"http://{HOST}:{self._server.server_port}"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.endpoint = f"https://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def _take(self, path: str, headers, body: bytes) -> None:
        try:
            assert (path, headers["Content-Type"]) == ("/v1/traces", "application/json")
            request = read(body)
        except (AssertionError, KeyError, ValueError, json_format.ParseError) as error:
            self.refused.append(f"{error}: {body[:300]!r}")
            return
        with self._lock:
            for resource in request.resource_spans:
                of = {each.key: each.value.string_value for each in resource.resource.attributes}
                self._spans += [(of["service.name"], span) for each in resource.scope_spans for span in each.spans]

    def spans(self, trace: str = "") -> list[tuple[str, object]]:
        """Program and span, of one trace or of all."""
        with self._lock:
            return [(of, span) for of, span in self._spans if span.trace_id.hex().startswith(trace)]

    def __enter__(self) -> "Collector":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
