"""Turns what people export from where they listen into segue-csv, and into a catalogue of its songs."""

from __future__ import annotations

import collections
import csv
import dataclasses
import datetime
import gzip
import hashlib
import io
import json
import re
import statistics
import time
import unicodedata
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from listen_files import EXPORTS, SEGUE_CSV_NAMED, Kind, Unreadable, member_kind

ROWS_MAX = 5_000_000
FILE_BYTES_MAX = 1 << 30  # unpacked, of one file
ID_BYTES_MAX = 128
FIELD_BYTES_MAX = 1 << 24
SKIPPED_BELOW_MS = 30_000
USUAL_TRACK_MS = 210_000
DAY_S = 86_400
TIME_MIN = datetime.datetime(1990, 1, 1, tzinfo=datetime.UTC).timestamp()


@dataclasses.dataclass(frozen=True)
class Listen:
    """One play, from its start."""

    time: float  # seconds since 1970
    track_id: str
    artist: str
    title: str
    album: str = ""
    user: str = ""
    played_ms: int = -1  # -1: not known
    whole: bool = True  # heard to its end
    skipped: bool = False


# The failures of a file, or a member of a zip, that is damaged, locked or packed in an unknown way.
UNREADABLE = (
    OSError, EOFError, ValueError, RuntimeError, NotImplementedError, RecursionError, zlib.error,
    zipfile.BadZipFile, csv.Error,
)  # fmt: skip


GARBLED = "with letters that are no UTF-8: of a file made on Windows, read what iconv -f CP1252 -t UTF-8 makes"


class LeftOut(Exception):
    """A row that is no listen; says why in two or three words."""


@dataclasses.dataclass
class Read:
    """The contents of a file."""

    listens: list[Listen] = dataclasses.field(default_factory=list)
    left_out: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    first_left_out: str = ""  # "entry 2", counted from 1, headings aside; empty: none was bad
    doubled: int = 0
    garbled: int = 0  # listens with a letter that is no UTF-8

    def leave_out(self, place: str, why: str) -> None:
        self.left_out[why] += 1
        self.first_left_out = self.first_left_out or place

    @property
    def summary(self) -> str:
        text = f"{len(self.listens):,} listens"
        if reasons := ", ".join(f"{count:,} {why}" for why, count in self.left_out.most_common()):
            text += f"; left out: {reasons}; the first of these is {self.first_left_out}"
        text += f"; {self.doubled:,} twice" if self.doubled else ""
        return text + (f"; {self.garbled:,} {GARBLED}" if self.garbled else "")


def read(path: Path, kind: Kind) -> Read:
    """All listens, in order of time, each once. Raises Unreadable."""
    found = Read()
    now = time.time()
    listen_of = LISTEN_OF[kind.key]
    try:
        for place, row in _rows(path, kind, found):
            try:
                found.listens.append(checked(listen_of(row), now))
            except LeftOut as why:
                found.leave_out(place, str(why))
            except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
                found.leave_out(place, "not as expected")
            if len(found.listens) > ROWS_MAX:
                raise Unreadable(f"{path} has more than {ROWS_MAX:,} listens; split it")
    except UNREADABLE as error:
        raise Unreadable(f"{path}: {error}") from None
    once = {(each.user, int(each.time), each.track_id): each for each in found.listens}
    found.doubled = len(found.listens) - len(once)
    found.garbled = sum("\ufffd" in each.artist + each.title for each in once.values())
    found.listens = sorted(once.values(), key=lambda each: each.time)
    if not found.listens:
        raise Unreadable(f"{path} ({kind.name}): {found.summary}")
    return found


def checked(listen: Listen, now: float) -> Listen:
    """As it is written: texts that are texts, a time that can be, and no play of more than a day."""
    if not listen.time >= TIME_MIN:  # nor what is no number
        raise LeftOut("without a time")
    if listen.time > now + DAY_S:
        raise LeftOut("in the future")
    if not -1 <= listen.played_ms <= DAY_S * 1_000:
        raise ValueError
    if not listen.track_id or not folded(listen.title) or not folded(listen.artist):
        raise LeftOut("without a name")
    if not folded(listen.track_id) or len(listen.track_id.encode("utf-8", "replace")) > ID_BYTES_MAX:
        raise LeftOut("with an id that is none")
    rest = {name: _writable(getattr(listen, name)) for name in ("track_id", "album", "user")}
    return dataclasses.replace(listen, **rest)


