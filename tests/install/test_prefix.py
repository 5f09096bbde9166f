"""`cmake --install` fills a folder, and what it leaves runs from anywhere."""

import re
import subprocess

from servers import HOST, Process, wait_until
from conftest import ROOT

SHARE = "share/segue"


def run(program, *words, cwd="/"):
    argv = [program, *map(str, words)]
    return subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=60)


def shipped():
    """Programs of the rooms that are installed; loadtest measures a clone."""
    made = [
        re.findall(r"^add_executable\((segue-[\w-]+)", path.read_text(), re.M)
        for room in ("consumers", "producers", "deploy")
        for path in (ROOT / room).rglob("CMakeLists.txt")
    ]
    return sorted(name for names in made for name in names)


def test_every_program_is_installed_and_starts(installed):
    found = sorted(path.name for path in (installed / "bin").iterdir())

    assert found == shipped()
    for name in found:
        said = run(installed / "bin" / name, "--version")
        assert (said.returncode, said.stdout.split()[0]) == (0, name)


def test_what_programs_and_players_need_is_installed(installed):
    share = installed / SHARE
    room = ROOT / "producers/gateway"

    assert (share / "topics.toml").read_text() == (ROOT / "deploy/topics.toml").read_text()
    assert (share / "redis/segue.lua").read_text() == (ROOT / "deploy/redis/segue.lua").read_text()
    for name in ("schemas", "sdk", "page"):
        source = ROOT / name if name == "schemas" else room / name
        assert names_below(share / name) == names_below(source)


def names_below(folder):
    kept = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md")
    return sorted(str(path.relative_to(folder)) for path in kept)


def test_the_installed_admin_prepares_servers_from_anywhere(installed, redis_server):
    addresses = []

    def on_line(line):
        addresses.append(re.search(rf"{HOST}:\d+", line)[0])

    admin = installed / "bin/segue-admin"
    # As a shell in "/" would: no folder of the clone is near.
    broker = Process("broker", ["env", "-C", "/", admin, "broker"], installed, on_line=on_line)
    with broker:
        wait_until(lambda: broker.check() or addresses, 60, "the broker answers")
        flags = ["--kafka.brokers", addresses[0], "--redis.address", redis_server.address]
        ended = run(admin, "init", *flags)

    assert ended.returncode == 0, ended.stderr
    assert "Found segue.events.v1 with 16 partitions." in ended.stdout


def test_a_program_alone_says_which_file_it_lacks(installed, tmp_path):
    alone = tmp_path / "segue-admin"
    alone.write_bytes((installed / "bin/segue-admin").read_bytes())
    alone.chmod(0o755)

    ended = run(alone, "broker")

    assert ended.returncode == 1
    assert "admin.topics" in ended.stderr and "share/segue/topics.toml" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_files_of_the_current_folder_are_not_taken(installed, tmp_path):
    alone = tmp_path / "segue-admin"
    alone.write_bytes((installed / "bin/segue-admin").read_bytes())
    alone.chmod(0o755)
    anybodys = tmp_path / "anybodys" / "deploy"
    anybodys.mkdir(parents=True)
    (anybodys / "topics.toml").write_text("[topics]\n")

    ended = run(alone, "broker", cwd=anybodys.parent)

    assert ended.returncode == 1
    assert "There is neither" in ended.stderr
