"""Composed files: signed addresses, ranges, and what is never sent."""

import hashlib
import http.client
import os
import re
import socket
import time
from pathlib import Path

import pytest
from players import Gateway, Player, secret_of, tell_catalogue
from servers import HOST, wait_until

WITHIN_S = 20
KEY = secret_of("0f63c1d8a92b47e5b1ce07d4936af8522c7be0194d5f6a83e7b210c96d48f35a")
FILE = bytes(range(256)) * 4_000  # larger than a piece, no multiple of one


def keep(folder: Path, content: bytes, ending: str = "flac") -> str:
    """Puts a file into a store's folder, as the store does, and returns its key."""
    key = f"{hashlib.sha256(content).hexdigest()}.{ending}"
    (folder / key[:2]).mkdir(exist_ok=True, parents=True)
    (folder / key[:2] / key).write_bytes(content)
    return key


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "music"


@pytest.fixture
def player(pipeline, folder):
    """A gateway with a store, and workers that list what is heard."""
    tell_catalogue(pipeline, *[f"t-{n}" for n in range(8)])
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    return Gateway(pipeline, "--store.folder", str(folder), audio_key=KEY).start()


def signed(gateway, key: str, track: str = "t-90") -> str:
    """The address that a listener of this track is given."""
    tell_catalogue(gateway.pipeline, track, audio_url=f"/v1/audio/{key}")
    ada = Player(gateway)

    def address():
        ada.post(ada.heard(track))
        items = {item["track_id"]: item for item in ada.list()["items"]}
        return items.get(track, {}).get("audio_url")

    return wait_until(address, 30, "the track is listed with its sound")


def test_a_list_names_a_signed_address_that_plays(player, folder):
    key = keep(folder, FILE)

    address = signed(player, key)
    answer = player.ask("GET", address)
    head = player.ask("HEAD", address)

    assert re.fullmatch(rf"/v1/audio/{key}\?until=\d+&signature=[\w-]{{43}}", address)
    assert (answer.status, answer.body) == (200, FILE)
    assert (head.status, head.body) == (200, b"")
    for headers in (answer.headers, head.headers):
        assert headers["content-type"] == "audio/flac"
        assert headers["content-length"] == str(len(FILE))
        assert headers["etag"] == f'"{key}"'
        assert headers["accept-ranges"] == "bytes"
        assert headers["cache-control"] == "private, max-age=43200, immutable"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert player.ask("GET", address, If_None_Match=f'"{key}"').status == 304


def test_parts_of_a_file_are_sent(player, folder):
    key = keep(folder, FILE, "mp3")
    address, size = signed(player, key), len(FILE)

    for given, status, part in [
        ("bytes=0-0", 206, (0, 1)), ("bytes=100000-", 206, (100_000, size)),
        ("bytes=-5", 206, (size - 5, size)), (f"bytes=7-{10**30}", 206, (7, size)),
        ("bytes=0-1,5-6", 200, (0, size)), ("bytes=5-4", 200, (0, size)),
    ]:  # fmt: skip
        answer = player.ask("GET", address, Range=given)
        assert (answer.status, answer.body) == (status, FILE[slice(*part)]), given
        range_sent = f"bytes {part[0]}-{part[1] - 1}/{size}" if status == 206 else None
        assert answer.headers.get("content-range") == range_sent
    for given in (f"bytes={size}-", "bytes=-0", f"bytes={10**40}-"):
        answer = player.ask("GET", address, Range=given)
        assert (answer.status, answer.json["code"]) == (416, "no_such_range"), given
        assert answer.headers["content-range"] == f"bytes */{size}"
    same = player.ask("GET", address, Range="bytes=0-9", If_Range=f'"{key}"')
    other = player.ask("GET", address, Range="bytes=0-9", If_Range='"another"')
    assert (same.status, other.status) == (206, 200)
    assert player.ask("HEAD", address, Range="bytes=0-9").status == 200


def test_an_address_is_good_as_it_was_signed_alone(player, folder, pipeline):
    key, other = keep(folder, FILE), keep(folder, b"another piece")
    address = signed(player, key)
    until = int(re.search(r"until=(\d+)", address)[1])
    same_key = Gateway(pipeline, "--store.folder", str(folder), name="same", audio_key=KEY).start()
    another_key = Gateway(pipeline, "--store.folder", str(folder), name="other").start()

    assert until > time.time() + 43_200
    for wrong in [address.partition("?")[0], address[:-4] + "AAAA", address.replace(key, other),
                  address.replace(str(until), str(until + 1)), address.replace("signature", "s")]:  # fmt: skip
        answer = player.ask("GET", wrong)
        assert (answer.status, answer.json["code"]) == (403, "bad_signature"), wrong
    assert same_key.ask("GET", address).status == 200
    assert another_key.ask("GET", address).status == 403
    assert "audio_key is empty" in another_key.program.log.read_text()
    (folder / key[:2] / key).unlink()
    assert player.ask("GET", address).json["code"] == "no_such_audio"


