"""Writes monitoring/rules.yaml, the rules of deploy/watch for Prometheus' operator.

    /usr/bin/python3 deploy/kubernetes/rules.py           writes the file
    /usr/bin/python3 deploy/kubernetes/rules.py --print   prints it
"""

import sys
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
RULES = FOLDER.parent / "watch" / "rules"
TARGET = FOLDER / "monitoring" / "rules.yaml"
HEAD = "# Made by deploy/kubernetes/rules.py of deploy/watch/rules; a test compares the two.\n"


def text() -> str:
    groups = [
        group
        for path in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    ]
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "segue"},
        "spec": {"groups": groups},
    }
    return HEAD + yaml.safe_dump(rule, sort_keys=False, width=120)


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(text())
    else:
        TARGET.write_text(text(), encoding="utf-8")
