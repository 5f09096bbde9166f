"""Generation jobs, and what generators leave of them: results, catalogue entries and files.

Written from the documented formats alone, as wire.py is.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import uuid
from pathlib import Path

import confluent_kafka
import wire

JOBS = "segue.generation-jobs.v1"
RESULTS = "segue.generation-results.v1"
CATALOG = "segue.catalog.v1"
ENDS = {"ready", "reused", "expired", "failed"}
LATER, LONG_AGO = "2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
RESULTS_A_JOB = 5  # at least: queued, composing, rendering, checking and the end


def a_job(seconds: float = 5, rule: str = "no_match", **more: object) -> dict[str, object]:
    """As a recommender publishes it; any part may be replaced by something wrong."""
    job = {
        "job_id": uuid.uuid4().hex,
        "user_id": "u-1",
        "created": "2026-01-02T03:04:05Z",
        "deadline": LATER,
        "specification": {
            "genre": "ambient", "mood": "calm", "tempo_bpm": 60, "key": "A minor",
            "seconds": seconds, "instruments": ["piano"], "energy": 0.2, "seed": "7",
        },
        "trigger": {"rule": rule, "choice": "generate", "signals": {"setting": "on"}},
    }
    return job | more


@dataclasses.dataclass
class Verdict:
    """Ids of jobs, and files, that are not as they have to be."""

    lost: list[str]
    double: list[str]
    files_without_entry: list[str]
    entries_without_file: list[str]

    @property
    def wrong(self) -> list[str]:
        return [f"{field.name}: {each}" for field in dataclasses.fields(self) for each in getattr(self, field.name)]


class Composed:
    """The contents of the topics and of the folder that generators share."""

    def __init__(self, brokers: str, folder: Path) -> None:
        self.brokers = brokers
        self.music = folder / "music"
        self.key = folder / "signing-key.pem"

    @property
    def flags(self) -> list[str]:
        """A generator's."""
        return ["--store.folder", str(self.music), "--audio.signing-key", str(self.key)]

    def ask(self, *jobs: dict[str, object]) -> None:
        self.send(*[(job["job_id"], json.dumps(job)) for job in jobs])

    def send(self, *records: tuple[str, str]) -> None:
        producer = confluent_kafka.Producer(
            {"bootstrap.servers": self.brokers, "partitioner": "murmur2_random"}
        )
        for key, value in records:
            producer.produce(JOBS, key=key, value=value)
        assert producer.flush(30) == 0

    def results(self) -> int:
        """The number of records about jobs."""
        return sum(wire.high_watermarks(self.brokers, RESULTS).values())

    def results_of(self, job: dict[str, object]) -> list[dict]:
        """The results of the job, in order."""
        return [one for one in self.decoded() if one["job_id"] == job["job_id"]]

    def decoded(self) -> list[dict]:
        return [json.loads(record.value) for record in wire.read_topic(self.brokers, RESULTS)]

    def ended(self) -> set[str]:
        return {one["job_id"] for one in self.decoded() if one["stage"] in ENDS}

    def entries(self) -> dict[str, dict]:
        """The composed tracks that the catalogue has, by id."""
        found: dict[str, dict] = {}
        for record in wire.read_topic(self.brokers, CATALOG):
            track = record.key.decode()
            if record.value is None:
                found.pop(track, None)
            elif track.startswith("segue-composed-"):
                found[track] = json.loads(record.value)
        return found

    def file_of(self, entry: dict) -> Path:
        """Where the sound of an entry or of a result's track lies."""
        key = re.fullmatch(r"/v1/audio/([0-9a-f]{64}\.flac)", entry["audio_url"])[1]
        return self.music / key[:2] / key

    def files(self, ending: str) -> set[Path]:
        return set(self.music.glob(f"*/*.{ending}"))

    def verdict(self, jobs: list[dict[str, object]]) -> Verdict:
        """All jobs were to become tracks, and the folder holds nothing else."""
        ends: dict[str, list[dict]] = {}
        for one in self.decoded():
            if one["stage"] in ENDS:
                ends.setdefault(one["job_id"], []).append(one)
        entries = self.entries()
        sounds = {track: self.file_of(entry) for track, entry in entries.items()}

        def is_lost(job: str) -> bool:
            stages = ends.get(job, [{"stage": "none"}])
            return stages[0]["stage"] != "ready" or f"segue-composed-{job}" not in entries

        def is_double(job: str) -> bool:
            return len({one.get("track", {}).get("audio_url") for one in ends.get(job, [])}) > 1

        wanted = [job["job_id"] for job in jobs]
        return Verdict(
            lost=[job for job in wanted if is_lost(job)],
            double=[job for job in ends if is_double(job) or job not in wanted],
            files_without_entry=[path.name for path in self.files("flac") - set(sounds.values())],
            entries_without_file=[track for track, path in sounds.items() if not is_whole(path)],
        )


def is_whole(path: Path) -> bool:
    """Whether the file is there and holds what its name says."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