# -- rows of each kind of file


def _rows(path: Path, kind: Kind, found: Read) -> Iterator[tuple[str, Any]]:
    """Each row, and where it stands: "entry 2 of history.json" in a zip. A member of a zip that
    cannot be read leaves out itself alone."""
    with path.open("rb") as file:
        head = file.read(2)
    if head != b"PK":
        with gzip.open(path) if head == b"\x1f\x8b" else path.open("rb") as file:
            yield from _placed(ROWS_OF[kind.key](Bounded(file)), "")
        return
    with zipfile.ZipFile(path) as archive:
        for entry in sorted(archive.infolist(), key=lambda each: each.filename):
            key, name = member_kind(entry.filename), printable(entry.filename)
            if key != kind.key:
                if key:
                    found.leave_out(name, f"of another export, {EXPORTS[key]}")
                continue
            try:
                with archive.open(entry) as member:
                    yield from _placed(ROWS_OF[kind.key](Bounded(member)), f" of {name}")
            except UNREADABLE as error:
                found.leave_out(name, f"file that cannot be read ({printable(str(error))})")


def _placed(rows: Iterator[Any], of: str) -> Iterator[tuple[str, Any]]:
    for number, row in enumerate(rows, 1):
        yield f"entry {number:,}{of}", row


def printable(name: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in name)


