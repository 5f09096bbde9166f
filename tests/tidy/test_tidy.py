"""Rules that no compiler checks: rooms, sizes, and tables that must not rot."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("SEGUE_BIN", ROOT / "build/release/bin"))

TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
    "consumers", "core", "deploy", "loadtest", "producers", "schemas", "tests",
}
CODE = {".cc", ".h"}
SCRIPTS = {".css", ".html", ".js", ".lua", ".mjs", ".ts"}
LINES_MAX = 500
TEST_NAME_MAX = 60

# Headers of what only core/io may talk to.
ONLY_IO = re.compile(
    r"librdkafka/|hiredis|prometheus/|boost/asio|boost/beast|spdlog|toml\+\+|CLI/|core/io/"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def tracked():
    """Files of the project: what git tracks or would track, and still exists."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60,
    ).stdout
    return sorted(p for p in map(pathlib.Path, listed.split("\0")) if (ROOT / p).is_file())


FILES = tracked()


def text(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def includes(path):
    return INCLUDE.findall(text(path))


def code_in(*rooms):
    return [p for p in FILES if p.suffix in CODE and p.parts[0] in rooms]


def is_python(path):
    return path.suffix == ".py" or re.match(r"#!.*\bpython", text(path)) is not None


def is_shell(path):
    return path.suffix == ".sh" or re.match(r"#!.*\b(ba)?sh\b", text(path)) is not None


def test_core_includes_no_broker_no_store_no_socket():
    wrong = [
        f"{path}: {name}"
        for path in code_in("core")
        if path.parts[1] != "io"
        for name in includes(path)
        if ONLY_IO.search(name)
    ]

    assert wrong == []


def test_faiss_lives_behind_one_header():
    where = [p for p in FILES if p.suffix in CODE and any("faiss/" in i for i in includes(p))]

    assert [str(p) for p in where] == ["core/models/track_snapshot.cc"]


# Rooms of core that a room may include besides itself and what stands in core/ but step and effects.
# Lines run downwards, but for three that stand here with why.
MAY_INCLUDE = {
    "wire": set(),
    "math": {"wire"},
    "words": set(),
    "event": {"generation", "words", "wire"},
    "generation": {"math", "words", "wire"},
    "music": {"generation", "math", "wire"},
    # A signal holds as many items as a listener; a catalogue entry has a track's AI label.
    "item": {"math", "words", "wire", "listener", "generation"},
    # A blob has columns' weights.
    "listener": {"event", "generation", "item", "math", "words", "wire", "ranking"},
    "models": {"generation", "item", "math", "words", "wire"},
    # A stored list names sources by number.
    "list": {"event", "generation", "words", "wire", "ranking"},
    "ranking": {"event", "generation", "listener", "item", "models", "list", "math", "words", "wire"},
    "composing": {"event", "generation", "listener", "models", "list", "ranking", "words"},
}


def test_rooms_of_core_include_only_what_they_may():
    wrong = []
    for path in code_in("core"):
        room = path.parts[1]
        if len(path.parts) == 2 or room == "io":
            continue
        for name in includes(path):
            target = re.match(r"core/(\w+)/", name)
            if target and target[1] not in MAY_INCLUDE[room] | {room}:
                wrong.append(f"{path}: {name}")
            if name in ("core/step.h", "core/effects.h"):
                wrong.append(f"{path}: {name}")

    assert wrong == []


def test_wishes_and_labels_include_no_decision_and_no_job():
    wrong = [
        f"{path}: {name}"
        for path in code_in("core")
        if str(path.parent) in ("core/generation/wish", "core/generation/label")
        for name in includes(path)
        if name.startswith("core/generation/") and pathlib.PurePath(name).parent != path.parent
    ]

    assert wrong == []


def test_io_includes_no_program():
    wrong = [
        f"{path}: {name}"
        for path in code_in("core")
        for name in includes(path)
        if re.match(r"(consumers|producers|deploy|loadtest|tests)/", name)
    ]

    assert wrong == []


def test_programs_include_no_library_of_io():
    """Kafka, Redis and metrics libraries are wrapped once; programs use the wrapping. segue-admin,
    which makes topics and the in-memory broker, is the exception."""
    behind_io = re.compile(r"librdkafka/|hiredis|prometheus/|spdlog|toml\+\+|CLI/")
    wrong = [
        f"{path}: {name}"
        for path in code_in("consumers", "producers", "loadtest")
        for name in includes(path)
        if behind_io.search(name)
    ]

    assert wrong == []


def test_unit_tests_of_the_core_link_no_broker():
    targets = text("tests/unit/CMakeLists.txt") + text("tests/scenarios/CMakeLists.txt")
    links = re.findall(r"target_link_libraries\(([\w-]+)([^)]*)\)", targets)
    broker = re.compile(r"segue_io|RDKAFKA|HIREDIS|segue_worker")

    assert "segue-unit" in dict(links)
    assert [n for n, what in links if broker.search(what) and not n.endswith("-io")] == []


def test_headers_are_guarded():
    assert [p for p in FILES if p.suffix == ".h" and not text(p).startswith("#pragma once\n")] == []


def test_files_are_short():
    def counts(path):
        return path.suffix in CODE | SCRIPTS or is_python(path) or is_shell(path)

    long = {str(p): n for p in FILES if counts(p) and (n := text(p).count("\n")) >= LINES_MAX}

    assert long == {}


def test_names_of_tests_are_short():
    """The name after `test_` in Python, the second one of TEST in C++; Node's are sentences."""
    python = re.compile(r"^\s*(?:async )?def test_(\w+)", re.M)
    cplusplus = re.compile(r"\bTEST(?:_F|_P)?\(\s*\w+,\s*(\w+)\s*\)")
    found = [
        (str(path), name)
        for path in FILES
        if path.parts[0] == "tests"
        for name in (cplusplus if path.suffix in CODE else python).findall(text(path))
    ]

    assert len(found) > 500
    assert [(path, name) for path, name in found if len(name) > TEST_NAME_MAX] == []


def test_no_file_is_empty():
    assert [str(p) for p in FILES if (ROOT / p).stat().st_size == 0] == []


def test_top_level_is_what_was_agreed():
    top = {path.parts[0] for path in FILES if not path.parts[0].startswith(".")}

    assert top == TOP_LEVEL


def test_nothing_is_left_to_do():
    left = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")

    assert [str(p) for p in FILES if p.suffix != ".png" and left.search(text(p))] == []


def test_no_path_of_a_developer_machine():
    path = re.compile(r"(?<![\w.])/(work|home|root|Users)/\w")

    assert [str(p) for p in FILES if path.search(text(p))] == []


def test_names_say_what_a_thing_is():
    vague = re.compile(r"(^|_)(utils?|common|misc|helpers?|managers?)(_|\.|$)", re.IGNORECASE)
    names = {str(p) for p in FILES for part in p.parts if vague.search(part)}
    classes = re.compile(r"\b(?:class|struct) \w*(?:Manager|Helper|Util)s?\b")

    assert names == set()
    assert [str(p) for p in FILES if p.suffix in CODE and classes.search(text(p))] == []


# Modules that a Debian package of deploy/packages.txt brings.
PACKAGE_OF = {
    "confluent_kafka": "python3-confluent-kafka",
    "cryptography": "python3-cryptography",
    "jsonschema": "python3-jsonschema",
    "jwt": "python3-jwt",
    "pytest": "python3-pytest",
    "redis": "python3-redis",
    "hiredis": "python3-hiredis",
    "websocket": "python3-websocket",
    "yaml": "python3-yaml",
}


# And those that tests/browser/requirements.txt does.
REQUIREMENT_OF = {
    "axe_playwright_python": "axe-playwright-python",
    "c2pa": "c2pa-python",
    "cloudevents": "cloudevents",
    "grafana_foundation_sdk": "grafana-foundation-sdk",
    "google": "protobuf",
    "httpx": "httpx",
    "httpx_sse": "httpx-sse",
    "kubernetes_validate": "kubernetes-validate",
    "liblistenbrainz": "liblistenbrainz",
    "opentelemetry": "opentelemetry-proto",
    "requests": "requests",
    "sseclient": "sseclient-py",
    "urllib3": "urllib3",
    "playwright": "playwright",
    "schemathesis": "schemathesis",
}


def test_python_imports_what_debian_or_the_requirements_bring():
    packages = text("deploy/packages.txt")
    requirements = text("tests/browser/requirements.txt")
    python = [p for p in FILES if is_python(p)]
    own = {p.stem for p in python} | {p.parent.name for p in python}
    wrong = []
    for path in python:
        for name in re.findall(r"^\s*(?:import|from) (\w+)", text(path), re.MULTILINE):
            brought = name in PACKAGE_OF and re.search(rf"^{PACKAGE_OF[name]}\b", packages, re.M)
            brought = brought or f"{REQUIREMENT_OF.get(name)}==" in requirements
            if name not in sys.stdlib_module_names and name not in own and not brought:
                wrong.append(f"{path}: {name}")

    assert len(python) > 2
    assert wrong == []


def table(name):
    """Rows of the one table of this name in a page of the project, without heading and rule."""
    marked = re.compile(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", re.DOTALL)
    found = [rows for p in FILES if p.suffix == ".md" for rows in marked.findall(text(p))]
    assert len(found) == 1, f"{len(found)} pages have '<!-- table: {name} -->' up to '<!-- end -->'"
    return rows_of(found[0])


def rows_of(markdown):
    rows = [
        tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1]))
        for line in markdown.splitlines()
        if line.strip().startswith("|")
    ]
    assert len(rows) > 2, "a table has a heading, a rule and rows"
    return rows[2:]


