"""deploy/watch/alertmanager.yml in a real Alertmanager: what hides what."""

import json
import urllib.request

import pytest
from process import wait_until
from watching import Alertmanager

WITHIN_S = 60
SYMPTOM = {"alertname": "SegueSymptom", "severity": "page", "layer": "symptom"}
ERRORS = {"alertname": "SegueGatewayErrors", "severity": "page", "layer": "program"}


@pytest.fixture
def alertmanager(tmp_path):
    with Alertmanager(tmp_path) as running:
        yield running


def out_of_reach(job, dependency):
    return {"alertname": "SegueServerOutOfReach", "severity": "page", "layer": "program"} | {
        "job": job,
        "dependency": dependency,
    }


def fire(alertmanager, *alerts):
    body = json.dumps([{"labels": labels} for labels in alerts]).encode()
    sent = urllib.request.Request(
        f"{alertmanager.url}/api/v2/alerts", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(sent, timeout=10) as answer:
        assert answer.status == 200


def hidden(alertmanager):
    return {
        alert["labels"]["alertname"]
        for alert in alertmanager.alerts()
        if alert["status"]["state"] == "suppressed"
    }


@pytest.mark.parametrize("job, dependency", [("segue-gateway", "redis"), ("segue-trainer", "kafka")])
def test_errors_of_a_gateway_wake_if_it_reaches_kafka(alertmanager, job, dependency):
    """The symptom is hidden by the same alert: Alertmanager has it then."""
    fire(alertmanager, out_of_reach(job, dependency), ERRORS, SYMPTOM)
    wait_until(lambda: "SegueSymptom" in hidden(alertmanager), WITHIN_S, "the symptom is hidden")

    assert hidden(alertmanager) == {"SegueSymptom"}


def test_errors_of_a_gateway_without_kafka_wake_once(alertmanager):
    fire(alertmanager, out_of_reach("segue-gateway", "kafka"), ERRORS)

    wait_until(lambda: hidden(alertmanager) == {"SegueGatewayErrors"}, WITHIN_S, "the errors are hidden")
