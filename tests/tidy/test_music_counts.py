"""The counts are those that the script makes, of sources that may be counted."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COUNTS = ROOT / "core/music/counts"
DATA = pathlib.Path(os.environ.get("SEGUE_DATA", ROOT.parent / "shared/data"))


def test_ledger_is_of_these_counts():
    counts = (COUNTS / "music.counts").read_bytes()
    ledger = json.loads((COUNTS / "ledger.json").read_text(encoding="utf-8"))

    assert ledger["counts"] == {
        "bytes": len(counts), "sha256": hashlib.sha256(counts).hexdigest(), "version": 1,
    }
    assert len(counts) < 1 << 20


def test_only_free_corpora_are_counted():
    ledger = json.loads((COUNTS / "ledger.json").read_text(encoding="utf-8"))
    notice = (COUNTS / "NOTICE").read_text(encoding="utf-8")

    assert {source["corpus"] for source in ledger["sources"]} == {
        "billboard", "cre", "freedoom", "groove-midi", "jsb-chorales", "open-hymnal",
        "openscore-lieder",
    }
    assert all(source["rows"] > 0 and source["files"] for source in ledger["sources"])
    assert "Groove MIDI" in notice and "Freedoom" in notice


def test_counting_again_gives_the_same_bytes(tmp_path):
    """Where the corpora are not there, the ledger's hash is all that can be checked."""
    ledger = json.loads((COUNTS / "ledger.json").read_text(encoding="utf-8"))
    if not all((DATA / source["corpus"]).is_dir() for source in ledger["sources"]):
        print(f"{DATA} has not all corpora: the counts were not counted again")
        return

    script = [sys.executable, COUNTS / "count.py", DATA, tmp_path]
    subprocess.run(script, check=True, capture_output=True, timeout=600)

    for name in ("music.counts", "ledger.json"):
        assert (tmp_path / name).read_bytes() == (COUNTS / name).read_bytes()
