"""The players of the load test say in one line what is wrong, whichever of their threads finds it."""

import subprocess

import pytest
from players import Player
from servers import HOST, free_port

WITHIN_S = 60


def run(pipeline, command, address, token):
    tokens = pipeline.folder / "tokens"
    tokens.write_text(f"{token}\n")
    argv = [pipeline.binaries / "segue-players", command, "--kafka.brokers", pipeline.kafka.address,
            "--gateway", address, "--tokens", tokens, "--connections", "1", "--rate", "10",
            "--for-s", "1", "--warm-up-s", "0"]  # fmt: skip
    # Standard input stays open: who waits for its end alone never ends.
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as program:  # fmt: skip
        try:
            program.wait(WITHIN_S)
        finally:
            program.kill()
        return program.returncode, program.stdout.read(), program.stderr.read()


@pytest.mark.parametrize("command", ["push", "hold", "post"])
def test_no_gateway_is_one_line(pipeline, command):
    code, printed, said = run(pipeline, command, f"{HOST}:{free_port()}", "a-token")

    assert (code, printed) == (1, "")
    assert "refused" in said.splitlines()[-1] and "terminate" not in said


@pytest.mark.parametrize("command", ["push", "hold"])
def test_a_token_that_is_not_taken_is_one_line(gateway, pipeline, command):
    code, printed, said = run(pipeline, command, gateway.address, Player(gateway).token + "x")

    assert (code, printed) == (1, "")
    assert "terminate" not in said and len(said.splitlines()) == 1


def test_hold_ends_with_its_input(gateway, pipeline):
    tokens = pipeline.folder / "tokens"
    tokens.write_text(f"{Player(gateway).token}\n")
    argv = [pipeline.binaries / "segue-players", "hold", "--gateway", gateway.address,
            "--tokens", tokens, "--connections", "1"]  # fmt: skip
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == '{"open":1}\n'
        program.stdin.close()

        assert program.wait(WITHIN_S) == 0
