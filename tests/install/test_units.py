"""The systemd units: what systemd says of them, and that programs report that they are ready."""

import re
import socket
import subprocess

from servers import HOST, Process, free_port

# "OK" in systemd's words ends at 4.9; ours need no capability, no device and no file system.
EXPOSURE_MAX = 1.5


def units(installed, suffix):
    found = sorted((installed / "lib/systemd/system").glob(f"segue*{suffix}"))
    assert found
    return found


def analyze(*words):
    argv = ["systemd-analyze", *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120)


def test_systemd_finds_nothing_wrong_with_the_units(installed):
    said = analyze("verify", "--man=no", *units(installed, ".service"), *units(installed, ".target"))

    assert (said.returncode, said.stdout + said.stderr) == (0, "")


def test_units_expose_little(installed):
    for unit in units(installed, ".service"):
        said = analyze("security", "--offline=true", "--threshold=100", unit)
        score = re.search(r"Overall exposure level for \S+: ([\d.]+)", said.stdout)
        assert score and float(score[1]) <= EXPOSURE_MAX, said.stdout


def test_each_service_has_its_own_port_and_program(installed):
    services = [unit for unit in units(installed, ".service") if "init" not in unit.name]
    texts = [unit.read_text() for unit in services]
    ports = {re.search(r"SEGUE_METRICS_LISTEN=127\.0\.0\.1:(\d+)", text)[1] for text in texts}

    assert len(ports) == len(services) >= 3
    for unit, text in zip(services, texts):
        assert f"ExecStart={installed}/bin/{unit.stem}\n" in text


def test_settings_of_the_environment_files_are_known(installed):
    for path in sorted((installed / "etc/segue").glob("*.env")):
        names = re.findall(r"^#?(SEGUE_\w+)=", path.read_text(), re.M)
        assert names
        settings = (name.removesuffix("_FILE") for name in names)
        for name in settings:
            said = run_with(installed, {name: "not a value of it"})
            assert "no setting" not in said and "nknown" not in said, said


def run_with(installed, variables):
    program = installed / "bin/segue-gateway"
    ran = subprocess.run(
        [program, "--print-config"], env=variables, capture_output=True, text=True, timeout=30
    )
    return ran.stderr


def test_what_somebody_set_outlives_an_installation(binaries, installed):
    settings = installed / "etc/segue/segue.env"
    before = settings.read_text()
    settings.write_text("SEGUE_KAFKA_BROKERS=kafka.example:9092\n")

    argv = ["cmake", "--install", binaries.parent, "--prefix", installed]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)

    assert settings.read_text() == "SEGUE_KAFKA_BROKERS=kafka.example:9092\n"
    settings.write_text(before)


def test_a_service_says_when_it_is_ready(installed, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(120)
        closed_port = f"{HOST}:{free_port()}"
        argv = [installed / "bin/segue-trainer", "--kafka.brokers", closed_port, "--redis.address", closed_port]
        env = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with Process("segue-trainer", argv, tmp_path, env=env):
            assert systemd.recv(100) == b"READY=1"


def test_wrong_settings_are_never_ready(installed, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        env = {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        ended = subprocess.run(
            [installed / "bin/segue-trainer", "--metrics.listen", "nowhere"],
            env=env, capture_output=True, text=True, timeout=60,
        )
        systemd.setblocking(False)
        said = systemd.recv(100) if readable(systemd) else b""

    assert (ended.returncode, said) == (2, b"")
    assert "metrics.listen" in ended.stderr


def readable(connection):
    try:
        return bool(connection.recv(100, socket.MSG_PEEK))
    except BlockingIOError:
        return False
