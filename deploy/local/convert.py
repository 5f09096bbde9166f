"""Runs deploy/listens: an export as segue-csv on standard output."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import exports
from console import one_line_error
from listen_files import Unreadable, recognise

EPILOGUE = """Reads exports of Spotify (extended history and account data), ListenBrainz and Last.fm, as they come:
zip, JSON, JSON lines, CSV, plain or gzip. Writes one line to standard error that counts what was left out.

Example:
  deploy/listens my_spotify_data.zip --catalogue songs.jsonl > listens.csv
  segue-replay --listens listens.csv --format segue-csv --catalogue songs.jsonl"""


@contextlib.contextmanager
def seekable(path: Path) -> Iterator[Path]:
    """The file; of a pipe, which is there only once, a copy."""
    if path.is_file() or not path.exists() or path.is_dir():
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="listens-") as copy, path.open("rb") as pipe:
        shutil.copyfileobj(exports.Bounded(pipe), copy)
        copy.flush()
        try:
            yield Path(copy.name)
        except Unreadable as why:
            raise Unreadable(str(why).replace(copy.name, str(path))) from None


def main() -> int:
    flags = argparse.ArgumentParser(
        prog="deploy/listens",
        description="Turns what people export from where they listen into segue-csv.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flags.add_argument("file", type=Path)
    flags.add_argument("--user", default="me", help="whose listens they are (default: me)")
    flags.add_argument("--catalogue", type=Path, help="write what the songs are, as JSON lines")
    options = flags.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")  # whatever the terminal's is: it is a file of segue-csv
    try:
        with seekable(options.file) as file:
            kind = recognise(file)
            if not kind.converts:
                raise Unreadable(f"{options.file} is {kind.name}, which segue-replay reads as it is")
            read = exports.read(file, kind)
        exports.write_listens(read.listens, options.user, sys.stdout)
        if options.catalogue:
            with options.catalogue.open("w", encoding="utf-8") as out:
                exports.write_catalogue(read.listens, out)
    except (Unreadable, OSError, ValueError) as error:
        one_line_error("listens", exports.printable(str(error)))
        return 1
    print(f"{kind.name}: {read.summary}.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
