"""Readers of event streams get each list when it is there, not when the next one pushes it out."""

import json
import subprocess

import httpx
import pytest
import requests
import sseclient
import urllib3
from httpx_sse import connect_sse
from process import Process
from servers import HOST, free_port, wait_until

WITHIN_S = 20
PATH = "/v1/recommendations/stream"


def headers_of(player):
    return {"Authorization": f"Bearer {player.token}", "Accept": "text/event-stream"}


def with_requests(base, ada):
    answer = requests.get(base + PATH, headers=headers_of(ada), stream=True, timeout=WITHIN_S)
    for event in sseclient.SSEClient(answer).events():
        yield event.event, event.data


def with_urllib3(base, ada):
    pool = urllib3.PoolManager(timeout=WITHIN_S)
    answer = pool.request("GET", base + PATH, headers=headers_of(ada), preload_content=False)
    for event in sseclient.SSEClient(answer).events():
        yield event.event, event.data


def with_httpx(base, ada):
    with httpx.Client(timeout=WITHIN_S) as client:
        with connect_sse(client, "GET", base + PATH, headers=headers_of(ada)) as source:
            for event in source.iter_sse():
                yield event.event, event.data


def with_curl(base, ada):
    command = ["curl", "-sN", "--max-time", "60", base + PATH, "-H", f"Authorization: Bearer {ada.token}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as curl:
        try:
            kind = ""
            for line in curl.stdout:
                name, _, value = line.rstrip("\n").partition(": ")
                kind = value if name == "event" else kind
                if name == "data":
                    yield kind, value
        finally:
            curl.kill()


@pytest.fixture
def with_eventsource(node):
    """The EventSource of Node, whose lines end when the test does."""
    started = []

    def read(base, ada):
        started.append(node("listen.mjs", base + PATH, ada.token))
        for line in started[-1].stdout:
            yield json.loads(line)

    yield read
    for listener in started:
        listener.kill()
        listener.wait()
        listener.stdout.close()


@pytest.fixture(params=["1.0", "1.1"])
def nginx(request, gateway, tmp_path):
    """As it comes, with the fewest lines that make it a proxy, and with the version it may have behind it."""
    port = free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; daemon off; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}/b; proxy_temp_path {tmp_path}/p;\n"
        f"  fastcgi_temp_path {tmp_path}/f; uwsgi_temp_path {tmp_path}/u; scgi_temp_path {tmp_path}/s;\n"
        f"  server {{ listen {HOST}:{port};\n"
        f"    location / {{ proxy_pass http://{gateway.address}; proxy_http_version {request.param};\n"
        f"      proxy_set_header Host $http_host; }} }} }}\n"
    )
    process = Process("nginx", ["/usr/sbin/nginx", "-c", config, "-e", tmp_path / "error.log"], tmp_path)
    process.start()
    try:
        wait_until(lambda: answers(port), WITHIN_S, "nginx listens")
        yield f"http://{HOST}:{port}"
    finally:
        process.stop()


def answers(port):
    try:
        return requests.get(f"http://{HOST}:{port}/", timeout=2).status_code == 200
    except OSError:
        return False


def check(events, ada):
    """Each comes while nothing else is sent, and the one after it not yet."""
    assert next(events)[0] == "recommendations"
    for _ in range(3):
        answer = ada.post(ada.heard("t-1")).json
        kind, data = next(events)
        assert kind == "recommendations"
        assert json.loads(data)["version"] >= answer["version"]
    ada.ask("DELETE", "/v1/me")
    kinds = []
    while "erased" not in kinds:
        kinds.append(next(events)[0])


@pytest.mark.parametrize("read", [with_requests, with_urllib3, with_httpx, with_curl])
def test_each_list_comes_when_it_is_there(base, ada, read):
    check(read(base, ada), ada)


@pytest.mark.parametrize("read", [with_requests, with_httpx])
def test_each_list_comes_through_nginx_as_it_is_installed(nginx, ada, read):
    check(read(nginx, ada), ada)


def test_each_list_comes_in_node(base, ada, with_eventsource):
    check(with_eventsource(base, ada), ada)


def test_each_list_comes_in_node_through_nginx(nginx, ada, with_eventsource):
    check(with_eventsource(nginx, ada), ada)


def test_node_connects_again_where_it_left_off(base, ada, with_eventsource):
    """A list that it has is not sent again by a gateway that was away."""
    events = with_eventsource(base, ada)
    _, data = next(events)
    before = json.loads(data)["version"]

    ada.gateway.program.stop()
    ada.gateway.start()
    answer = ada.post(ada.heard("t-1")).json

    kind, data = next(events)
    assert kind == "recommendations"
    assert json.loads(data)["version"] >= answer["version"] > before
