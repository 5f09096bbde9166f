"""`segue-admin generate`, as installed: what it writes for settings is read by those whom it is for; wrong settings write nothing."""

import json
import os
import subprocess
import urllib.request

import kubernetes_validate
import pytest
import yaml
from cluster import ROOT, of_kind, pods, render
from servers import HOST, Process, free_port, wait_until

KUBERNETES = "1.32"
THERE = ["--kafka.brokers", "kafka.streams.svc:9093", "--redis.address", "redis.state.svc.cluster.local:6380"]


def generate(installed, *words, env=None):
    argv = [installed / "bin/segue-admin", "generate", *map(str, words)]
    given = {"PATH": os.environ["PATH"]} | (env or {})
    return subprocess.run(argv, cwd="/", capture_output=True, text=True, timeout=60, env=given)


def written(ran, folder):
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def topics(tmp_path):
    """Topics with more partitions than usual."""
    text = (ROOT / "deploy/topics.toml").read_text()
    made = tmp_path / "topics.toml"
    made.write_text(text.replace("partitions = 16", "partitions = 48").replace("partitions = 8", "partitions = 24"))
    return made


def expected_partitions(rules):
    text = json.dumps(yaml.safe_load(rules.read_text()))
    return {count for count in (8, 16, 24, 48) if f'\\"}} < {count}' in text}


def test_prometheus_starts_with_what_is_written(installed, out):
    """Scrapes the targets that were named, shows the pages, and finds no rule that fails."""
    targets = ["segue-recommender=10.0.0.1:9471", "segue-recommender=10.0.0.2:9471",
               "segue-trainer=10.0.0.1:9472", "segue-gateway=[::1]:9470", "kafka=10.0.0.9:7071"]
    written(generate(installed, "watch", "--out", out, "--targets", ", ".join(targets)), out)
    port = free_port()
    argv = ["prometheus", "--config.file=prometheus.yml", f"--web.listen-address={HOST}:{port}",
            "--web.console.templates=consoles", "--web.console.libraries=consoles", "--web.user-assets=assets",
            f"--storage.tsdb.path={out}/data"]

    def get(path):
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def known():
        prometheus.check()
        try:
            active = json.loads(get("/api/v1/targets"))["data"]["activeTargets"]
        except OSError:
            return set()
        return {f'{one["labels"]["job"]}={one["discoveredLabels"]["__address__"]}' for one in active}

    with Process("prometheus", ["env", "-C", out, *argv], out.parent) as prometheus:
        wait_until(lambda: known() == set(targets), 60, "Prometheus knows the targets")
        for board in ("overview", "pipeline", "quality", "gateway", "generator", "servers"):
            assert "<section" in get(f"/consoles/{board}.html")
            assert json.loads((out / f"grafana/segue-{board}.json").read_text())["uid"] == f"segue-{board}"
        groups = json.loads(get("/api/v1/rules"))["data"]["groups"]
        assert len(groups) > 5
        assert "Draws a board" in get("/user/segue.js")


def test_without_targets_the_installed_services_are_scraped(installed, out):
    written(generate(installed, "watch", "--out", out), out)

    targets = json.loads((out / "targets.json").read_text())
    assert {one["labels"]["job"]: one["targets"] for one in targets} == {
        "segue-gateway": ["127.0.0.1:9470"], "segue-recommender": ["127.0.0.1:9471"],
        "segue-trainer": ["127.0.0.1:9472"], "segue-generator": ["127.0.0.1:9473"],
    }


def test_rules_expect_the_partitions_that_there_are(installed, out, topics):
    written(generate(installed, "watch", "--out", out, "--topics", topics), out)

    assert expected_partitions(out / "rules/causes.yml") == {24, 48}
    ran = subprocess.run(["promtool", "check", "rules", *(out / "rules").glob("*.yml")], capture_output=True, timeout=60)
    assert ran.returncode == 0


