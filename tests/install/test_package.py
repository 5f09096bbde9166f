"""The Debian package: what lintian says, and its life from installation to purge."""

import re
import subprocess
import urllib.request

import pytest
from servers import HOST, MemoryBroker, Process, free_port, wait_until
from throwaway import ThrowAwayRoot

NEXT_VERSION = "0.1.0+next"
# Where dpkg and adduser keep books.
BOOKS = re.compile(
    r"^/(var/(lib/(dpkg|systemd)|log|cache)|run/adduser|etc/(passwd|group|g?shadow|sub[ug]id|\.pwd))\b"
)


@pytest.fixture(scope="module")
def package(binaries, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    ran = subprocess.run(
        ["cpack", "-G", "DEB", "-B", folder],
        cwd=binaries.parent, capture_output=True, text=True, timeout=600,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (made,) = folder.glob("*.deb")
    return made


@pytest.fixture(scope="module")
def next_package(package, tmp_path_factory):
    """The same with a higher version."""
    folder = tmp_path_factory.mktemp("next")
    subprocess.run(["dpkg-deb", "--raw-extract", package, folder / "tree"], check=True, timeout=120)
    control = folder / "tree/DEBIAN/control"
    text = re.sub(r"^Version: .*", f"Version: {NEXT_VERSION}", control.read_text(), flags=re.M)
    control.write_text(text)
    made = folder / "next.deb"
    argv = ["dpkg-deb", "--build", "-Zgzip", "-z1", folder / "tree", made]
    subprocess.run(argv, check=True, capture_output=True, timeout=120)
    return made


@pytest.fixture
def root(tmp_path):
    with ThrowAwayRoot(tmp_path / "root") as made:
        yield made


def ok(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def dpkg(root, *words):
    return ok(root.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", *words))


def state(root):
    return root.run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "segue").stdout


def environment(root, unit):
    """The environment systemd would give the service: the unit's lines, then its files, the later ones winning."""
    found = [line.replace("%H", "a-host") for line in re.findall(r"^Environment=(\S+)", unit, re.M)]
    for path in re.findall(r"^EnvironmentFile=-(\S+)", unit, re.M):
        if root.run("test", "-e", path).returncode == 0:
            found += [line for line in root.read(path).splitlines() if line.startswith("SEGUE_")]
    return list(dict(pair.split("=", 1) for pair in found).items())


def service(root, name, folder):
    """A process as the unit describes it; there is no systemd to start it."""
    unit = root.read(f"/usr/lib/systemd/system/{name}.service")
    user = re.search(r"^User=(\S+)", unit, re.M)[1]
    program = re.search(r"^ExecStart=(.+)", unit, re.M)[1].split()
    settings = [f"{key}={value}" for key, value in environment(root, unit)]
    argv = root.command("env", "-i", *settings, *program, user=f"{user}:{user}")
    return Process(name, argv, folder)


def answers(port):
    def ready():
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5) as reply:
                return reply.status == 200
        except OSError:
            return False

    return ready


def test_lintian_has_nothing_to_say(package):
    said = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", package],
        capture_output=True, text=True, timeout=300,
    )

    assert (said.returncode, said.stdout) == (0, ""), said.stdout + said.stderr


def test_configuration_files_are_marked_as_such(package):
    argv = ["dpkg-deb", "--info", package, "conffiles"]
    marked = ok(subprocess.run(argv, capture_output=True, text=True, timeout=60)).split()
    listed = ok(subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, timeout=60))

    assert marked == sorted(re.findall(r" \.(/etc/\S+[^/\s])$", listed, re.M))


def test_installed_services_run_as_their_units_say(root, package, binaries, redis_server, tmp_path):
    root.bring(package, "/segue.deb")
    dpkg(root, "-i", "/segue.deb")
    with MemoryBroker(binaries, tmp_path) as broker:
        port = free_port()
        settings = {
            "SEGUE_KAFKA_BROKERS": broker.address,
            "SEGUE_KAFKA_FETCH_WAIT_MS": "2",
            "SEGUE_KAFKA_SESSION_TIMEOUT_MS": "3000",
            "SEGUE_REDIS_ADDRESS": redis_server.address,
            "SEGUE_METRICS_LISTEN": f"{HOST}:{port}",
        }
        root.write("/etc/segue/segue.env", "".join(f"{k}={v}\n" for k, v in settings.items()))
        prepared = service(root, "segue-init", tmp_path).start()
        assert prepared.wait(120) == 0, prepared.log.read_text()
        with service(root, "segue-recommender", tmp_path) as running:
            wait_until(lambda: running.check() or answers(port)(), 120, "the recommender is ready")


def test_an_upgrade_keeps_what_an_operator_set(root, package, next_package):
    root.bring(package, "/segue.deb")
    root.bring(next_package, "/next.deb")
    dpkg(root, "-i", "/segue.deb")
    root.write("/etc/segue/segue.env", "SEGUE_KAFKA_BROKERS=kafka.example:9092\n")

    dpkg(root, "-i", "/next.deb")

    assert state(root) == f"installed {NEXT_VERSION}"
    assert root.read("/etc/segue/segue.env") == "SEGUE_KAFKA_BROKERS=kafka.example:9092\n"
    ok(root.run("segue-admin", "--version"))


def test_a_removal_keeps_settings_and_a_purge_leaves_nothing(root, package):
    root.bring(package, "/segue.deb")
    dpkg(root, "-i", "/segue.deb")
    ok(root.run("getent", "passwd", "segue"))
    root.write("/etc/segue/pseudonyms.key", "a key of the operator\n")

    dpkg(root, "-r", "segue")
    assert state(root).startswith("config-files")
    assert root.run("test", "-e", "/usr/bin/segue-gateway").returncode != 0
    ok(root.run("test", "-e", "/etc/segue/pseudonyms.key"))

    dpkg(root, "-P", "segue")
    assert root.run("getent", "passwd", "segue").returncode != 0
    changed = [path for path in root.changed() if path != "/segue.deb" and not BOOKS.search(path)]
    # A removed path is listed as changed, too.
    assert [path for path in changed if root.run("test", "-e", path).returncode == 0] == []


def test_the_machine_itself_is_not_changed(root, package):
    root.bring(package, "/segue.deb")
    before = subprocess.run(["getent", "passwd"], capture_output=True, timeout=60).stdout

    dpkg(root, "-i", "/segue.deb")

    assert subprocess.run(["getent", "passwd"], capture_output=True, timeout=60).stdout == before
    assert subprocess.run(["dpkg-query", "-W", "segue"], capture_output=True).returncode != 0
