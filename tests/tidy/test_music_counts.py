"""The counts are those that the script makes, of sources that may be counted."""

import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COUNTS = ROOT / "core/music/counts"
DATA = pathlib.Path(os.environ.get("SEGUE_DATA", ROOT.parent / "shared/data"))
LEDGER = json.loads((COUNTS / "ledger.json").read_text(encoding="utf-8"))
CORPORA = [source["corpus"] for source in LEDGER["sources"]]


def count(data, folder):
    """music.counts and the ledger of these corpora."""
    folder.mkdir()
    script = [sys.executable, COUNTS / "count.py", data, folder]
    subprocess.run(script, check=True, capture_output=True, timeout=600)
    return (folder / "music.counts").read_bytes(), (folder / "ledger.json").read_bytes()


def test_ledger_is_of_these_counts():
    counts = (COUNTS / "music.counts").read_bytes()

    assert LEDGER["counts"] == {
        "bytes": len(counts), "sha256": hashlib.sha256(counts).hexdigest(), "version": 1,
    }
    assert len(counts) < 1 << 20


def test_only_free_corpora_are_counted():
    notice = (COUNTS / "NOTICE").read_text(encoding="utf-8")

    assert set(CORPORA) == {
        "billboard", "cre", "freedoom", "groove-midi", "jsb-chorales", "open-hymnal",
        "openscore-lieder",
    }
    assert all(source["rows"] > 0 and source["files"] for source in LEDGER["sources"])
    assert "Groove MIDI" in notice and "Freedoom" in notice


# A few pieces of each corpus, made up: all that count.py reads of them.
SCALE = [[n / 2, 0.5, 60 + [0, 2, 4, 5, 7, 5, 4, 2][n % 8]] for n in range(64)]
LEAP = [[n / 2, 0.5, 67 - n % 5] for n in range(64)]
PIECES = {
    "cre": [{"parts": [{"notes": SCALE}], "metre": [[0, "4/4"]]}] * 4
    + [{"parts": [{"notes": LEAP}], "metre": [[0, "6/8"]]}] * 4,
    "openscore-lieder": [{"parts": [{"notes": SCALE}], "metre": [[0, "3/4"]], "bars": [0, 1]}] * 4,
    "open-hymnal": [{"parts": [{"notes": LEAP}], "metre": [[0, "4/4"]]}] * 4
    + [{"parts": [{"notes": LEAP}], "metre": [[0, "4/4"], [8, "3/4"]]}],  # two metres: not counted
    "freedoom": [
        {"composer": name, "parts": [{"program": 30, "notes": SCALE}, {"program": 33, "notes": LEAP}]}
        for name in ("Ada", "Bea", "Ada")
    ],
    "groove-midi": [
        {"style": "rock/groove1", "metre": "4/4", "type": "beat",
         "notes": [[n / 4, 36 if n % 8 == 0 else 38, 90] for n in range(64)]},
        {"style": "polka", "metre": "4/4", "type": "beat", "notes": [[0, 36, 90]]},  # no feel of ours
    ],
    "billboard": [{"tonic": [[0, "C"]], "phrases": [{"bars": ["C:maj F:maj", "G:maj C:maj"]}] * 4}] * 2,
}
CHORALES = {"train": [[[64, 60, 55, 48]] * 8 + [[65, 60, 57, 53]] * 8 + [[64, 60, 55, 48]] * 8] * 4}


def write_corpora(folder, backwards=False):
    for corpus, pieces in PIECES.items():
        (folder / corpus).mkdir(parents=True)
        with gzip.GzipFile(folder / corpus / "train.jsonl.gz", "wb", mtime=0) as out:
            for piece in reversed(pieces) if backwards else pieces:
                out.write(json.dumps(piece).encode() + b"\n")
    (folder / "groove-midi/lanes.json").write_text('{"36": "kick", "38": "snare"}')
    (folder / "jsb-chorales").mkdir()
    (folder / "jsb-chorales/Jsb16thSeparated.dev.json").write_text(json.dumps(CHORALES))
    return folder


def test_the_order_of_pieces_does_not_change_the_counts(tmp_path):
    counts, ledger = count(write_corpora(tmp_path / "pieces"), tmp_path / "one")
    backwards, _ = count(write_corpora(tmp_path / "turned", backwards=True), tmp_path / "two")

    assert counts == backwards
    rows = {source["corpus"]: source["rows"] for source in json.loads(ledger)["sources"]}
    assert rows == {
        "billboard": 2, "cre": 8, "freedoom": 3, "groove-midi": 1, "jsb-chorales": 4,
        "open-hymnal": 4, "openscore-lieder": 4,
    }
    assert json.loads(ledger)["authors of freedoom"] == ["Ada", "Bea"]
    for table in ("melody.folk", "rhythm.folk.t", "melody.hymn", "bass.4", "drums.rock", "chords.pop.major",
                  "chords.choral.major"):
        assert table.encode() in counts, table


# The corpora are not in the repository; SEGUE_DATA says that they are meant to be there.
if "SEGUE_DATA" in os.environ or all((DATA / corpus).is_dir() for corpus in CORPORA):

    def test_counting_the_corpora_again_gives_the_same_bytes(tmp_path):
        counts, ledger = count(DATA, tmp_path / "again")

        assert counts == (COUNTS / "music.counts").read_bytes()
        assert ledger == (COUNTS / "ledger.json").read_bytes()