def test_manifests_are_valid_and_have_the_settings(installed, out, topics, tmp_path):
    settings = tmp_path / "segue.toml"
    settings.write_text("[model]\nk = 30\n[gateway]\norigins = \"https://player.example\"\n")
    ran = generate(installed, "kubernetes", "--out", out, "--config", settings, "--topics", topics,
                   "--replication", "3", *THERE)
    resources = render(written(ran, out))

    for resource in resources:
        if resource["kind"] not in ("ScaledObject", "ServiceMonitor", "PrometheusRule"):
            kubernetes_validate.validate(resource, KUBERNETES, strict=True)
    (config,) = of_kind(resources, "ConfigMap")
    assert config["data"] == {
        "SEGUE_KAFKA_BROKERS": "kafka.streams.svc:9093", "SEGUE_REDIS_ADDRESS": "redis.state.svc.cluster.local:6380",
        "SEGUE_MODEL_K": "30", "SEGUE_GATEWAY_ORIGINS": "https://player.example", "SEGUE_ADMIN_REPLICATION": "3",
        "SEGUE_GATEWAY_LISTEN": "0.0.0.0:8080", "SEGUE_METRICS_LISTEN": "0.0.0.0:9470",
    }
    assert [each["spec"]["maxReplicaCount"] for each in of_kind(resources, "ScaledObject")] == [48, 24]
    assert expected_partitions(out / "monitoring/rules.yaml") == {24, 48}
    assert reached(resources) >= {("streams", 9093), ("state", 6380)}
    assert "kafka" not in {space for space, _ in reached(resources)}


def reached(resources):
    """Namespaces, or None for anywhere, and ports that all pods may speak to."""
    (policy,) = (one for one in of_kind(resources, "NetworkPolicy") if one["metadata"]["name"] == "segue")
    found = set()
    for rule in policy["spec"]["egress"]:
        spaces = [peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for peer in rule.get("to", [])]
        found |= {(space, port["port"]) for space in spaces or [None] for port in rule["ports"]}
    return found


