"""deploy/kubernetes: valid in each field, and its parts fit together. No cluster runs here."""

import json
import re
import subprocess

import environment
import kubernetes_validate
import pytest
import yaml
from cluster import FOLDER, ROOT, of_kind, pods, render

# Kinds of others' operators: the package that has them, and the type.
OPERATED = {
    "ScaledObject": ("@kubernetes-models/keda/keda.sh/v1alpha1", "IScaledObject"),
    "ServiceMonitor": (
        "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1", "IServiceMonitor",
    ),
    "PrometheusRule": (
        "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1", "IPrometheusRule",
    ),
}
KUBERNETES = "1.32"


@pytest.fixture(scope="module")
def resources():
    return render()


def type_errors(resources, folder):
    """TypeScript's complaints about these objects: a field that the type lacks is an error, too."""
    lines = []
    for n, resource in enumerate(resources):
        package, kind = OPERATED[resource["kind"]]
        lines.append(f'import type {{ {kind} as Kind{n} }} from "{package}";')
        lines.append(f"export const resource{n}: Kind{n} = {json.dumps(resource)};")
    modules = environment.prepare_node() / "node_modules"
    folder.joinpath("node_modules").symlink_to(modules)
    folder.joinpath("resources.ts").write_text("\n".join(lines))
    argv = ["node", modules / "typescript/bin/tsc", "--noEmit", "--strict", "--skipLibCheck"]
    argv += ["--module", "nodenext", "--moduleResolution", "nodenext", "resources.ts"]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=300).stdout


def test_every_resource_has_only_fields_that_kubernetes_knows(resources):
    for resource in resources:
        if resource["kind"] not in OPERATED:
            kubernetes_validate.validate(resource, KUBERNETES, strict=True)


def test_every_operators_resource_has_only_fields_it_knows(resources, tmp_path):
    assert type_errors(of_kind(resources, *OPERATED), tmp_path) == ""


def test_a_field_that_no_operator_knows_is_noticed(resources, tmp_path):
    wrong = json.loads(json.dumps(of_kind(resources, "ScaledObject")[0]))
    wrong["spec"]["minReplicas"] = 2

    assert "minReplicas" in type_errors([wrong], tmp_path)


def test_a_word_that_kustomize_does_not_know_is_an_error(tmp_path):
    (tmp_path / "kustomization.yaml").write_text("resources: []\nreplica: []\n")

    with pytest.raises(AssertionError, match="replica"):
        render(tmp_path)


@pytest.mark.parametrize("part", ["base", "monitoring", "autoscaling"])
def test_each_part_can_be_applied_by_itself(part):
    kinds = {resource["kind"] for resource in render(FOLDER / part)}

    assert kinds & {"Deployment", "PrometheusRule", "ScaledObject"}


def test_pods_are_bounded_and_may_write_nothing(resources):
    for name, template in pods(resources).items():
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["automountServiceAccountToken"] is False, name
        # Else Kubernetes sets SEGUE_GATEWAY_PORT, which no program knows as a setting.
        assert pod["enableServiceLinks"] is False, name
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert set(container["resources"]["limits"]) == {"cpu", "memory"}, name


def test_probes_and_services_name_ports_that_are_there(resources):
    for deployment in of_kind(resources, "Deployment"):
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        ports = {port["name"] for port in container["ports"]}
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert container[probe]["httpGet"]["port"] in ports
        for service in of_kind(resources, "Service"):
            labels = deployment["spec"]["template"]["metadata"]["labels"]
            if service["spec"]["selector"].items() <= labels.items():
                assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


def test_selectors_select_something(resources):
    labels = [template["metadata"]["labels"] for template in pods(resources).values()]
    selectors = [
        resource["spec"]["podSelector"]["matchLabels"]
        for resource in of_kind(resources, "NetworkPolicy")
    ]
    selectors += [
        resource["spec"]["selector"]["matchLabels"]
        for resource in of_kind(resources, "PodDisruptionBudget", "Deployment")
    ]

    for selector in selectors:
        assert [found for found in labels if selector.items() <= found.items()], selector


def test_scaling_is_by_a_metric_that_workers_have(resources):
    deployments = {resource["metadata"]["name"] for resource in of_kind(resources, "Deployment")}
    metrics = (ROOT / "deploy/watch/README.md").read_text()
    partitions = dict(
        re.findall(r'^\[topics\."([\w.-]+)"\]\npartitions = (\d+)', topics_file(), re.M)
    )
    for scaled in of_kind(resources, "ScaledObject"):
        assert scaled["spec"]["scaleTargetRef"]["name"] in deployments
        (trigger,) = scaled["spec"]["triggers"]
        metric, topic = re.search(r'(\w+)\{topic="([^"]+)"\}', trigger["metadata"]["query"]).groups()
        assert metric == "segue_worker_lag_seconds" and f"| `{metric}` |" in metrics
        assert scaled["spec"]["maxReplicaCount"] == int(partitions[topic])


def topics_file():
    return (ROOT / "deploy/topics.toml").read_text()


def test_settings_are_taken_by_the_programs(resources, installed):
    (settings,) = of_kind(resources, "ConfigMap")
    for name, template in pods(resources).items():
        (container,) = template["spec"]["containers"]
        # Files of keys are not there, so their variables are only named.
        given = {entry["name"].removesuffix("_FILE") for entry in container.get("env", [])}
        program, *words = container["command"]
        environ = settings["data"] | {key: "" for key in given}
        ran = subprocess.run(
            [installed / "bin" / program, *words, "--print-config"],
            env=environ, capture_output=True, text=True, timeout=60,
        )
        assert ran.returncode == 0, (name, ran.stderr)


def test_images_have_the_version_of_the_project(resources):
    version = re.search(r"project\(segue VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
    images = {c["image"] for pod in pods(resources).values() for c in pod["spec"]["containers"]}

    assert images == {f"segue:{version}"}


def test_rules_are_those_that_prometheus_reads_elsewhere():
    argv = ["/usr/bin/python3", FOLDER / "rules.py", "--print"]
    made = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout

    assert (FOLDER / "monitoring/rules.yaml").read_text() == made
