"""Messages: schemas, examples, AsyncAPI, topic list and code say the same thing."""

import copy
import json
import pathlib
import re

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "schemas"
EXAMPLES = sorted((SCHEMAS / "examples").glob("*.json"))


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


STORE = {path.name: load(path) for path in sorted(SCHEMAS.glob("*.json"))}
# Example files are named "<message>.<what>.json"; this is the schema of each message's value.
MESSAGES = {name.split(".")[0]: name for name in STORE}


def validator(name, pointer=""):
    resolver = jsonschema.RefResolver("", {}, store=STORE)
    return jsonschema.Draft202012Validator({"$ref": f"{name}#{pointer}"}, resolver=resolver)


def message_of(path):
    return path.name.split(".")[0]


def event_type(headers):
    return re.fullmatch(r"segue\.(.+)\.v1", headers["ce_type"]).group(1)


def validators(message, headers):
    """The validators of a record's headers and those of its value, by its example's name."""
    name = MESSAGES[message]
    of_headers, of_value = [], []
    if message == "dead-letter":
        return [validator(name)], []
    if "headers" in STORE[name]["$defs"]:
        of_headers.append(validator(name, "/$defs/headers"))
    of_value.append(validator(name))
    if message == "event" and event_type(headers) in STORE[name]["$defs"]:
        of_value.append(validator(name, f"/$defs/{event_type(headers)}"))
    return of_headers, of_value


def accepted(checks, instance):
    return all(check.is_valid(instance) for check in checks)


def listed(header, pattern, start, end):
    text = (ROOT / header).read_text(encoding="utf-8")
    return re.findall(pattern, text[text.index(start) : text.index(end)])


def code_event_types():
    names = listed("core/event/names.cc", r'"([a-z_.]+)"', "kEventTypes", "}  // namespace\n")
    assert len(names) > 20
    return names


def code_topics():
    end = "}  // namespace topic"
    return listed("core/event/topics.h", r'k\w+ = "([^"]+)"', "namespace topic", end)


def asyncapi():
    return yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", STORE)
def test_schema_is_valid(name):
    schema = STORE[name]

    jsonschema.Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == name
    assert schema["title"] and schema["description"]


@pytest.mark.parametrize("name", STORE)
def test_schema_stays_open(name):
    """Additive change must not break a reader: no closed objects and no closed lists of words."""

    def walk(node):
        if isinstance(node, dict):
            assert node.get("additionalProperties") is not False
            assert node.get("unevaluatedProperties") is not False
            assert not any(isinstance(word, str) for word in node.get("enum", []))
            node = list(node.values())
        if isinstance(node, list):
            for child in node:
                walk(child)

    walk(STORE[name])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_example_is_valid(path):
    example = load(path)
    of_headers, of_value = validators(message_of(path), example["headers"])

    for check in of_headers:
        check.validate(example["headers"])
    for check in of_value:
        check.validate(example["value"])

    assert set(example) == {"headers", "key", "value"}
    assert all(isinstance(value, str) for value in example["headers"].values())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_example_names_its_message(path):
    example = load(path)
    headers = example["headers"]

    if message_of(path) == "event" and not path.name.startswith("event.other."):
        assert path.name.startswith(f"event.{event_type(headers)}.")
    if message_of(path) == "generation-job":
        assert example["key"] == example["value"]["job_id"]
    elif "user_id" in example["value"]:
        assert example["key"] == example["value"]["user_id"]


def follow(name, ref, store=STORE):
    """The file and the node that a $ref in file `name` points to."""
    file, _, pointer = ref.partition("#")
    name = file or name
    node = store[name]
    for part in filter(None, pointer.split("/")):
        node = node[part]
    return name, node


def constraints(name, schema, instance, path=()):
    """Paths in the instance of required fields ("missing") and of typed ones ("type")."""
    if "$ref" in schema:
        yield from constraints(*follow(name, schema["$ref"]), instance, path)
    if isinstance(instance, dict):
        yield from (("missing", (*path, field)) for field in schema.get("required", []))
        for field, part in schema.get("properties", {}).items():
            if field in instance:
                yield "type", (*path, field)
                yield from constraints(name, part, instance[field], (*path, field))
        if "additionalProperties" in schema:
            yield from (("type", (*path, field)) for field in instance)
    if isinstance(instance, list) and "items" in schema:
        for index, element in enumerate(instance):
            yield "type", (*path, index)
            yield from constraints(name, schema["items"], element, (*path, index))


def broken(instance, what, path):
    """A copy of the instance with that field missing or of another type."""
    variant = copy.deepcopy(instance)
    parent = variant
    for step in path[:-1]:
        parent = parent[step]
    if what == "missing":
        del parent[path[-1]]
    else:
        parent[path[-1]] = 5 if isinstance(parent[path[-1]], str) else "five"
    return variant