def test_the_programs_take_what_the_manifests_say(installed, out):
    (settings,) = of_kind(render(written(generate(installed, "kubernetes", "--out", out, *THERE), out)), "ConfigMap")

    for program in ("segue-recommender", "segue-trainer", "segue-generator", "segue-gateway"):
        ran = subprocess.run([installed / "bin" / program, "--print-config"], env=settings["data"],
                             capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stderr
        assert "kafka.streams.svc:9093" in ran.stdout


def test_files_and_passwords_come_from_a_secret_that_pods_mount(installed, out, tmp_path):
    authority = certificate(tmp_path / "ca.pem")
    password = tmp_path / "password"
    password.write_text("2d6f41c09b7e83a5")
    ran = generate(installed, "kubernetes", "--out", out, "--kafka.brokers", "kafka.example:9092",
                   "--redis.address", "redis.example:6390", "--redis.tls", "--redis.tls-ca", authority,
                   "--redis.user", "segue", env={"SEGUE_REDIS_PASSWORD_FILE": str(password)})
    resources = render(written(ran, out))

    (settings,) = of_kind(resources, "ConfigMap")
    assert settings["data"]["SEGUE_REDIS_TLS_CA"] == "/servers/redis-ca.pem"
    assert settings["data"]["SEGUE_REDIS_PASSWORD_FILE"] == "/servers/redis.password"
    assert f"--from-file=redis-ca.pem={authority}" in ran.stdout and "--from-file=redis.password=" in ran.stdout
    first, apply = ran.stdout.index("create secret generic segue-keys"), ran.stdout.index("kubectl apply")
    assert ran.stdout.index("create namespace") < first < apply
    for name, template in pods(resources).items():
        (container,) = template["spec"]["containers"]
        volumes = {each["name"]: each for each in template["spec"]["volumes"]}
        mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
        assert volumes[mounts["/servers"]]["secret"]["secretName"] == "segue-servers", name
    everything = ran.stdout + "".join(path.read_text() for path in out.rglob("*.yaml"))
    assert password.read_text() not in everything
    assert {(None, 9092), (None, 6390)} <= reached(resources)


BUCKET = """[store]
s3_bucket = "music"
s3_endpoint = "https://s3.storage.svc:9000"
s3_access_key = "AKIAEXAMPLE"
s3_ca = "{ca}"
[traces]
endpoint = "https://collector.traces.svc/v1/traces"
ca = "{ca}"
"""


def with_bucket(installed, out, tmp_path, text=BUCKET):
    authority = certificate(tmp_path / "ca.pem")
    secret = tmp_path / "secret"
    secret.write_text("3f7Zq/Wv9k+ReJ0pXgYb6dMtLhUcNaSoTiCxEwGr")
    settings = tmp_path / "segue.toml"
    settings.write_text(text.format(ca=authority))
    return generate(installed, "kubernetes", "--out", out, "--config", settings, *THERE,
                    env={"SEGUE_STORE_S3_SECRET_KEY_FILE": str(secret)})


def test_tracks_are_kept_in_the_bucket_that_is_named(installed, out, tmp_path):
    ran = with_bucket(installed, out, tmp_path)
    resources = render(written(ran, out))

    for resource in resources:
        if resource["kind"] not in ("ScaledObject", "ServiceMonitor", "PrometheusRule"):
            kubernetes_validate.validate(resource, KUBERNETES, strict=True)
    (settings,) = of_kind(resources, "ConfigMap")
    assert settings["data"]["SEGUE_STORE_S3_SECRET_KEY_FILE"] == "/servers/s3.secret"
    assert settings["data"]["SEGUE_STORE_S3_CA"] == "/servers/s3-ca.pem"
    assert settings["data"]["SEGUE_TRACES_CA"] == "/servers/traces-ca.pem"
    assert settings["data"]["SEGUE_STORE_S3_BUCKET"] == "music" and "SEGUE_STORE_S3_SECRET_KEY" not in settings["data"]
    assert {("storage", 9000), ("traces", 4318)} <= reached(resources)
    for file in ("s3.secret=s3.secret", "s3-ca.pem=", "traces-ca.pem="):
        assert f"--from-file={file}" in ran.stdout
    everything = ran.stdout + "".join(path.read_text() for path in out.rglob("*.yaml"))
    assert (tmp_path / "secret").read_text() not in everything


def test_with_a_bucket_the_volume_is_the_signing_keys_alone(installed, out, tmp_path):
    templates = pods(render(written(with_bucket(installed, out, tmp_path), out)))

    for name in ("segue-generator", "segue-gateway"):
        (container,) = templates[name]["spec"]["containers"]
        assert "SEGUE_STORE_FOLDER" not in {each["name"] for each in container["env"]}
    volumes = {name: {each["name"] for each in template["spec"]["volumes"]} for name, template in templates.items()}
    assert "music" in volumes["segue-generator"] and "music" not in volumes["segue-gateway"]


def test_programs_take_the_bucket_that_the_manifests_say(installed, out, tmp_path):
    (settings,) = of_kind(render(written(with_bucket(installed, out, tmp_path), out)), "ConfigMap")
    files = {"/servers/s3.secret": tmp_path / "secret", "/servers/s3-ca.pem": tmp_path / "ca.pem",
             "/servers/traces-ca.pem": tmp_path / "ca.pem"}  # fmt: skip
    env = {name: str(files.get(value, value)) for name, value in settings["data"].items()}

    for program in ("segue-recommender", "segue-trainer", "segue-generator", "segue-gateway"):
        ran = subprocess.run([installed / "bin" / program, "--print-config"], env=env,
                             capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(("text", "said"), [
    ("[store]\ns3_bucket = \"music\"\n", "store.s3_bucket wants store.s3_access_key"),
    (BUCKET.replace("s3.storage.svc", "localhost"), "store.s3_endpoint: localhost:9000 would be the pod itself"),
    (BUCKET + "[[", "segue.toml"),
    (BUCKET.replace("https://collector", "http://collector"), "traces.ca is given, but traces.endpoint is http://"),
    ("[store]\nfolder = \"/music\"\n", "store.folder goes with no pod"),
])  # fmt: skip
def test_a_bucket_that_fits_no_pod_is_one_line(installed, out, tmp_path, text, said):
    ran = with_bucket(installed, out, tmp_path, text)

    assert ran.returncode == 2 and said in ran.stderr, ran.stderr
    assert ran.stderr.count("\n") == 1 and not out.exists()


def certificate(path):
    key = path.with_suffix(".key")
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", key, "-out", path, "-subj", "/CN=redis.example", "-days", "30"]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    return path


CONTRADICTIONS = {
    "the pod itself": (["kubernetes"], "kafka.brokers: 127.0.0.1:9092 would be the pod itself"),
    "a socket of one machine": (
        ["kubernetes", "--kafka.brokers", "kafka:9092", "--redis.address", "unix:/run/redis"],
        'redis.address: "unix:/run/redis" is no HOST:PORT',
    ),
    "one group for all": (["kubernetes", *THERE, "--kafka.group", "mine"], "kafka.group goes with no pod"),
    "a name that pods lack": (["kubernetes", *THERE, "--kafka.instance", "one"], "kafka.instance goes with no pod"),
    "files of TLS without TLS": (["kubernetes", *THERE, "--redis.tls-ca", "/ca"], "redis.tls is false, but files"),
    "sentinels of a cluster": (
        ["kubernetes", *THERE, "--redis.cluster", "--redis.sentinel-master", "m"],
        "redis.cluster and redis.sentinel_master are both given",
    ),
    "sentinels": (
        ["kubernetes", *THERE, "--redis.sentinel-master", "m"], "redis.sentinel_master goes with no pod"
    ),
    "a job that is not known": (["watch", "--targets", "segue-recomender=a:1"], "the nearest is segue-recommender"),
    "no port": (["watch", "--targets", "segue-trainer=a"], "names no HOST:PORT"),
    "one address twice": (["watch", "--targets", "segue-trainer=a:1,segue-gateway=a:1"], "a:1 stands there twice"),
    "none that the rules expect": (["watch", "--targets", "segue-trainer=a:1"], "no segue-recommender is among them"),
    "topics that are none": (["watch", "--topics", "/nowhere"], "admin.topics"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_a_contradiction_is_one_line_and_writes_nothing(installed, out, case):
    words, said = CONTRADICTIONS[case]
    ran = generate(installed, *words, "--out", out)

    assert ran.returncode in (1, 2) and said in ran.stderr, ran.stderr
    assert ran.stderr.count("\n") == 1 and ran.stdout == ""
    assert list(out.parent.iterdir()) == []


def test_settings_of_a_file_that_fit_no_pod_are_one_line(installed, out, tmp_path):
    settings = tmp_path / "segue.toml"
    for text, said in {
        "[gateway]\ndev = true\n": "gateway.dev goes with no pod",
        '[audio]\nc2pa_signer = "/s"\n': "audio.c2pa_signer goes with no pod",
        "[metrics]\nlisten = \"0.0.0.0:1\"\n": "metrics.listen: probes and services of the manifests want",
    }.items():
        settings.write_text(text)
        ran = generate(installed, "kubernetes", "--config", settings, *THERE, "--out", out)

        assert ran.returncode == 2 and said in ran.stderr
        assert not out.exists()


@pytest.mark.parametrize("given", ["", "full"])
def test_a_folder_is_never_written_over(installed, tmp_path, given):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine").write_text("mine")
    ran = generate(installed, "watch", "--out", tmp_path / given if given else "")

    assert ran.returncode == 2 and "admin.out" in ran.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "mine"]