def printed(flag):
    program = BIN / "segue-recommender"
    assert program.is_file(), f"{program} is not built (SEGUE_BIN names the folder of the programs)"
    ran = subprocess.run([program, flag], capture_output=True, text=True, timeout=30)
    assert ran.returncode == 0, ran.stderr
    return rows_of(ran.stdout)


def named_in(rows):
    """The names in the first column: text between backquotes, which may be a link's."""
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row[0])]


def test_folders_are_the_folders():
    named = named_in(table("folders"))

    assert {name for name in TOP_LEVEL if (ROOT / name).is_dir()} <= set(named)
    assert [name for name in named if not (ROOT / name).is_dir()] == []


def test_programs_are_built_and_all_are_named():
    made = {
        name: path.parts[0]
        for path in FILES
        if path.name == "CMakeLists.txt"
        for name in re.findall(r"^add_executable\((segue-[\w-]+)", text(path), re.M)
    }
    named = set(named_in([row[:1] for row in table("programs")]))
    ship = {name for name, room in made.items() if room in ("consumers", "producers", "deploy")}

    assert ship <= named <= set(made)


@pytest.mark.parametrize("name, folder", [("rooms", "core"), ("gateway rooms", "producers/gateway")])
def test_rooms_are_the_folders(name, folder):
    """A room is the folder itself or one below it, however deep, that holds files."""
    held = {p.parent for p in FILES if p.is_relative_to(folder)}

    assert sorted(named_in(table(name))) == sorted(str(room) for room in held)


