#!/usr/bin/env python3
"""Counts what composers do, from corpora whose licence allows it, into music.counts and ledger.json.

    core/music/counts/count.py DATA [FOLDER]

DATA is the folder of the corpora, FOLDER where both files go (default: this one). Only totals are
written, never a piece; the same corpora give the same bytes. core/music/counts/README.md says what
each table counts and how the file is laid out.
"""

from __future__ import annotations

import collections
import gzip
import hashlib
import json
import pathlib
import struct
import sys

# The corpora that may be read, each with its licence and where it is from. Everything else stays unread.
SOURCES = {
    "billboard": ("CC0-1.0", "McGill Billboard"),
    "cre": ("Unlicense (its README: CC-BY-4.0)", "polifonia-project/folk_ngram_analysis"),
    "freedoom": ("BSD-3-Clause", "Freedoom project, see NOTICE"),
    "groove-midi": ("CC-BY-4.0", "Groove MIDI Dataset, see NOTICE"),
    "jsb-chorales": ("public domain", "J. S. Bach, by czhuang/JSB-Chorales-dataset"),
    "open-hymnal": ("public domain", "Open Hymnal Project"),
    "openscore-lieder": ("CC0-1.0", "OpenScore Lieder Corpus"),
}
MAGIC = b"SGMC"
VERSION = 1
# Turns seen less often than this are left out: rare turns are mostly mistakes of typing.
TIMES_MIN = 3
COUNT_MAX = 65_535
FOLK, SONG, HYMN, ROCK = "folk", "song", "hymn", "rock"
LANES = ["kick", "snare", "hat_closed", "hat_open", "ride", "crash", "tom_low", "tom_mid", "tom_high"]
FEEL_OF = {  # the data set's first word of a style -> our groove
    "rock": "rock", "punk": "rock", "pop": "rock", "country": "rock", "jazz": "jazz",
    "hiphop": "soft", "soul": "soft", "funk": "soft", "reggae": "soft", "dance": "soft",
}


class Tables:
    """Named tables: context (a tuple of small numbers) -> symbol -> how often."""

    def __init__(self) -> None:
        self.by_name: dict[str, dict[tuple, collections.Counter]] = {}

    def see(self, name: str, context: tuple, symbol: int) -> None:
        contexts = self.by_name.setdefault(name, {})
        contexts.setdefault(context, collections.Counter())[symbol] += 1

    def see_all(self, name: str, context: tuple, symbol: int) -> None:
        """Also in every shorter context: what is dropped first stands first."""
        for length in range(len(context) + 1):
            self.see(name, (length, *context[len(context) - length:]), symbol)


def key_of(context: tuple) -> int:
    """How many symbols, then fourteen bits of each: the reader builds the same."""
    key = context[0]
    for symbol in context[1:]:
        key = (key << 14) | symbol
    return key


