"""The CloudEvents SDK for Python, in each of its modes over HTTP."""

import json
import uuid
from datetime import datetime, timezone

import pytest
import requests
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from players import events_of

MODES = {"structured": to_structured_event, "binary": to_binary_event}


@pytest.mark.parametrize("mode", MODES)
def test_an_event_of_the_sdk_is_taken(base, ada, pipeline, mode):
    event = CloudEvent(
        attributes={"id": "e-ü-1", "source": "/a player", "type": "segue.playback.completed.v1",
                    "time": datetime.now(timezone.utc), "specversion": "1.0",
                    "datacontenttype": "application/json"},
        data={"session_id": "s", "seq": 1, "track_id": "t-1", "play_id": str(uuid.uuid4()),
              "played_fraction": 1.0},
    )
    message = MODES[mode](event)

    answer = requests.post(f"{base}/v1/events", data=message.body, timeout=20,
                           headers=message.headers | {"Authorization": f"Bearer {ada.token}"})

    assert (answer.status_code, answer.json()["ids"]) == (202, ["e-ü-1"]), answer.text
    [(kind, data)] = events_of(pipeline, ada)
    assert (kind, data["track_id"]) == ("segue.playback.completed.v1", "t-1")