def test_stages_are_those_of_tests_run():
    stages = re.search(r"^STAGES.*?= \{(.*?)^\}", text("tests/stages.py"), re.M | re.S)[1]

    assert set(named_in(table("stages"))) == set(re.findall(r'^    "(\w+)":', stages, re.M))


@pytest.mark.parametrize("what", ["settings", "metrics"])
def test_table_is_the_code(what):
    assert table(what) == printed(f"--{what}-table")


def test_guards_are_the_guards():
    """Each guard that segue-simulation can switch off, in its order, noticed at least once."""
    spec = r'GuardSpec\{Guard::\w+, "([a-z-]+)",\s*"([^"]*)"\}'
    guards = re.findall(spec, text("tests/simulation/faults/guards.cc"))
    rows = [row for row in table("guards") if row[0].startswith("`")]

    assert len(guards) > 10
    assert [(row[0].strip("`"), row[1]) for row in rows] == guards
    assert [row for row in rows if int(row[3].replace(",", "")) == 0] == []


def names_of_tests(*patterns):
    """Names of the tests in these files below tests/."""
    return {
        name
        for pattern in patterns
        for path in (ROOT / "tests").glob(pattern)
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)
    }


def test_security_rows_are_tests():
    rows = [re.findall(r"`(test_\w+)`", row[2]) for row in table("security")]

    assert all(rows), "each row names a test"
    tests = names_of_tests("integration/gateway/test_*.py", "hostile/test_*.py")
    assert {name for row in rows for name in row} - tests == set()