def rows(data: pathlib.Path, corpus: str) -> list[dict]:
    with gzip.open(data / corpus / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def scale_of(pitches: list[int]) -> int:
    """The tonic of the major scale that holds most of these pitches."""
    held = collections.Counter(p % 12 for p in pitches)
    return max(range(12), key=lambda t: (sum(held[(t + s) % 12] for s in (0, 2, 4, 5, 7, 9, 11)), -t))


def step_of(pitch: int, tonic: int) -> int:
    """Steps of the scale; what stands between two counts as the lower."""
    below = [0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5, 6]
    return (pitch - tonic) // 12 * 7 + below[(pitch - tonic) % 12]


def count_melody(tables: Tables, kind: str, notes: list[list], bar: float) -> None:
    """Intervals in steps of the scale, by how strong the beat is and what came before."""
    if len(notes) < 8:
        return
    tonic = scale_of([n[2] for n in notes])
    steps = [step_of(n[2], tonic) for n in notes]
    before = (8, 8)
    for i in range(1, len(notes)):
        at = round(notes[i][0] % bar, 3)
        strength = 2 if at == 0 else 1 if at % 1 == 0 else 0
        interval = max(-8, min(8, steps[i] - steps[i - 1])) + 8
        tables.see_all(f"melody.{kind}", (*before, strength), interval)
        before = (before[1], interval)


def count_rhythm(tables: Tables, kind: str, notes: list[list], bar: float, slots: int, start: float) -> None:
    """Where in a bar notes begin, as a mask of slots, by the bar before."""
    bars: dict[int, int] = {}
    for note in notes:
        at = round((note[0] - start) / bar * slots)
        if at >= 0:
            bars[at // slots] = bars.get(at // slots, 0) | 1 << at % slots
    for number, mask in sorted(bars.items()):
        if number - 1 in bars:
            tables.see_all(f"rhythm.{kind}", (bars[number - 1] & 0x3FFF,), mask)
        else:
            tables.see_all(f"rhythm.{kind}", (), mask)


def count_tune(tables: Tables, kind: str, notes: list[list], metre: str, start: float = 0) -> None:
    """Only metres that a bar of ours can hold: 16 slots of 4/4, 12 of 3/4, 12 of 12/8."""
    shape = {"4/4": ("4", 4, 16), "2/2": ("4", 4, 16), "2/4": ("4", 4, 16), "3/4": ("3", 3, 12),
             "6/8": ("t", 6, 12), "12/8": ("t", 6, 12)}.get(metre)
    if shape is None:
        return
    name, bar, slots = shape
    count_rhythm(tables, f"{kind}.{name}", notes, bar, slots, start)
    beat = 1.5 if name == "t" else 1
    count_melody(tables, kind, [[(n[0] - start) / beat, n[1], n[2]] for n in notes], bar / beat)


def highest(notes: list[list]) -> list[list]:
    """One note at a time: the highest that begins at each moment."""
    tops: dict[float, list] = {}
    for note in notes:
        if note[0] not in tops or tops[note[0]][2] < note[2]:
            tops[note[0]] = note
    return [tops[at] for at in sorted(tops)]


def count_tunes(tables: Tables, data: pathlib.Path, used: collections.Counter) -> None:
    for row in rows(data, "cre"):
        count_tune(tables, FOLK, row["parts"][0]["notes"], row["metre"][0][1])
        used["cre"] += 1
    for corpus, kind in (("openscore-lieder", SONG), ("open-hymnal", HYMN)):
        for row in rows(data, corpus):
            metres = row.get("metre") or []
            bars = row.get("bars") or [0]
            if len(metres) == 1 and row["parts"]:
                start = bars[1] if len(bars) > 1 else 0  # a pickup may stand before it
                count_tune(tables, kind, highest(row["parts"][0]["notes"]), metres[0][1], start)
                used[corpus] += 1


def count_band(tables: Tables, data: pathlib.Path, used: collections.Counter) -> set[str]:
    """Leads and basses of a full band; returns who wrote what was used."""
    authors = set()
    for row in rows(data, "freedoom"):
        metres = {m[1] for m in row.get("metre", [[0, "4/4"]])}
        if metres != {"4/4"}:
            continue
        used["freedoom"] += 1
        authors.add(row.get("composer", ""))
        for part in row["parts"]:
            if part.get("drums") or len(part["notes"]) < 16:
                continue
            if part["program"] in (29, 30, 80, 81, 73, 68, 62):
                count_tune(tables, ROCK, highest(part["notes"]), "4/4")
            if 32 <= part["program"] <= 39:
                count_bass(tables, part["notes"])
    return authors - {""}


def count_bass(tables: Tables, notes: list[list]) -> None:
    """Rhythm of bars, and how far above the bar's first note each note is."""
    lowest = [[n[0], n[1], -n[2]] for n in highest([[n[0], n[1], -n[2]] for n in notes])]
    count_rhythm(tables, "bass.4", lowest, 4, 16, 0)
    first, bar, before = 0, -1, 0
    for onset, _, pitch in lowest:
        slot = round(onset * 4)
        if slot // 16 != bar:
            bar, first, before = slot // 16, pitch, 0
            continue
        above = (pitch - first) % 12
        tables.see_all("bass", (slot % 16, before), above)
        before = above


def count_drums(tables: Tables, data: pathlib.Path, used: collections.Counter) -> None:
    """Which drums sound in a sixteenth, by its place, the one before and the one a bar ago; how hard
    and how late, as sums."""
    lanes = {int(k): LANES.index(v) for k, v in json.loads((data / "groove-midi/lanes.json").read_text()).items()
             if v in LANES}
    for row in rows(data, "groove-midi"):
        feel = FEEL_OF.get(row["style"].split("/")[0])
        if feel is None or row["metre"] != "4/4":
            continue
        used["groove-midi"] += 1
        name = f"{'drums' if row['type'] == 'beat' else 'fill'}.{feel}"
        per = 12 if feel == "jazz" else 16  # jazz swings: its beat has three parts
        count_drumming(tables, name, row["notes"], lanes, per)


def count_drumming(tables: Tables, name: str, notes: list[list], lanes: dict[int, int], per: int) -> None:
    steps: dict[int, int] = {}
    for onset, pitch, velocity in notes:
        if pitch not in lanes:
            continue
        step = round(onset * per / 4)
        if velocity >= 12:  # softer is a touch of the skin
            steps[step] = steps.get(step, 0) | 1 << lanes[pitch]
        late = max(-15, min(15, round((onset * per / 4 - step) / per * 4 * 480)))
        tables.see(f"hard.{name}", (2, lanes[pitch], step % per), velocity // 4)
        tables.see(f"late.{name}", (2, lanes[pitch], step % per), late + 15)
    if not steps:
        return
    for step in range(min(steps) + per, max(steps) + 1):
        context = (steps.get(step - 2, 0), steps.get(step - per, 0), steps.get(step - 1, 0), step % per)
        tables.see_all(name, context[1:], steps.get(step, 0))


DEGREES = [0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6]
NAMES = {n: i for i, n in enumerate("C.D.EF.G.A.B") if n != "."}


def root_of(chord: str) -> int | None:
    name = chord.split(":")[0].split("/")[0]
    if not name or name[0] not in NAMES:
        return None
    return (NAMES[name[0]] + name.count("#") - name.count("b")) % 12


def count_degrees(tables: Tables, name: str, degrees: list[int]) -> None:
    """Degrees of the scale that chords stand on, each different from the one before."""
    changed = [d for i, d in enumerate(degrees) if i == 0 or d != degrees[i - 1]]
    for i in range(2, len(changed)):
        tables.see_all(f"chords.{name}", (changed[i - 2], changed[i - 1]), changed[i])


def count_songs(tables: Tables, data: pathlib.Path, used: collections.Counter) -> None:
    for row in rows(data, "billboard"):
        if len(row["tonic"]) != 1:
            continue
        used["billboard"] += 1
        tonic = root_of(row["tonic"][0][1])
        chords = [c for p in row["phrases"] for bar in p.get("bars", []) for c in bar.split()
                  if root_of(c) is not None and ":" in c]
        home = [c for c in chords if root_of(c) == tonic]
        minor = sum(":min" in c for c in home) * 2 > len(home)
        count_degrees(tables, "pop.minor" if minor else "pop.major",
                      [DEGREES[(root_of(c) - tonic) % 12] for c in chords])


TRIADS = [(0, 4, 7), (0, 3, 7), (0, 3, 6)]


def root_heard(pitches: set[int], bass: int) -> int:
    """The root of the triad that explains most of these pitch classes; the bass breaks ties."""
    def fit(root: int) -> tuple:
        best = max(len({(root + i) % 12 for i in t} & pitches) for t in TRIADS)
        return best, root in pitches, root == bass, -root
    return max(range(12), key=fit)


def count_chorales(tables: Tables, data: pathlib.Path, used: collections.Counter) -> None:
    chorales = json.loads((data / "jsb-chorales/Jsb16thSeparated.dev.json").read_text())["train"]
    for chorale in chorales:
        beats = [[p for p in step if p > 0] for step in chorale[::4]]
        beats = [b for b in beats if b]
        if not beats:
            continue
        used["jsb-chorales"] += 1
        tonic = beats[-1][-1] % 12  # every chorale ends at home
        heard = collections.Counter(p % 12 for b in chorale for p in b if p > 0)
        minor = heard[(tonic + 3) % 12] > heard[(tonic + 4) % 12]
        degrees = [DEGREES[(root_heard({p % 12 for p in b}, b[-1] % 12) - tonic) % 12] for b in beats]
        count_degrees(tables, "choral.minor" if minor else "choral.major", degrees)


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def written(tables: Tables) -> bytes:
    """Tables by name, contexts by key, symbols by number."""
    out = bytearray(MAGIC + bytes([VERSION]) + varint(len(tables.by_name)))
    for name, contexts in sorted(tables.by_name.items()):
        kept = {}
        for context, symbols in contexts.items():
            frequent = {s: min(n, COUNT_MAX) for s, n in symbols.items() if n >= TIMES_MIN}
            if frequent:
                kept[key_of(context)] = frequent
        out += varint(len(name)) + name.encode() + varint(len(kept))
        for key, symbols in sorted(kept.items()):
            out += struct.pack("<Q", key) + varint(len(symbols))
            for symbol, times in sorted(symbols.items()):
                out += varint(symbol) + varint(times)
    return bytes(out)


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    data = pathlib.Path(sys.argv[1])
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).parent
    tables, used = Tables(), collections.Counter()
    count_tunes(tables, data, used)
    authors = count_band(tables, data, used)
    count_drums(tables, data, used)
    count_songs(tables, data, used)
    count_chorales(tables, data, used)
    counts = written(tables)
    ledger = {
        "counts": {"bytes": len(counts), "sha256": hashlib.sha256(counts).hexdigest(), "version": VERSION},
        "authors of freedoom": sorted(authors),
        "sources": [
            {"corpus": name, "origin": origin, "licence": licence, "rows": used[name],
             "files": {p.name: hashlib.sha256(p.read_bytes()).hexdigest()
                       for p in sorted((data / name).iterdir()) if "valid" not in p.name}}
            for name, (licence, origin) in sorted(SOURCES.items())
        ],
    }
    (folder / "music.counts").write_bytes(counts)
    (folder / "ledger.json").write_text(json.dumps(ledger, indent=2, ensure_ascii=False) + "\n")
    print(f"{len(counts)} bytes, {len(tables.by_name)} tables")
    return 0


if __name__ == "__main__":
    sys.exit(main())