class Bounded(io.RawIOBase):
    """A file that may not grow without end while it is unpacked."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = FILE_BYTES_MAX

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        read = self._file.read(min(len(buffer), 1 << 20))
        self._left -= len(read)
        if self._left < 0:
            raise ValueError(f"larger than {FILE_BYTES_MAX >> 20} MiB when unpacked")
        buffer[: len(read)] = read
        return len(read)


def _lines(file: IO[bytes]) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedReader(file), encoding="utf-8-sig", errors="replace", newline="")


def json_rows(file: IO[bytes]) -> Iterator[dict]:
    """A list of objects, pages of them, or an object a line."""
    text = _lines(file)
    first = text.readline()
    if "track_metadata" in _object_of(first):
        yield _object_of(first)
        yield from map(_object_of, filter(str.strip, text))
        return
    whole = first + text.read()
    try:
        value = json.loads(whole)
    except (ValueError, RecursionError):
        # Other characters that Python takes for the end of a line may stand inside a text.
        lines = [_object_of(line) for line in filter(str.strip, re.split("[\r\n]", whole))]
        if not any(lines):
            raise
        yield from lines
    else:
        yield from _objects(value)


def _object_of(line: str) -> dict:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}  # left out as not as expected
    return value if isinstance(value, dict) else {}


def _objects(value) -> Iterator[dict]:
    if isinstance(value, list):
        for each in value:
            yield from _objects(each)
    elif isinstance(value, dict):
        for name in ("recenttracks", "track", "scrobbles", "payload", "listens"):
            if isinstance(value.get(name), (list, dict)) and "artist" not in value:
                yield from _objects(value[name])
                return
        yield value
    else:
        yield {}  # left out as not as expected


def csv_rows(file: IO[bytes]) -> Iterator[dict]:
    csv.field_size_limit(FIELD_BYTES_MAX)
    rows = map(_cells, filter(str.strip, _lines(file)))
    first = next(rows)
    if first[:1] == ["uts"]:
        yield from (dict(zip(first, row)) for row in rows)
    else:  # artist, album, track, date
        names = ("artist", "album", "track", "date")
        yield from (dict(zip(names, row)) for row in [first, *rows])


def _cells(line: str) -> list[str]:
    """The fields of one line: an unclosed quote takes no other row with it. Empty: it is no CSV."""
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def tab_rows(file: IO[bytes]) -> Iterator[list[str]]:
    for line in _lines(file):
        yield line.rstrip("\r\n").split("\t")


# -- a listen of each kind of row


def _zulu(text: str) -> float:
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00").replace(" UTC", ""))
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def _song(artist: str | None, title: str | None) -> tuple[str, str]:
    if not artist or not title:
        raise LeftOut("without a name")
    if not isinstance(artist, str) or not isinstance(title, str):
        raise TypeError("a name is no text")
    return _writable(artist), _writable(title)


def _writable(text: str) -> str:
    """Half of a surrogate pair alone is no character."""
    return text.encode("utf-8", "replace").decode()


def of_spotify(row: dict) -> Listen:
    if row.get("episode_name") or row.get("audiobook_title"):
        raise LeftOut("episodes and books")
    if row.get("incognito_mode"):
        raise LeftOut("private")
    artist, title = _song(
        row.get("master_metadata_album_artist_name"), row.get("master_metadata_track_name")
    )
    played_ms = int(row["ms_played"])
    chosen_away = row.get("skipped") is True or row.get("reason_end") in ("fwdbtn", "backbtn")
    return Listen(
        time=_zulu(row["ts"]) - played_ms / 1_000,  # it says when a play ended
        track_id=row.get("spotify_track_uri") or name_id(artist, title),
        artist=artist,
        title=title,
        album=row.get("master_metadata_album_album_name") or "",
        played_ms=played_ms,
        whole=row.get("reason_end") == "trackdone",
        skipped=chosen_away and played_ms < SKIPPED_BELOW_MS,
    )


def of_spotify_account(row: dict) -> Listen:
    artist, title = _song(row.get("artistName"), row.get("trackName"))
    played_ms = int(row["msPlayed"])
    ended = _zulu(row["endTime"])
    return Listen(
        time=ended - played_ms / 1_000,
        track_id=name_id(artist, title),
        artist=artist,
        title=title,
        played_ms=played_ms,
        whole=False,
        skipped=played_ms < SKIPPED_BELOW_MS,
    )


def _mbid(text) -> str:
    """As the gateway writes it; empty: it is none."""
    try:
        return str(uuid.UUID(text)) if isinstance(text, str) and len(text) == 36 else ""
    except ValueError:
        return ""


def of_listenbrainz(row: dict) -> Listen:
    metadata = row["track_metadata"]
    artist, title = _song(metadata.get("artist_name"), metadata.get("track_name"))
    more, mapped = metadata.get("additional_info") or {}, metadata.get("mbid_mapping") or {}
    recording = _mbid(more.get("recording_mbid")) or _mbid(mapped.get("recording_mbid"))
    return Listen(
        time=float(row["listened_at"]),
        track_id=f"mbid:{recording}" if recording else name_id(artist, title),
        artist=artist,
        title=title,
        album=metadata.get("release_name") or "",
    )


def of_lastfm(row: dict) -> Listen:
    def text(name: str) -> str:
        value = row.get(name) or ""
        return (value.get("#text") or value.get("name") or "") if isinstance(value, dict) else str(value)

    artist, title = _song(text("artist"), text("track") or text("name"))
    uts = row.get("uts") or row.get("date")
    if isinstance(uts, dict):
        uts = uts.get("uts")
    if not uts:
        raise LeftOut("without a time")  # what plays now
    if not str(uts).isdigit():
        moment = datetime.datetime.strptime(str(uts).replace(",", ""), "%d %b %Y %H:%M")
        uts = moment.replace(tzinfo=datetime.UTC).timestamp()
    seconds = float(uts)
    return Listen(
        time=seconds / 1_000 if seconds > 1e11 else seconds,
        track_id=name_id(artist, title),
        artist=artist,
        title=title,
        album=text("album"),
    )


def of_lastfm_1k(row: list[str]) -> Listen:
    user, time, _, artist, _, title = row
    artist, title = _song(artist, title)
    return Listen(
        time=_zulu(time), track_id=name_id(artist, title), artist=artist, title=title, user=user
    )


ROWS_OF = {
    "spotify": json_rows,
    "spotify-account": json_rows,
    "listenbrainz": json_rows,
    "lastfm-json": json_rows,
    "lastfm-csv": csv_rows,
    "lastfm-1k": tab_rows,
}
LISTEN_OF = {
    "spotify": of_spotify,
    "spotify-account": of_spotify_account,
    "listenbrainz": of_listenbrainz,
    "lastfm-json": of_lastfm,
    "lastfm-csv": of_lastfm,
    "lastfm-1k": of_lastfm_1k,
}


# -- what is written


# As in core/words/fold.cc, which a test compares; what cannot be seen goes.
PLAIN = (
    dict.fromkeys("`\u2018\u2019\u201a\u201b\u2039\u203a\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u055a\u05f3", "'")
    | dict.fromkeys("\u2032\u2035\ua78c", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u275d\u275e\u301d\u301e", '"')
    | dict.fromkeys("\u2010\u2012\u2013\u2014\u2015\u2212\u2043", "-")
    | dict.fromkeys("\u2215\u29f8", "/")
    | dict.fromkeys("\u301c\u223c", "~")
    | {"\u0131": "i"}
    | dict.fromkeys("\u0085\u1680\u2028\u2029\u2800", " ")
)
BEFORE = (
    dict.fromkeys(("\u00b4", "\u1fbd", "\u1fbf"), "'")
    | dict.fromkeys(("\u2033", "\u2036"), '"')
    | {"\u2044": "/"}
    | dict.fromkeys(("\u0130", "I\u0307", "i\u0307"), "i")
)
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def folded(text: str) -> str:
    """As the gateway compares texts: one song however it is printed."""
    for sign, plain in BEFORE.items():
        text = text.replace(sign, plain)
    small = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(small.translate(UNSEEN | str.maketrans(PLAIN)).split())


def name_id(artist: str, title: str = "") -> str:
    """An id that says what it is; of a long one the end gives way to a hash of it."""
    text = " – ".join(filter(None, (folded(artist), folded(title))))
    if len(text.encode()) <= ID_BYTES_MAX:
        return text
    end = "…" + hashlib.sha256(text.encode()).hexdigest()[:16]
    return text.encode()[: ID_BYTES_MAX - len(end.encode())].decode(errors="ignore") + end


def lengths_of(listens: list[Listen]) -> dict[str, float]:
    """How long tracks are, in ms, as far as plays tell: those to the end, else the longest."""
    whole, longest = collections.defaultdict(list), collections.defaultdict(float)
    for each in listens:
        if each.whole and each.played_ms > 0:
            whole[each.track_id].append(each.played_ms)
        longest[each.track_id] = max(longest[each.track_id], each.played_ms)
    return longest | {track: statistics.median(all_ms) for track, all_ms in whole.items()}


def fraction_of(listen: Listen, lengths: dict[str, float]) -> float:
    if listen.whole or listen.played_ms < 0:
        return 1.0
    length = lengths.get(listen.track_id, 0)
    if length < SKIPPED_BELOW_MS:  # skipped each time
        length = USUAL_TRACK_MS
    share = min(listen.played_ms / length, 1.0)
    return round(min(share, 0.49) if listen.skipped else share, 3)


def write_listens(listens: list[Listen], user: str, out: IO[str]) -> None:
    lengths = lengths_of(listens)
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(SEGUE_CSV_NAMED.split(","))
    for each in listens:
        time = datetime.datetime.fromtimestamp(each.time, datetime.UTC)
        moment = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        artist = name_id(each.artist)
        names = (" ".join(text.split()) for text in (each.title, each.artist))
        rows.writerow(
            [moment, each.user or user, "", each.track_id, artist, fraction_of(each, lengths), *names]
        )


def write_catalogue(listens: list[Listen], out: IO[str]) -> None:
    """JSON lines, a track a line, for segue-replay --catalogue."""
    for each in {listen.track_id: listen for listen in listens}.values():
        entry = {"track_id": each.track_id, "title": each.title, "artist_id": name_id(each.artist),
                 "artist": each.artist, "album": each.album}  # fmt: skip
        known = {name: value for name, value in entry.items() if value}
        out.write(json.dumps(known, ensure_ascii=False) + "\n")