def test_clients_are_named_with_what_tests_them():
    requirements = dict(re.findall(r"^([\w-]+)==(\S+)", text("tests/browser/requirements.txt"), re.M))
    requirements |= json.loads(text("tests/clients/package.json"))["dependencies"]
    tests = names_of_tests("clients/test_*.py", "browser/test_*.py")
    rows = table("clients")
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row[3])}

    assert all("`test_" in row[3] for row in rows), "each row names a test"
    assert named - tests == set()
    assert names_of_tests("clients/test_*.py") - named == set()
    versions = {row[0].strip("`"): row[1] for row in rows}
    pinned = {name: version for name, version in requirements.items() if name in versions}
    assert {name: versions[name] for name in pinned} == pinned and len(pinned) > 5


def test_rates_and_deadlines_follow_a_steady_clock():
    """A clock that somebody sets gives no events and ends no wait."""
    limits = re.compile(r"\b(of_listeners|of_addresses|lists_made)\s*\.\w+\([^;]*;", re.S)
    calls = [
        call[0] for path in code_in("producers") for call in limits.finditer(text(path)) if "gateway" in str(path)
    ]

    assert len(calls) > 5
    assert [call for call in calls if "wall_clock" in call or "system_clock" in call] == []
    timeless = ("steady_clock()", ".give_back(", ".forget(")
    assert [call for call in calls if any(each in call for each in timeless)] == calls


def test_no_source_knows_its_place_by_number():
    """A source that is moved reads its own column all the same."""
    numbered = re.compile(r"\b(?:raw|from|source_credit)\[\d")
    wrong = [
        f"{path}: {found[0]}"
        for path in code_in("core")
        if path.is_relative_to("core/ranking/sources")
        for found in numbered.finditer(text(path))
    ]

    assert wrong == []


def test_what_parties_may_do_is_shown_by_tests():
    rows = [re.findall(r"`(test_\w+)`", row[3]) for row in table("parties")]
    tests = names_of_tests("hostile/test_*.py", "integration/*/test_*.py", "browser/test_*.py")

    assert all(rows), "each row names a test"
    assert {name for row in rows for name in row} - tests == set()


def test_topics_are_the_topics():
    """The first column names the topic; another one is its number of partitions."""
    topics = tomllib.loads(text("deploy/topics.toml"))
    wanted = {}

    def collect(node, name=""):
        if isinstance(node, dict):
            if "partitions" in node:
                wanted[node.get("name", name)] = str(node["partitions"])
            for key, child in node.items():
                collect(child, key)
        if isinstance(node, list):
            for child in node:
                collect(child)

    collect(topics)
    rows = {row[0].strip("`"): row[1:] for row in table("topics")}

    assert len(wanted) > 3
    assert set(rows) == set(wanted)
    assert [name for name, cells in rows.items() if wanted[name] not in cells] == []
