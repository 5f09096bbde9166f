"""loadtest/soak tells flat figures from growing ones."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "loadtest"))

import growth  # noqa: E402

HALF_HOUR = range(600, 1_800, 2)


def memory(mib_at):
    return growth.growth_of_memory([(t, mib_at(t) * growth.MIB) for t in HALF_HOUR])


def test_noise_and_single_jumps_are_flat():
    choose = random.Random(1)

    assert memory(lambda t: 50).flat
    assert memory(lambda t: 50 + choose.uniform(-3, 3)).flat
    assert memory(lambda t: 90 if 900 < t < 1_000 else 50).flat
    assert memory(lambda t: 60 - t / 600).flat


def test_twenty_bytes_an_event_are_found():
    choose = random.Random(1)
    events_per_s = 200
    leaked = 20 * events_per_s / growth.MIB

    grown = memory(lambda t: 50 + leaked * t + choose.uniform(-1, 1))

    assert not grown.flat
    assert grown.gained / growth.MIB == pytest.approx(leaked * 1_198, rel=0.05)
    assert grown.an_hour / growth.MIB == pytest.approx(leaked * 3_600, rel=0.05)


def test_a_large_process_may_gain_in_proportion():
    assert memory(lambda t: 1_000 + 15 * t / 1_800).flat
    assert not memory(lambda t: 1_000 + 60 * t / 1_800).flat


def test_a_descriptor_lost_at_every_disturbance_is_found():
    held = growth.growth_of_count([(t, 40 + t % 3) for t in HALF_HOUR])
    lost = growth.growth_of_count([(t, 40 + t // 120) for t in HALF_HOUR])

    assert held.flat
    assert not lost.flat and lost.gained == pytest.approx(10, abs=1)


@pytest.mark.parametrize(
    "words,said",
    [
        (["--bogus"], "--bogus"),
        (["--for", "5"], "10 s"),
        (["--rate", "0"], "--rate"),
        (["--for", "soon"], "soon"),
    ],
)
def test_wrong_flags_are_refused_in_one_line(words, said):
    done = subprocess.run(
        [ROOT / "loadtest" / "soak", *words], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
