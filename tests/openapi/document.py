"""schemas/gateway.v1.yaml, and whether an answer of the gateway is one that it promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "schemas" / "gateway.v1.yaml"
DOCUMENT = yaml.safe_load(FILE.read_text(encoding="utf-8"))
METHODS = ("get", "post", "put", "delete", "patch")


def operations() -> set[tuple[str, str]]:
    """Method and path of all that is described."""
    return {(method, path) for path, item in DOCUMENT["paths"].items() for method in METHODS if method in item}


def promised(method: str, path: str, status: int) -> dict:
    """The description of an answer of this status."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    assert str(status) in responses, f"{method} {path} may not answer {status}"
    return followed(responses[str(status)])


def check(method: str, path: str, answer) -> None:
    """The answer's status, headers, type and body are promised, down to the name of each member."""
    response = promised(method, path, answer.status)
    for name, header in response.get("headers", {}).items():
        assert name.lower() in answer.headers or not followed(header).get("required"), f"no {name}"
    content = response.get("content")
    if content is None:
        assert answer.body == b"", answer
        return
    media = answer.headers["content-type"].partition(";")[0]
    assert media in content, f"{method} {path} {answer.status} is no {media}"
    if media.startswith("audio/"):
        return
    check_json(content[media]["schema"], json.loads(answer.body))


def check_json(schema: dict, value) -> None:
    resolver = jsonschema.RefResolver("", DOCUMENT)
    jsonschema.Draft202012Validator(schema, resolver=resolver).validate(value)
    strange = list(unnamed([schema], value))
    assert not strange, f"no schema names {strange}"


def followed(node: dict) -> dict:
    while "$ref" in node:
        found = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def unnamed(schemas: list[dict], value, where: str = "") -> Iterator[str]:
    """Members that no schema names. An object of which no schema names any is open."""
    parts = [part for schema in schemas for part in _parts(schema)]
    if isinstance(value, list):
        items = [part["items"] for part in parts if "items" in part]
        for each in value:
            yield from unnamed(items, each, where + "[]")
    named = any("properties" in part for part in parts)
    if not isinstance(value, dict) or not named:
        return
    for name, member in value.items():
        inner = [part["properties"][name] for part in parts if name in part.get("properties", {})]
        if inner:
            yield from unnamed(inner, member, f"{where}.{name}")
        else:
            yield f"{where}.{name}"


def _parts(schema: dict) -> Iterator[dict]:
    schema = followed(schema)
    yield schema
    for way in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(way, []):
            yield from _parts(each)
