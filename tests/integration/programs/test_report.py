"""loadtest/run --report: what it writes, what it says of a part that it cannot measure, and how it stops."""

import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from servers import REPOSITORY, Process, wait_until

LOADTEST = REPOSITORY / "loadtest"
sys.path.append(str(LOADTEST / "report"))

import broadcasts  # noqa: E402
import drawings  # noqa: E402
import page  # noqa: E402
import parts  # noqa: E402
import svg  # noqa: E402

MEASURED = json.loads((LOADTEST / "report" / "measured.json").read_text(encoding="utf-8"))
WITHIN_S = 300


def command(folder, *words):
    return [sys.executable, LOADTEST / "measure.py", "--report", folder, *words]


def ran(binaries, folder, *words, path=os.environ["PATH"]):
    env = {**os.environ, "SEGUE_BIN": f"{binaries}", "PATH": path}
    return subprocess.run(command(folder, *words), capture_output=True, text=True, timeout=WITHIN_S, env=env)


def test_a_part_is_measured_and_written(binaries, tmp_path):
    done = ran(binaries, tmp_path, "--parts", "ratios", "--for", "1", "--events", "2000", "--json")

    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report == json.loads(done.stdout.splitlines()[-1])
    ratios = report["parts"]["ratios"]
    assert ratios["answer_ms"]["missing"] == ratios["echo_ms"]["missing"] == 0
    assert 0 < ratios["bare_us"] < ratios["pipeline"]["cpu_us_per_event"]["recommender"] * 10
    assert ratios["redis"]["cpu_us_per_event"] > 0
    text = (tmp_path / "report.md").read_text()
    assert f"{ratios['bare_us']:.1f}" in text
    assert text.count("Not measured: not asked for (--parts).") == len(parts.PARTS) - 1


def test_a_part_that_cannot_be_measured_says_why(binaries, tmp_path):
    """Without perf; nothing else is looked for before it."""
    done = ran(binaries, tmp_path, "--parts", "profile", path=f"{tmp_path}")

    assert done.returncode == 0, done.stderr
    assert "Not measured: there is no perf (install linux-perf)." in (tmp_path / "report.md").read_text()


def test_a_part_that_fails_is_said_and_fails_the_run(tmp_path):
    done = ran(tmp_path / "nowhere", tmp_path, "--parts", "ratios", "--events", "2000")

    assert done.returncode == 1
    assert "Not measured: failed: segue-evaluate" in (tmp_path / "report.md").read_text()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words, why",
    [
        (["--parts", "ladder,rungs"], "there is no part 'rungs'; there are ladder, ratios"),
        (["--rate", "9"], "--report chooses its rates"),
        (["--for", "0"], "expected a whole number above 0"),
    ],
)
def test_a_wrong_flag_is_one_line(binaries, tmp_path, words, why):
    done = ran(binaries, tmp_path / "new", *words)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and why in done.stderr
    assert not (tmp_path / "new").exists()


def test_ctrl_c_stops_all_and_leaves_a_report(binaries, tmp_path):
    words = command(tmp_path / "report", "--parts", "stages", "--for", "60")
    env = {"SEGUE_BIN": f"{binaries}", "TMPDIR": f"{tmp_path}"}
    with Process("report", words, tmp_path, env=env) as report:
        wait_until(lambda: "Stages at" in report.log.read_text(), 120, "a load is being measured")
        report.popen.send_signal(signal.SIGINT)
        code = report.wait(180)  # each of its programs has ten seconds

    assert code == 130
    assert "Not measured: interrupted before it." in (tmp_path / "report" / "report.md").read_text()
    assert [name for name in os.listdir("/proc") if name.isdigit() and runs_in(name, tmp_path)] == []


def runs_in(pid: str, folder: Path) -> bool:
    try:
        return f"{folder}/segue-loadtest-".encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_each_part_has_a_section_and_its_drawings():
    drawn = drawings.drawings(MEASURED)

    text = page.page(MEASURED, list(drawn))

    assert set(MEASURED["parts"]) == set(parts.PARTS) == set(page.SECTIONS)
    assert "Not measured" not in text
    assert set(re.findall(r"\]\((\S+\.svg)\)", text)) == set(drawn)
    assert all(xml.fromstring(drawing).tag.endswith("svg") for drawing in drawn.values())


def test_a_chart_has_a_line_for_each_series():
    series = [svg.Series("one", [(1, 1), (1_000, 20)]), svg.Series("two & more", [(10, 3)])]

    drawn = xml.fromstring(svg.chart("A < B", svg.Axis("x", True), svg.Axis("y"), series))

    lines = [each for each in drawn.iter() if each.tag.endswith("polyline")]
    texts = [each.text for each in drawn.iter() if each.tag.endswith("text")]
    assert len(lines) == 2
    assert {"A < B", "one", "two & more", "1,000", "20"} <= set(texts)


def test_the_sum_over_items_is_what_the_simulation_sends():
    for signals, items in ((100, 500), (500, 20_000)):
        drawn = broadcasts.simulate(signals, items, 60)

        summed = broadcasts.broadcasts_per_s(signals, items, 1, warm=False, for_s=60)

        assert drawn == pytest.approx(summed, rel=0.05)


def test_the_simulation_waits_as_a_trainer_does():
    trainer = (REPOSITORY / "consumers/trainer/trainer.cc").read_text(encoding="utf-8")

    assert f"kSignalsPerInterval = {broadcasts.SIGNALS_PER_INTERVAL};" in trainer
    assert f"kIntervalsMax = {broadcasts.INTERVALS_MAX};" in trainer
