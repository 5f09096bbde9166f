"""Two variants side by side: who gets which, what is counted, and which is said to be better."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
import wire
from servers import wait_until

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "loadtest"))

import compare  # noqa: E402
import significance  # noqa: E402

EVENTS = 12_000
LISTENERS = 400


def run(pipeline, *experiment):
    """A pipeline with an experiment that has learned from simulated listening; its recommender."""
    pipeline.worker("segue-trainer")
    recommender = pipeline.worker("segue-recommender", *experiment)
    replay = pipeline.replay(
        "--rate", "2000", "--events-max", str(EVENTS), "--listeners", str(LISTENERS)
    )
    assert replay.wait(90) == 0
    pipeline.wait_drained()
    wait_until(
        lambda: recommender.metric("segue_worker_events_total", outcome="applied") == EVENTS,
        30,
        "all events are counted",
    )
    return recommender


def report_of(recommender, *flags):
    argv = [ROOT / "loadtest" / "compare", f"127.0.0.1:{recommender.port}", *flags]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_crippled_trial_loses(pipeline):
    recommender = run(
        pipeline, "--experiment.name", "short", "--experiment.changes", "model.k=2"
    )

    report = json.loads(report_of(recommender, "--json"))

    assert report["winner"] == "control", report
    assert report["differences"]["hit_rate_at_20"]["high"] < 0
    assert report["sample_ratio"]["fits"]
    assert "control is better" in report_of(recommender).lower()
    by_length = {}
    for record in pipeline.read(wire.RECOMMENDATIONS):
        message = json.loads(record.value)
        by_length.setdefault(message["variant"], set()).add(len(message["items"]))
        by_length.setdefault(record.key, set()).add(message["variant"])
    assert max(by_length.pop("short")) == 2 < max(by_length.pop("control"))
    assert all(len(variants) == 1 for variants in by_length.values()), "a listener changed sides"


def test_two_equal_variants_have_no_winner(pipeline):
    recommender = run(pipeline, "--experiment.name", "alike", "--experiment.share", "0.5")

    # Chance alone would name a winner once in a thousand runs.
    report = json.loads(report_of(recommender, "--certainty", "0.999", "--json"))

    assert report["winner"] is None, report
    assert report["why"].startswith("not known")
    for difference in report["differences"].values():
        assert difference["low"] < 0 < difference["high"]


def test_without_an_experiment_there_is_nothing_to_compare(pipeline):
    recommender = pipeline.worker("segue-recommender")

    argv = [ROOT / "loadtest" / "compare", f"127.0.0.1:{recommender.port}"]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=60)

    assert ran.returncode == 1
    assert "no experiment runs" in ran.stderr and ran.stderr.count("\n") == 1


# Without servers: the statistics themselves.


def test_students_t_is_as_tabled():
    for freedom, tabled in ((10, 2.2281), (30, 2.0423), (62, 1.9990), (1e6, 1.9600)):
        assert significance.t_quantile(0.975, freedom) == pytest.approx(tabled, abs=1e-4)
    assert significance.t_below(2.2281, 10) == pytest.approx(0.975, abs=1e-5)


def test_independent_samples_give_the_two_proportion_interval():
    one = significance.mean_of_samples(300, 300, 1_000)
    other = significance.mean_of_samples(250, 250, 1_000)

    found = significance.difference(one, other, 0.95)

    half = 1.961 * (0.3 * 0.7 / 999 + 0.25 * 0.75 / 999) ** 0.5
    assert found.value == pytest.approx(0.05)
    assert (found.low, found.high) == pytest.approx((0.05 - half, 0.05 + half), abs=1e-4)
    assert found.sure and found.p == pytest.approx(0.0122, abs=5e-4)


def crowd(chance, lottery):
    """Metrics text of one variant's listeners, each with a taste that is easy or hard to guess."""
    listens, hits, ranks = ([0] * compare.BUCKETS for _ in range(3))
    squares = 0.0
    for _ in range(300):
        bucket, luck = lottery.randrange(compare.BUCKETS), lottery.choice((0.5, 1.5))
        for _ in range(40):
            listens[bucket] += 1
            if lottery.random() < chance * luck:
                rank = lottery.randint(1, 20)
                hits[bucket] += 1
                ranks[bucket] += 1 / rank
                squares += 1 / rank**2
    return listens, hits, ranks, squares


def metrics_text(name, share, listens, hits, ranks, squares, listeners=300):
    of = f'variant="{name}"'
    lines = [
        f"segue_experiment_share{{{of}}} {share}",
        f"segue_experiment_listeners{{{of}}} {listeners}",
        f'segue_recommendation_scored_total{{new="true",{of}}} {sum(listens)}',
        f'segue_recommendation_hits_total{{k="20",new="true",{of}}} {sum(hits)}',
        f"segue_recommendation_reciprocal_rank_total{{{of}}} {sum(ranks)}",
        f"segue_recommendation_reciprocal_rank_squares_total{{{of}}} {squares}",
        f"segue_recommendation_coverage{{{of}}} 0.5",
    ]
    for what, values in (("listens", listens), ("hits", hits), ("reciprocal_rank", ranks)):
        lines += [
            f'segue_experiment_bucket_{what}_total{{bucket="{bucket}",{of}}} {value}'
            for bucket, value in enumerate(values)
        ]
    return "\n".join(lines)


def compared(control, trial, seed, **more):
    lottery = random.Random(seed)
    text = metrics_text("control", 0.5, *crowd(control, lottery))
    return compare.compare([text, metrics_text("trial", 0.5, *crowd(trial, lottery), **more)], 0.95)


def test_equal_crowds_differ_as_seldom_as_promised():
    """One interval in twenty misses; as if listens were independent it would be many more."""
    reports = [compared(0.3, 0.3, seed)["differences"]["hit_rate_at_20"] for seed in range(100)]
    wrong = sum(not report["low"] < 0 < report["high"] for report in reports)
    naive = [report["as_if_independent"] for report in reports]
    naive_wrong = sum(not interval["low"] < 0 < interval["high"] for interval in naive)

    assert wrong <= 11  # 5 expected; more than 11 once in 200 lotteries, and the seeds are fixed
    assert naive_wrong > 2 * wrong


def test_a_better_crowd_wins():
    assert compared(0.3, 0.4, seed=1)["winner"] == "trial"
    assert compared(0.4, 0.3, seed=1)["winner"] == "control"


def test_a_split_that_does_not_fit_decides_nothing():
    report = compared(0.3, 0.4, seed=1, listeners=200)

    assert report["winner"] is None and not report["sample_ratio"]["fits"]
    assert "do not fit" in compare.text_of(report)


def test_different_experiments_are_not_added_up():
    nothing = [1] * compare.BUCKETS, [0] * compare.BUCKETS, [0] * compare.BUCKETS, 0
    texts = [metrics_text(name, 0.5, *nothing) for name in ("control", "one", "other")]

    with pytest.raises(compare.NotComparable, match="different experiments: control, one, other"):
        compare.compare(texts, 0.95)
