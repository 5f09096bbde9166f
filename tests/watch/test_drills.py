"""Fire drills: one of them for real, and what is said where none can be."""

import contextlib
import json
import os
import socket
import subprocess
import sys

import pytest
import shorten
import yaml
from drills import DRILLS, full_disk
from places import BIN, ROOT, WATCH
from process import HOST, free_port, wait_until
from way import Way

MAIN = [sys.executable, str(ROOT / "deploy/drills/main.py")]


def drill(*flags, within_s=60, **env):
    env = os.environ | {"SEGUE_BIN": str(BIN)} | env
    return subprocess.run([*MAIN, *flags], capture_output=True, text=True, timeout=within_s, env=env)


def refused(ran, code=1):
    """The one line that it says in the end."""
    assert ran.returncode == code and "Traceback" not in ran.stderr
    return ran.stderr.strip().splitlines()[-1]


def test_a_dead_trainer_raises_its_alert_alone():
    ran = drill("--only", "trainer-dies", "--json", within_s=900)
    report = json.loads(ran.stdout)

    assert [row["alert"] for row in report["drills"]] == ["SegueDown"], ran.stderr
    assert report["drills"][0]["holds"], ran.stderr


def test_a_segue_that_is_not_built_is_one_line(tmp_path):
    assert refused(drill(SEGUE_BIN=str(tmp_path))).startswith("drill: there is no segue-admin in")


def test_rules_that_are_not_there_are_one_line(tmp_path):
    assert refused(drill("--rules", str(tmp_path))).startswith("drill: the rules cannot be read: ")


def test_a_rule_that_is_no_rule_is_one_line(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "bad.yml").write_text("groups: [{name: a, rules: [{alert: A, expr: 'sum(('}]}]\n")
    (tmp_path / "prometheus.yml").write_text((WATCH / "prometheus.yml").read_text())

    said = refused(drill("--rules", str(tmp_path), "--only", "poison", within_s=400))
    assert "bad.yml" in said and "parse error" in said


def test_a_drill_that_is_not_known_is_one_line():
    assert "invalid choice: 'flood'" in refused(drill("--only", "flood"), code=2)


def test_drills_raise_alerts_that_there_are():
    rules = "".join(path.read_text() for path in (WATCH / "rules").glob("*.yml"))

    assert [each.alert for each in DRILLS if f"- alert: {each.alert}\n" not in rules] == []
    assert len({each.name for each in DRILLS}) == len(DRILLS)


@pytest.mark.parametrize(
    "long, short",
    [
        ("rate(x[1h])", "rate(x[180000ms])"),
        ("rate(x[1m])", "rate(x[5000ms])"),
        ("x offset 10m", "x offset 30000ms"),
        ("for: 30s", "for: 1500ms"),
        ("segue:lag_errors:ratio_rate5m", "segue:lag_errors:ratio_rate5m"),
        ("waited for 30 s for 5m", "waited for 30 s for 5m"),
    ],
)
def test_windows_are_shorter_and_nothing_else(long, short):
    assert shorten.shorten(long, 20) == short


def test_shortened_rules_are_rules(tmp_path):
    shorten.write(WATCH, tmp_path, 20)
    paths = sorted((tmp_path / "rules").glob("*.yml"))
    ran = subprocess.run(["promtool", "check", "rules", *paths], capture_output=True, text=True, timeout=60)

    assert ran.returncode == 0, ran.stderr
    assert yaml.safe_load((tmp_path / "prometheus.yml").read_text())["global"]["scrape_interval"] == "1s"


def test_a_full_disk_lets_no_file_grow(tmp_path):
    script = 'read word; echo "$word" > file; read word; echo "$word" >> file'
    argv = ["env", "-C", tmp_path, "--ignore-signal=XFSZ", "sh", "-c", script]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as shell:
        shell.stdin.write("before\n")
        shell.stdin.flush()
        wait_until(lambda: (tmp_path / "file").exists() and (tmp_path / "file").read_text(), 30, "there is room")
        full_disk(shell.pid)
        _, said = shell.communicate("after\n", timeout=30)

    assert (tmp_path / "file").read_text() == "before\n"
    assert (shell.returncode, "error" in said) == (1, True)


def test_a_way_that_ends_closes_all_that_goes_by_it():
    port = free_port()
    with socket.create_server((HOST, 0)) as target, contextlib.ExitStack() as clients:
        with Way(port, target.getsockname()[1]):
            ours = [clients.enter_context(socket.create_connection((HOST, port), timeout=30)) for _ in range(20)]
            for each in ours:
                each.sendall(b"x")
            there = clients.enter_context(target.accept()[0])
            assert there.recv(1) == b"x"

        for each in ours:
            with contextlib.suppress(ConnectionResetError):
                assert each.recv(1) == b""
