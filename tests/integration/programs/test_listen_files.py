"""Files of listens as people have them: read, converted, or refused with what was found and what to do."""

import csv
import gzip
import io
import json
import re
import subprocess
import sys
import zipfile

import pytest
from servers import REPOSITORY

PYTHON = "/usr/bin/python3"
QUICKSTART = REPOSITORY / "deploy" / "local" / "quickstart.py"
LISTENS = REPOSITORY / "deploy" / "listens"
WITHIN_S = 60

SPOTIFY = [
    {"ts": "2023-05-01T10:03:20Z", "ms_played": 200_000, "master_metadata_track_name": "Jóga",
     "master_metadata_album_artist_name": "Björk", "master_metadata_album_album_name": "Homogenic",
     "spotify_track_uri": "spotify:track:1", "reason_start": "clickrow", "reason_end": "trackdone",
     "skipped": None, "incognito_mode": False, "episode_name": None},
    {"ts": "2023-05-01T10:03:30Z", "ms_played": 9_000, "master_metadata_track_name": "Hunter",
     "master_metadata_album_artist_name": "Björk", "spotify_track_uri": "spotify:track:2",
     "reason_end": "fwdbtn", "skipped": True, "incognito_mode": False},
    {"ts": "2023-05-01T10:05:10Z", "ms_played": 100_000, "master_metadata_track_name": "Jóga",
     "master_metadata_album_artist_name": "Björk", "spotify_track_uri": "spotify:track:1",
     "reason_end": "endplay", "incognito_mode": False},
    {"ts": "2023-05-01T11:00:00Z", "ms_played": 60_000, "master_metadata_track_name": None,
     "master_metadata_album_artist_name": None, "spotify_track_uri": None, "episode_name": "News"},
    {"ts": "2023-05-01T12:00:00Z", "ms_played": 60_000, "master_metadata_track_name": "Secret",
     "master_metadata_album_artist_name": "X", "spotify_track_uri": "spotify:track:3", "incognito_mode": True},
    {"ts": "1970-01-01T00:00:05Z", "ms_played": 5_000, "master_metadata_track_name": "Early",
     "master_metadata_album_artist_name": "X", "spotify_track_uri": "spotify:track:4"},
]  # fmt: skip
SPOTIFY_ACCOUNT = [
    {"endTime": "2023-05-01 10:04", "artistName": "Björk", "trackName": "Jóga", "msPlayed": 200_000},
    {"endTime": "2023-05-01 10:04", "artistName": "Björk", "trackName": "Jóga", "msPlayed": 200_000},
    {"endTime": "2023-05-01 10:05", "artistName": "Björk", "trackName": "Hunter", "msPlayed": 3_000},
]
LISTENBRAINZ = [
    {"listened_at": 1_682_935_400, "track_metadata": {"artist_name": "Björk", "track_name": "Hunter"}},
    {"listened_at": 1_682_935_200.5, "track_metadata": {"artist_name": "Björk", "track_name": "Jóga",
     "release_name": "Homogenic", "additional_info": {"recording_mbid": "0d8f6c1a-1111-4222-8333-444455556666"}}},
]  # fmt: skip
LASTFM_PAGES = [
    {"recenttracks": {"track": [
        {"artist": {"#text": "Björk", "mbid": ""}, "name": "Jóga", "album": {"#text": "Homogenic"},
         "@attr": {"nowplaying": "true"}},
        {"artist": {"#text": "Björk", "mbid": ""}, "name": "Jóga", "album": {"#text": "Homogenic"},
         "date": {"uts": "1682935200", "#text": "01 May 2023, 10:00"}}]}},
]  # fmt: skip
LASTFM_GHAN = (
    "uts,utc_time,artist,artist_mbid,album,album_mbid,track,track_mbid\n"
    '"1682935400","01 May 2023, 10:03","Björk","","Homogenic","","Hunter",""\n'
    '"1682935200","01 May 2023, 10:00","Bjo\u0308rk","","Homogenic","","JÓGA",""\n'
)
LASTFM_BENFOXALL = 'Björk,Homogenic,Hunter,01 May 2023 10:03\nBjörk,"Homo, genic",Jóga,01 May 2023 10:00\n'
LASTFM_1K = "user_000001\t2009-05-04T23:08:57Z\tf1b1cf71\tBjörk\t\tJóga\n"


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def file(tmp_path, content, name="listens"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def convert(path, *flags):
    done = subprocess.run([LISTENS, path, *flags], capture_output=True, text=True, timeout=WITHIN_S)
    return done, list(csv.DictReader(io.StringIO(done.stdout)))


EXPORTS = {
    "spotify": (json.dumps(SPOTIFY, indent=1), 3),
    "spotify-zip": (zipped(**{"My Data/Streaming_History_Audio_2023_1.json": json.dumps(SPOTIFY),
                              "My Data/ReadMe.pdf": "%PDF"}), 3),
    "endsong": (zipped(**{"endsong_0.json": json.dumps(SPOTIFY)}), 3),
    "spotify-account": (json.dumps(SPOTIFY_ACCOUNT), 2),
    "spotify-account-zip": (zipped(**{"d/StreamingHistory_music_0.json": json.dumps(SPOTIFY_ACCOUNT)}), 2),
    "listenbrainz-lines": ("\n".join(map(json.dumps, LISTENBRAINZ)) + "\n\nno json\n", 2),
    "listenbrainz-list": (json.dumps(LISTENBRAINZ), 2),
    "listenbrainz-zip": (zipped(**{"u/listens/2023/5.jsonl": "\n".join(map(json.dumps, LISTENBRAINZ)),
                                   "u/feedback.jsonl": '{"score": 1}'}), 2),
    "listenbrainz-gzip": (gzip.compress("\n".join(map(json.dumps, LISTENBRAINZ)).encode()), 2),
    "lastfm-json": (json.dumps(LASTFM_PAGES), 1),
    "lastfm-csv": ("\ufeff" + LASTFM_GHAN, 2),
    "lastfm-csv-bare": (LASTFM_BENFOXALL, 2),
    "lastfm-1k": (LASTFM_1K, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_becomes_listens_in_order_of_time(tmp_path, name):
    content, count = EXPORTS[name]

    done, rows = convert(file(tmp_path, content), "--user", "ada")

    assert done.returncode == 0, done.stderr
    assert len(rows) == count, done.stderr
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    assert {row["artist_id"] for row in rows} == {"björk"}
    assert len({row["track_id"] for row in rows}) == len({row["track_id"] for row in rows} - {""})
    assert done.stderr.count("\n") == 1 and f"{count} listens" in done.stderr


def test_a_skip_stays_one_and_what_is_no_listen_is_counted(tmp_path):
    done, rows = convert(file(tmp_path, json.dumps(SPOTIFY)))

    assert [(row["time"], row["track_id"], float(row["played_fraction"])) for row in rows] == [
        ("2023-05-01T10:00:00.000Z", "spotify:track:1", 1.0),
        ("2023-05-01T10:03:21.000Z", "spotify:track:2", 0.043),
        ("2023-05-01T10:03:30.000Z", "spotify:track:1", 0.5),
    ]
    for reason in ("1 episodes and books", "1 private", "1 without a time"):
        assert reason in done.stderr


def test_one_song_has_one_id_and_a_name_in_the_catalogue(tmp_path):
    songs = tmp_path / "songs.jsonl"
    _, ghan = convert(file(tmp_path, LASTFM_GHAN), "--catalogue", songs)
    _, bare = convert(file(tmp_path, LASTFM_BENFOXALL))

    assert {row["track_id"] for row in ghan} == {row["track_id"] for row in bare}
    entries = [json.loads(line) for line in songs.read_text().splitlines()]
    assert {entry["track_id"] for entry in entries} == {row["track_id"] for row in ghan}
    assert all(entry["title"] and entry["artist"] for entry in entries)


def test_quotes_dashes_and_what_cannot_be_seen_make_no_other_song(tmp_path):
    rows = [["a\u2010ha", "", "Don\u2019t  Stop", "01 May 2023 10:00"],
            ["A-HA\u200b", "", "don't\u00a0stop", "01 May 2023 10:05"]]  # fmt: skip
    text = io.StringIO()
    csv.writer(text).writerows(rows)

    _, listens = convert(file(tmp_path, text.getvalue()))

    assert {(row["track_id"], row["artist_id"]) for row in listens} == {("a-ha – don't stop", "a-ha")}


def test_a_long_name_makes_an_id_that_fits(tmp_path):
    rows = [[f"{'ü' * 200}", "", f"{'x' * 300}{n}", "01 May 2023 10:00"] for n in range(2)]
    text = io.StringIO()
    csv.writer(text).writerows(rows)

    _, listens = convert(file(tmp_path, text.getvalue()))

    ids = [row["track_id"] for row in listens]
    assert len(set(ids)) == 2 and all(len(each.encode()) <= 128 for each in ids)


REFUSED = {
    "empty": (b"", "is empty", ""),
    "empty-gzip": (gzip.compress(b""), "is empty", ""),
    "xlsx": (zipped(**{"xl/workbook.xml": "<x/>"}), "a spreadsheet (xlsx)", "save its sheet as CSV"),
    "parquet": (b"PAR1" + bytes(20), "a Parquet file", "duckdb -csv"),
    "sqlite": (b"SQLite format 3\0" + bytes(80), "an SQLite database", "sqlite3 -csv"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(20), "packed with zstd", "zstd -d"),
    "other-zip": (zipped(**{"a.txt": "x"}), "a zip archive of 1 files", "unzip"),
    "broken-zip": (b"PK\x03\x04" + bytes(30), "a damaged zip file", ""),
    "broken-gzip": (b"\x1f\x8b\x08" + bytes(30), "a damaged gzip file", ""),
    "utf-16": ("time,user_id".encode("utf-16"), "text in UTF-16", "iconv -f UTF-16"),
    "utf-32": ("time,user_id".encode("utf-32"), "text in UTF-32", "iconv -f UTF-32"),
    "binary": (bytes(range(256)), "a binary file", ""),
    "other-json": ('{"songs": [{"plays": 3}]}', "JSON of an unknown kind (songs, plays)", "time,user_id"),
    "other-columns": ("user_id,time,track_id\n", "in another order (user_id,time,track_id)", "time,user_id"),
    "prose": ("Dear diary,\n", 'begins with "Dear diary,"', "time,user_id"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_another_file_is_refused_before_anything_starts(tmp_path, name):
    content, found, remedy = REFUSED[name]
    path = file(tmp_path, content, "a file's name")

    done = subprocess.run([PYTHON, QUICKSTART, "--check-flags", "--listens", path],
                          capture_output=True, text=True, timeout=WITHIN_S)  # fmt: skip

    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert str(path) in done.stderr and found in done.stderr and remedy in done.stderr


def test_a_directory_and_what_is_not_there_are_refused(tmp_path):
    for path, found in ((tmp_path, "is a directory"), (tmp_path / "none", "No such file")):
        done = subprocess.run([PYTHON, QUICKSTART, "--check-flags", "--listens", path],
                              capture_output=True, text=True, timeout=WITHIN_S)  # fmt: skip
        assert done.returncode == 2 and found in done.stderr


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_are_taken_as_they_are(tmp_path, name):
    flags = ["--check-flags", "--listens", file(tmp_path, EXPORTS[name][0])]

    done = subprocess.run([PYTHON, QUICKSTART, *flags], capture_output=True, text=True, timeout=WITHIN_S)

    assert done.returncode == 0, done.stderr


def test_a_format_that_is_not_the_files_is_refused(tmp_path):
    path = file(tmp_path, "time,user_id,session_id,track_id,artist_id,played_fraction\n")
    flags = ["--check-flags", "--listens", path, "--format", "30music"]

    done = subprocess.run([PYTHON, QUICKSTART, *flags], capture_output=True, text=True, timeout=WITHIN_S)

    assert done.returncode == 2
    assert "is segue-csv, not 30music" in done.stderr


def listened(at, title="Jóga", artist="Björk", **more):
    return json.dumps({"listened_at": at, "track_metadata": {"artist_name": artist, "track_name": title, **more}})


# None of them may end the run, nor leave anything out but itself.
BAD_ROWS = {
    "milliseconds": listened(1_682_935_200_000),
    "not-a-number": listened(1).replace(": 1,", ": NaN,"),
    "beyond-all-numbers": listened(1).replace(": 1,", ": 1e999,"),
    "after-the-last-year": listened(10**17),
    "tomorrow-week": listened(4_000_000_000),
    "no-time": listened(None),
    "no-name": listened(1_682_935_200, title=None),
    "nothing-to-be-seen": listened(1_682_935_200, title="\u200b"),
    "a-list": "[1, 2]",
    "a-title-that-is-no-text": listened(1_682_935_200, title={"a": 1}),
    "half-a-line": '{"listened_at": 16829',
    "very-deep": "[" * 100_000,
}


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_of_an_export_leaves_out_itself_alone(tmp_path, name, first):
    first = first and name != "very-deep"  # more than is looked at to tell what the file is
    good = [listened(1_682_935_200 + 300 * n, f"Song {n}") for n in range(50)]
    lines = [BAD_ROWS[name], *good] if first else [good[0], BAD_ROWS[name], *good[1:]]

    done, listens = convert(file(tmp_path, "\n".join(lines) + "\n", "listens.jsonl"))

    assert done.returncode == 0 and len(listens) == 50, done.stderr
    assert "left out: 1 " in done.stderr
    assert f"the first of these is entry {1 if first else 2}" in done.stderr


def test_entries_that_are_no_objects_are_counted_in_their_place(tmp_path):
    entries = [json.loads(listened(1_682_935_200)), None, 7, json.loads(listened(1_682_935_500, title=None))]

    done, listens = convert(file(tmp_path, json.dumps({"payload": entries}), "listens.json"))

    assert len(listens) == 1
    assert "left out: 2 not as expected, 1 without a name; the first of these is entry 2." in done.stderr


def test_a_bad_entry_of_an_archive_is_named_with_its_file(tmp_path):
    play = {"ts": "2023-05-01T10:00:00Z", "ms_played": 60_000, "spotify_track_uri": "spotify:track:x"}
    song = {"master_metadata_track_name": "Jóga", "master_metadata_album_artist_name": "Björk"}
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/Streaming_History_Audio_2022_0.json", json.dumps([play | song, play | song]))
        archive.writestr("a/Streaming_History_Audio_2023_1.json", json.dumps([play | song, play]))

    done, listens = convert(path)

    assert len(listens) == 1, done.stderr
    assert "is entry 2 of a/Streaming_History_Audio_2023_1.json; 2 twice." in done.stderr


@pytest.mark.parametrize("bad", [b"", b"[{", "[]".encode("utf-16")], ids=["empty", "cut-off", "utf-16"])
def test_a_bad_member_of_an_archive_leaves_out_itself_alone(tmp_path, bad):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/Streaming_History_Audio_2022_0.json", bad)
        archive.writestr("a/Streaming_History_Audio_2023_1.json", json.dumps(SPOTIFY))

    done, listens = convert(path)

    assert (done.returncode, len(listens)) == (0, 3), done.stderr
    assert "a/Streaming_History_Audio_2022_0.json" in done.stderr and done.stderr.count("\n") == 1


def test_of_two_exports_of_one_account_the_fuller_is_read(tmp_path):
    both = zipped(**{"a/StreamingHistory0.json": json.dumps(SPOTIFY_ACCOUNT),
                     "b/endsong_0.json": json.dumps(SPOTIFY)})  # fmt: skip

    done, listens = convert(file(tmp_path, both))

    assert len(listens) == 3 and "1 of another export, Spotify's streaming history (account data)" in done.stderr


@pytest.mark.parametrize("bad", ['Björk,"Homogenic,Hunter,01 May 2023 10:03', f"Björk,{'x' * (1 << 25)}"],
                         ids=["quote", "length"])  # fmt: skip
def test_a_row_of_csv_that_never_ends_takes_no_other(tmp_path, bad):
    done, listens = convert(file(tmp_path, LASTFM_BENFOXALL + bad + "\n" + LASTFM_BENFOXALL.replace("2023", "2024")))

    assert (done.returncode, len(listens)) == (0, 4), done.stderr
    assert "left out: 1 " in done.stderr


@pytest.mark.parametrize("content", [LASTFM_BENFOXALL * 5_000, zipped(**{"endsong_0.json": json.dumps(SPOTIFY)})],
                         ids=["csv", "zip"])  # fmt: skip
def test_a_pipe_is_read_as_a_file_is(tmp_path, content):
    path = file(tmp_path, content)

    piped = subprocess.run(["bash", "-c", f"{LISTENS} <(cat {path})"], capture_output=True, text=True, timeout=WITHIN_S)

    assert piped.returncode == 0, piped.stderr
    assert piped.stdout == convert(path)[0].stdout


def test_empty_lines_of_csv_are_passed_over(tmp_path):
    _, listens = convert(file(tmp_path, "\n" + LASTFM_GHAN.replace("\n", "\n\n")))

    assert len(listens) == 2


def test_letters_of_another_coding_are_counted(tmp_path):
    done, listens = convert(file(tmp_path, LASTFM_BENFOXALL.encode("cp1252")))

    assert len(listens) == 2
    assert "2 with letters that are no UTF-8" in done.stderr and "iconv -f CP1252" in done.stderr


def test_an_archive_with_a_password_ends_in_one_line(tmp_path):
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Streaming_History_Audio_2022_0.json", json.dumps(SPOTIFY))
    locked = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + at] |= 1  # as the format marks what is encrypted
    path.write_bytes(locked)

    done, _ = convert(path)

    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "password" in done.stderr


def test_rows_that_a_replay_would_refuse_are_left_out(tmp_path):
    lines = [listened(1_682_935_200), listened(1_682_935_500, artist="\u200b")]

    done, listens = convert(file(tmp_path, "\n".join(lines), "listens.jsonl"))

    assert len(listens) == 1 and "left out: 1 without a name" in done.stderr


def test_a_line_separator_in_a_title_ends_no_line(tmp_path):
    plays = [json.loads(listened(1_682_935_200 + after, "Jó\u2028ga")) for after in (0, 300)]
    lines = [json.dumps(each, ensure_ascii=False) for each in [{"listened_at": 1}, *plays]]

    done, listens = convert(file(tmp_path, "\n".join(lines), "listens.jsonl"))

    assert len(listens) == 2 and "left out: 1 not as expected" in done.stderr


def test_half_a_character_is_written_as_none(tmp_path):
    lines = [listened(1_682_935_200), listened(1_682_935_500, "x").replace('"x"', '"x\\ud83d"')]

    _, listens = convert(file(tmp_path, "\n".join(lines), "listens.jsonl"))

    assert [row["title"] for row in listens] == ["Jóga", "x?"]


def test_a_recording_has_one_id_and_what_is_none_gives_none(tmp_path):
    mbid = "0d8f6c1a-1111-4222-8333-444455556666"
    lines = [
        listened(1_682_935_200 + 300 * n, additional_info={"recording_mbid": each})
        for n, each in enumerate([mbid, mbid.upper(), mbid + "\n", "none", 7])
    ]

    _, listens = convert(file(tmp_path, "\n".join(lines), "listens.jsonl"))

    assert [row["track_id"] for row in listens] == ["mbid:" + mbid] * 2 + ["björk – jóga"] * 3


def test_names_are_compared_as_the_gateway_compares_them():
    """By its own table of what is printed in place of each other."""
    sys.path.append(str(REPOSITORY / "deploy" / "local"))
    import exports

    source = (REPOSITORY / "core" / "words" / "fold.cc").read_text()

    def table(name):
        part = re.search(rf"{name} = {{(.+?)}};", source, re.S)[1]
        pairs = re.findall(r'Pair\{"([^"]+)", \'(\\?.)\'\}', part)
        return {json.loads(f'"{sign}"'): plain.removeprefix("\\") for sign, plain in pairs}

    assert table("kPlain") == exports.PLAIN
    assert table("kBefore") == exports.BEFORE
    assert exports.folded("Don\u00b4t 1\u00bd \u0130") == "don't 11\u20442 i"
