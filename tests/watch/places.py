"""Where things are, for tests of what an operator sees."""

import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
WATCH = ROOT / "deploy" / "watch"
BIN = pathlib.Path(os.environ.get("SEGUE_BIN", ROOT / "build/release/bin")).absolute()

sys.path[:0] = [str(ROOT / "deploy" / "drills"), str(ROOT / "deploy" / "local"), str(WATCH)]

import boards  # noqa: E402

series_of = boards.names_of_metrics

__all__ = ["BIN", "ROOT", "WATCH", "boards", "series_of"]
