"""The C++ tests of the Kafka and Redis adapters, one here for each of theirs."""

import os
import re
import subprocess

import pytest
from fixtures import BIN

TEST_WITHIN_S = 180


def cases():
    """Every test of every adapter binary, as the binaries themselves list them."""
    found = []
    for binary in sorted(BIN.glob("segue-*-test")):
        listed = subprocess.run(
            [binary, "--gtest_list_tests"], capture_output=True, text=True, timeout=60, check=True
        ).stdout
        suite = ""
        for line in listed.splitlines():
            if re.match(r"\S+\.$", line):
                suite = line
            elif suite and line.startswith("  "):
                found.append((binary.name, suite + line.split("#")[0].strip()))
    return found


def test_there_are_adapter_tests():
    assert cases()


@pytest.mark.parametrize("binary,case", cases())
def test_adapter(binaries, kafka, redis_server, binary, case):
    servers = {"SEGUE_TEST_BROKERS": kafka.address, "SEGUE_TEST_REDIS": redis_server.address}

    done = subprocess.run(
        [binaries / binary, f"--gtest_filter={case}"],
        capture_output=True,
        text=True,
        timeout=TEST_WITHIN_S,
        env=os.environ | servers,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "[  PASSED  ] 1 test" in done.stdout, done.stdout