@pytest.mark.parametrize(
    "path",
    ["..%2f..%2fetc%2fpasswd", "%2e%2e", "..", f"{'a' * 64}", f"{'a' * 64}.flac%00", f"{'A' * 64}.flac",
     f"{'a' * 63}.flac", f"{'a' * 64}.json", f"{'a' * 64}.mid", f"{'a' * 64}.flac%2f..", "x" * 8_000],
)  # fmt: skip
def test_nothing_but_sound_has_an_address(pipeline, folder, path):
    keep(folder, b"a record", "json")
    plain = Gateway(pipeline, "--store.folder", str(folder), audio_key=KEY).start()

    answer = plain.ask("GET", f"/v1/audio/{path}?until=9999999999&signature=x")

    assert (answer.status, answer.json["code"]) == (404, "no_such_audio")


def test_a_link_or_a_folder_in_the_store_is_not_followed(player, folder, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"a secret")
    link = keep(folder, b"was here")
    address = signed(player, link)
    place = folder / link[:2] / link
    place.unlink()
    place.symlink_to(secret)
    assert player.ask("GET", address).status == 404
    place.unlink()
    place.mkdir()
    assert player.ask("GET", address).status == 404
    place.rmdir()
    os.mkfifo(place)
    assert player.ask("GET", address).status == 404


def test_without_a_store_lists_name_no_composed_sound(pipeline, folder):
    tell_catalogue(pipeline, "t-90", audio_url=f"/v1/audio/{keep(folder, FILE)}")
    pipeline.worker("segue-trainer")
    pipeline.worker("segue-recommender")
    gateway = Gateway(pipeline).start()
    ada = Player(gateway)

    def item():
        ada.post(ada.heard("t-90"))
        found = [each for each in ada.list()["items"] if each["track_id"] == "t-90"]
        return found and "title" in found[0] and found[0]

    assert "audio_url" not in wait_until(item, 30, "it is listed")
    answer = gateway.ask("GET", f"/v1/audio/{'a' * 64}.flac")
    assert (answer.status, answer.json["code"]) == (404, "no_audio_here")


def test_a_page_elsewhere_may_play_and_ask_for_parts(player, folder):
    address = signed(player, keep(folder, FILE))
    own = f"http://{player.address}"

    allowed = player.ask("OPTIONS", address, Origin=own, Access_Control_Request_Method="GET",
                      Access_Control_Request_Headers="range")  # fmt: skip
    read = player.ask("GET", address, Origin=own, Range="bytes=0-9")
    strange = player.ask("GET", address, Origin="https://evil.example")

    assert allowed.status == 204
    assert "range" in allowed.headers["access-control-allow-headers"].split(", ")
    assert read.headers["access-control-allow-origin"] == own
    assert "content-range" in read.headers["access-control-expose-headers"]
    assert strange.status == 403


def test_a_connection_goes_on_after_a_file(player, folder):
    address = signed(player, keep(folder, FILE))
    connection = http.client.HTTPConnection(HOST, player.port, timeout=WITHIN_S)

    bodies = []
    for given in ("bytes=0-9", "bytes=10-19", "bytes=20-"):
        connection.request("GET", address, headers={"Range": given})
        bodies.append(connection.getresponse().read())
    connection.close()

    assert b"".join(bodies) == FILE


def resident_mib(program) -> float:
    with open(f"/proc/{program.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def download(gateway, address) -> socket.socket:
    """A download whose reader takes nothing."""
    raw = socket.create_connection((HOST, gateway.port), timeout=WITHIN_S)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    raw.sendall(f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return raw


def test_downloads_are_bounded_and_slow_readers_are_closed(pipeline, folder, player):
    """The file is larger than what all buffers of a connection hold."""
    content = os.urandom(1 << 20) * 24
    key = keep(folder, content)
    address = signed(player, key)
    few = Gateway(pipeline, "--store.folder", str(folder), "--audio-streams-max", "8",
                  "--request-within-s", "2", name="few", audio_key=KEY).start()  # fmt: skip
    few.ask("GET", address)
    before = resident_mib(few.program)

    slow = download(few, address)
    wait_until(lambda: few.program.metric("segue_gateway_streams", kind="audio") == 1, WITHIN_S, "it is on its way")
    other = few.ask("GET", address)

    assert (other.status, other.json["code"]) == (503, "busy"), "an eighth of eight"
    assert other.headers["retry-after"] == "1"
    wait_until(lambda: few.program.metric("segue_gateway_streams", kind="audio") == 0, WITHIN_S, "the slow one is closed")
    assert few.ask("GET", address).body == content
    slow.close()
    assert resident_mib(few.program) - before < 8, "a third of the file, which is never there as a whole"
