"""Tells by its content what a file of listens is, and what to do with one that Segue does not read."""

from __future__ import annotations

import dataclasses
import gzip
import json
import re
import shlex
import zipfile
import zlib
from pathlib import Path

HEAD_BYTES = 64 * 1024
SEGUE_CSV = "time,user_id,session_id,track_id,artist_id,played_fraction"
SEGUE_CSV_NAMED = SEGUE_CSV + ",title,artist"
THIRTY_MUSIC = "ts\tuser\tsession\ttrack\tartist\tslice\tplayed_fraction\tgap_s"
# By the first bytes: a name, and what makes something of it that can be read.
PACKED = {
    b"PAR1": ("a Parquet file", 'duckdb -csv -c "select * from \'{file}\'" > listens.csv'),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "zstd -d {file}"),
    b"BZh": ("packed with bzip2", "bunzip2 -k {file}"),
    b"\xfd7zXZ": ("packed with xz", "xz -dk {file}"),
    b"7z\xbc\xaf": ("a 7z archive", "7z x {file}"),
    b"Rar!": ("a RAR archive", "unrar x {file}"),
    b"SQLite format 3": ("an SQLite database", "sqlite3 -csv -header {file} 'select …' > listens.csv"),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet (xls)", "soffice --headless --convert-to csv {file}"),
    b"\xff\xfe\x00\x00": ("text in UTF-32", "iconv -f UTF-32 -t UTF-8 {file} > listens.csv"),
    b"\x00\x00\xfe\xff": ("text in UTF-32", "iconv -f UTF-32 -t UTF-8 {file} > listens.csv"),
    b"\xff\xfe": ("text in UTF-16", "iconv -f UTF-16 -t UTF-8 {file} > listens.csv"),
    b"\xfe\xff": ("text in UTF-16", "iconv -f UTF-16 -t UTF-8 {file} > listens.csv"),
    b"%PDF": ("a PDF", ""),
    b"ID3": ("music (MP3), not listens", ""),
    b"fLaC": ("music (FLAC), not listens", ""),
    b"OggS": ("music (Ogg), not listens", ""),
}
# The files a converter of ours reads: key and name of each.
EXPORTS = {
    "spotify": "Spotify's extended streaming history",
    "spotify-account": "Spotify's streaming history (account data)",
    "listenbrainz": "an export of ListenBrainz",
    "lastfm-json": "an export of Last.fm (JSON)",
    "lastfm-csv": "an export of Last.fm (CSV)",
    "lastfm-1k": "a table of the Last.fm 1K data set",
}
PLAYABLE = {"30music", "segue-csv"}


class Unreadable(Exception):
    """Why a file is no listens of a kind that is read, and what to do, in one line."""


@dataclasses.dataclass(frozen=True)
class Kind:
    """`key`: 30music, segue-csv, or one of EXPORTS."""

    key: str

    @property
    def name(self) -> str:
        return EXPORTS.get(self.key, self.key)

    @property
    def converts(self) -> bool:
        return self.key in EXPORTS


def recognise(path: Path) -> Kind:
    """Reads the beginning only. Raises Unreadable."""
    if path.is_dir():
        raise Unreadable(f"{path} is a directory; name the file in it")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise Unreadable(f"cannot read {path}: {error.strerror}") from None
    if not head:
        raise Unreadable(f"{path} is empty")
    if head.startswith(b"PK"):
        return _of_archive(path)
    if head.startswith(b"\x1f\x8b"):
        head = _unpacked(path)
    for magic, (name, remedy) in PACKED.items():
        if head.startswith(magic):
            raise _refused(path, name, remedy)
    return _of_text(path, head)


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path) as file:
            head = file.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"{path} is a damaged gzip file ({error}); fetch it again") from None
    if not head:
        raise Unreadable(f"{path} is empty (a gzip file of nothing)")
    return head


def _refused(path: Path, name: str, remedy: str = "") -> Unreadable:
    do = f"; make it readable with: {remedy.format(file=shlex.quote(str(path)))}" if remedy else ""
    return Unreadable(f"{path} is {name}{do}")


def _of_archive(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise Unreadable(f"{path} is a damaged zip file ({error}); fetch it again") from None
    if any(name.startswith("xl/") for name in names):
        save = "save its sheet as CSV, or: soffice --headless --convert-to csv {file}"
        raise _refused(path, "a spreadsheet (xlsx)", save)
    if "mimetype" in names and any(name == "content.xml" for name in names):
        raise _refused(path, "a spreadsheet (ods)", "soffice --headless --convert-to csv {file}")
    held = {member_kind(name) for name in names}
    for key in EXPORTS:  # two of one account tell the same plays: the fuller is read
        if key in held:
            return Kind(key)
    raise _refused(path, f"a zip archive of {len(names)} files, none of them listens that are known",
                   "unzip {file}")  # fmt: skip


def member_kind(name: str) -> str | None:
    """The kind of a file in an archive, by its name."""
    last = name.rsplit("/", 1)[-1]
    if re.fullmatch(r"(Streaming_History_Audio_.*|endsong_\d+)\.json", last):
        return "spotify"
    if re.fullmatch(r"StreamingHistory(_music)?_?\d+\.json", last):
        return "spotify-account"
    return "listenbrainz" if re.fullmatch(r"(.*/)?listens/\d+/\d+\.jsonl", name) else None


def _of_text(path: Path, head: bytes) -> Kind:
    if b"\0" in head:
        raise _refused(path, "no text (a binary file of an unknown kind)")
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace").lstrip()
    if text[:1] in ("{", "["):
        return _of_json(path, text)
    return _of_table(path, text.splitlines()[0].rstrip() if text else "")


# A field that only this kind of export has.
MARKS = {
    '"ms_played"': "spotify",
    '"msPlayed"': "spotify-account",
    '"track_metadata"': "listenbrainz",
    '"recenttracks"': "lastfm-json",
    '"scrobbles"': "lastfm-json",
    '"@attr"': "lastfm-json",
    '"#text"': "lastfm-json",
}


def _of_json(path: Path, text: str) -> Kind:
    for mark, key in MARKS.items():
        if mark in text:
            return Kind(key)
    fields = re.findall(r'"([^"\\]{1,40})"\s*:', text)[:6]
    found = f"JSON of an unknown kind ({', '.join(dict.fromkeys(fields)) or 'no fields'})"
    raise _refused(path, found + f"; write it as CSV with the header {SEGUE_CSV}")


def _of_table(path: Path, line: str) -> Kind:
    plain = line.replace('"', "")
    if plain in (SEGUE_CSV, SEGUE_CSV_NAMED):
        return Kind("segue-csv")
    if plain == THIRTY_MUSIC:
        return Kind("30music")
    if plain.startswith("uts,utc_time,artist"):
        return Kind("lastfm-csv")
    cells = line.split("\t")
    if len(cells) == 6 and re.match(r"\d{4}-\d\d-\d\dT", cells[1]):
        return Kind("lastfm-1k")
    if re.search(r",\"?\d{1,2} [A-Z][a-z]{2} \d{4},? \d\d:\d\d\"?$", line):
        return Kind("lastfm-csv")
    if set(plain.split(",")) >= {"time", "user_id", "track_id"}:
        raise _refused(path, f"CSV with other columns or in another order ({plain[:120]}); "
                             f"the header must be {SEGUE_CSV}")  # fmt: skip
    raise _refused(path, f"text of an unknown kind that begins with {json.dumps(line[:80])}; expected is "
                         f"the header {SEGUE_CSV}")  # fmt: skip
