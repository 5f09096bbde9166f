"""When simulated listeners play: up to now and never later, so that a person beside them counts as
one of many."""

import collections
import datetime
import json
import time

import wire
from stand import DAYS_AGO, SIMULATED_RATE

DAY_S = 86_400
TREND_HALF_LIFE_S = 14 * DAY_S
LIST = 20


def play_in(record):
    """The event's data, and when it happened in seconds since 1970."""
    data = json.loads(record.value)
    when = datetime.datetime.fromisoformat(data["time"].replace("Z", "+00:00"))
    return data, when.timestamp()


def test_they_begin_so_many_days_ago_and_come_to_the_present(pipeline):
    began = time.time()

    more_than_a_day = ["--rate", "5000", "--events-max", "12000"]
    assert pipeline.replay(*more_than_a_day, "--days-ago", "1").wait(60) == 0

    records = pipeline.read(wire.EVENTS)
    times = [play_in(record)[1] for record in records]
    assert -1 < min(times) - (began - DAY_S) < 600
    assert max(times) >= began
    # Kafka keeps when a record was made, in milliseconds.
    assert all(when <= record.timestamp_ms / 1000 for when, record in zip(times, records))


def test_soon_a_list_of_tracks_outweighs_what_one_person_plays_now(pipeline):
    """The plays of the quick start's listeners in fifteen seconds, as trends weigh them."""
    events = ["--rate", "5000", "--events-max", str(15 * SIMULATED_RATE)]
    assert pipeline.replay(*events, "--days-ago", str(DAYS_AGO)).wait(60) == 0

    now, trend = time.time(), collections.Counter()
    for record in pipeline.read(wire.EVENTS):
        data, when = play_in(record)
        if record.headers["ce_type"] == b"segue.playback.completed.v1":
            trend[data["track_id"]] += 0.5 ** ((now - when) / TREND_HALF_LIFE_S)
    assert sum(plays > 1 for plays in trend.values()) >= LIST