def leaves(node, path=()):
    if not isinstance(node, (dict, list)):
        yield path
    if isinstance(node, dict):
        for field, child in node.items():
            yield from leaves(child, (*path, field))
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from leaves(child, (*path, index))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_broken_variants_are_refused(path):
    example = load(path)
    of_headers, of_value = validators(message_of(path), example["headers"])
    refused = 0

    for checks, instance in ((of_headers, example["headers"]), (of_value, example["value"])):
        found = {c for check in checks for c in constraints("", check.schema, instance)}
        for what, where in sorted(found, key=str):
            assert not accepted(checks, broken(instance, what, where)), (what, where)
            refused += 1

    assert refused > 2


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_each_field_of_an_example_is_declared(path):
    example = load(path)
    _, of_value = validators(message_of(path), example["headers"])
    if not of_value or "later_minor_version" in path.name:
        return

    value = example["value"]
    declared = {w for check in of_value for _, w in constraints("", check.schema, value)}

    assert [leaf for leaf in leaves(value) if leaf not in declared] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_unknown_fields_are_accepted(path):
    example = load(path)
    _, of_value = validators(message_of(path), example["headers"])

    assert accepted(of_value, {**example["value"], "added_in_a_later_minor_version": [1]})


def test_alternatives_are_required():
    """The members of an anyOf are outside the walk above."""
    feedback = validator("event.v1.json", "/$defs/feedback.saved")
    request = validator("event.v1.json", "/$defs/request.made")

    assert not feedback.is_valid({"artist_id": "a"})
    assert not feedback.is_valid({"target": {"type": "track"}})
    assert not request.is_valid({})


OTHER_TIMES = ["2026-11-21", "yesterday", "2026-13-01T00:00:00Z", "2026-11-21T20:00:00", "20:00Z"]


@pytest.mark.parametrize("time", OTHER_TIMES)
def test_other_times_are_refused(time):
    assert not validator("event.v1.json", "/$defs/time").is_valid(time)


def test_each_event_type_has_a_schema_and_an_example():
    types = [name for name in code_event_types() if name != "other"]
    with_example = {event_type(load(p)["headers"]) for p in EXAMPLES if message_of(p) == "event"}
    with_schema = [name for name in STORE["event.v1.json"]["$defs"] if "." in name]

    assert sorted(types) == sorted(with_schema)
    assert set(types) <= with_example


def test_each_message_has_an_example():
    assert {message_of(path) for path in EXAMPLES} == set(MESSAGES)


def test_reasons_of_the_code_stand_in_the_schema():
    names = listed("core/event/names.cc", r'"([a-z_]+)"', "kReasons", "kEventTypes")

    assert STORE["dead-letter.v1.json"]["properties"]["segue_dlq_reason"]["examples"] == names


def test_channels_are_the_topics_of_the_code():
    addresses = sorted(channel["address"] for channel in asyncapi()["channels"].values())

    assert addresses == sorted(code_topics())


def test_deployed_topics_are_the_topics_of_the_code():
    text = (ROOT / "deploy/topics.toml").read_text(encoding="utf-8")

    named = sorted(set(re.findall(r"segue\.[a-z-]+\.v\d+", text)))

    assert named == sorted(code_topics())


def test_no_topic_is_spelled_out_elsewhere():
    """core/event/topics.h is where the code takes topic names from."""
    topics = set(code_topics())
    spelled = [
        str(path.relative_to(ROOT))
        for folder in ("core", "consumers", "producers", "loadtest", "deploy")
        for suffix in ("*.cc", "*.h")
        for path in (ROOT / folder).rglob(suffix)
        if path.name != "topics.h"
        and any(f'"{topic}"' in path.read_text(encoding="utf-8") for topic in topics)
    ]

    assert spelled == []


def test_asyncapi_references_resolve():
    document = asyncapi()
    refs = []

    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                refs.append(node["$ref"])
            node = list(node.values())
        if isinstance(node, list):
            for child in node:
                walk(child)

    walk(document)

    assert len(refs) > 50
    files = {**STORE, "asyncapi.yaml": document}
    for ref in refs:
        follow("asyncapi.yaml", ref, files)


def test_asyncapi_ties_all_parts_together():
    document = asyncapi()
    messages = document["components"]["messages"]

    assert document["asyncapi"] == "3.0.0"
    used = [m["$ref"] for c in document["channels"].values() for m in c["messages"].values()]
    assert {ref.split("/")[-1] for ref in used} == set(messages)
    operated = [operation["channel"]["$ref"] for operation in document["operations"].values()]
    assert {ref.split("/")[-1] for ref in operated} == set(document["channels"])
    named = {m["name"] for m in messages.values()}
    assert {f"segue.{name}.v1" for name in code_event_types() if name != "other"} <= named
    assert {op["action"] for op in document["operations"].values()} == {"send", "receive"}


def test_asyncapi_uses_every_schema():
    text = (SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8")

    assert [name for name in STORE if name not in text] == []
