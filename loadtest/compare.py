"""Runs loadtest/compare; see compare.txt."""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

import significance
from significance import Difference, Estimate

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "deploy" / "local"))

from console import one_line_error  # noqa: E402

CONTROL = "control"
BUCKETS = 32
BUCKETS_MIN = 10
COUNTER_BITS = 2**23  # of the recommender's estimate of how many listeners there are
MISMATCH_BELOW = 0.001
WITHIN_S = 10
SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="([^"]*)"')
FIGURES = {"hit_rate_at_20": "HR@20", "mrr_at_20": "MRR@20"}


class NotComparable(RuntimeError):
    """There are no two variants to compare; the message says why."""


class Scraped:
    """Samples of all processes: by name and labels, one value a process that has it."""

    def __init__(self, texts: list[str]) -> None:
        self.samples: dict[tuple[str, frozenset], list[float]] = {}
        for line in (line for text in texts for line in text.splitlines()):
            found = SAMPLE.match(line)
            if found is None or line.startswith("#"):
                continue
            key = found[1], frozenset(LABEL.findall(found[2] or ""))
            self.samples.setdefault(key, []).append(float(found[3]))

    def values(self, name: str, **labels: str) -> list[float]:
        wanted = set(labels.items())
        return [v for (n, has), vs in self.samples.items() if n == name and wanted <= has for v in vs]

    def sum(self, name: str, **labels: str) -> float:
        return sum(self.values(name, **labels))

    def labels(self, name: str, label: str) -> set[str]:
        return {dict(has)[label] for n, has in self.samples if n == name and label in dict(has)}


class Variant:
    """The counts of one variant."""

    def __init__(self, scraped: Scraped, name: str) -> None:
        def total(metric: str, **labels: str) -> float:
            return scraped.sum(f"segue_{metric}", variant=name, **labels)

        def buckets(metric: str) -> list[float]:
            return [total(f"experiment_bucket_{metric}_total", bucket=str(b)) for b in range(BUCKETS)]

        self.name = name
        self.share = scraped.values("segue_experiment_share", variant=name)[0]
        self.listeners = total("experiment_listeners")
        self.listens = total("recommendation_scored_total")
        self.hits = total("recommendation_hits_total", k="20")
        self.reciprocal_ranks = total("recommendation_reciprocal_rank_total")
        self.squares = total("recommendation_reciprocal_rank_squares_total")
        coverage = scraped.values("segue_recommendation_coverage", variant=name)
        self.coverage = sum(coverage) / len(coverage)
        self.bucket_listens = buckets("listens")
        self.buckets_used = sum(n > 0 for n in self.bucket_listens)
        self._bucket_parts = {
            "hit_rate_at_20": buckets("hits"),
            "mrr_at_20": buckets("reciprocal_rank"),
        }

    def by_buckets(self, figure: str) -> Estimate:
        return significance.ratio_of_buckets(self._bucket_parts[figure], self.bucket_listens)

    def as_if_independent(self, figure: str) -> Estimate:
        total, squares = self.reciprocal_ranks, self.squares
        if figure == "hit_rate_at_20":
            total = squares = self.hits  # each is 0 or 1, its own square
        return significance.mean_of_samples(total, squares, self.listens)

    def report(self) -> dict:
        return {
            "listens": int(self.listens),
            "listeners": round(self.listeners),
            "hit_rate_at_20": self.by_buckets("hit_rate_at_20").value,
            "mrr_at_20": self.by_buckets("mrr_at_20").value,
            "coverage": self.coverage,
        }


def variants_of(scraped: Scraped) -> tuple[Variant, Variant]:
    """Control and trial. NotComparable if there are not these two."""
    names = scraped.labels("segue_experiment_share", "variant")
    if not names:
        raise NotComparable("no experiment runs there; the settings experiment.* start one")
    if CONTROL not in names or len(names) != 2:
        raise NotComparable(f"the recommenders run different experiments: {_list(names)}")
    for name in names:
        if len(set(scraped.values("segue_experiment_share", variant=name))) > 1:
            raise NotComparable("the recommenders have different values of experiment.share")
    [trial] = names - {CONTROL}
    variants = Variant(scraped, CONTROL), Variant(scraped, trial)
    for variant in variants:
        if variant.listens == 0:
            raise NotComparable(f"no listen of {variant.name} was scored yet")
    return variants


def sample_ratio(control: Variant, trial: Variant) -> dict:
    """Whether as many listeners came to the trial as were sent there."""
    listeners = control.listeners + trial.listeners
    expected = listeners * trial.share
    # A binomial's variance, and that of the two estimates (linear counting, well below its size).
    variance = expected * (1 - trial.share)
    variance += (control.listeners**2 + trial.listeners**2) / (2 * COUNTER_BITS)
    z = (trial.listeners - expected) / math.sqrt(variance) if variance else 0.0
    p = significance.normal_two_sided(z)
    return {"expected": expected, "listeners": trial.listeners, "p": p, "fits": p >= MISMATCH_BELOW}


def winner_of(differences: dict[str, Difference], trial: str) -> tuple[str | None, str]:
    """The one that is surely better in one figure and surely worse in none; and why."""
    sure = {name: d.value > 0 for name, d in differences.items() if d.sure}
    if not sure:
        return None, "not known: both intervals hold 0"
    if len(set(sure.values())) > 1:
        return None, "mixed: each is surely better in one figure"
    winner = trial if next(iter(sure.values())) else CONTROL
    return winner, f"{winner} is better in {' and '.join(FIGURES[name] for name in sure)}"


def compare(texts: list[str], certainty: float) -> dict:
    """The report over the metrics of all processes; `--json` prints it."""
    control, trial = variants_of(Scraped(texts))
    differences, reported = {}, {}
    for figure in FIGURES:
        pair = [variant.by_buckets(figure) for variant in (trial, control)]
        found = significance.difference(*pair, certainty)
        pair = [variant.as_if_independent(figure) for variant in (trial, control)]
        naive = significance.difference(*pair, certainty)
        differences[figure] = found
        reported[figure] = {
            "difference": found.value,
            "low": _finite(found.low),
            "high": _finite(found.high),
            "p": found.p,
            "as_if_independent": {"low": _finite(naive.low), "high": _finite(naive.high)},
            "variance_ratio": _finite(found.variance / naive.variance) if naive.variance else None,
        }
    ratio = sample_ratio(control, trial)
    winner, why = winner_of(differences, trial.name)
    if min(control.buckets_used, trial.buckets_used) < BUCKETS_MIN:
        winner, why = None, f"too few listeners: not {BUCKETS_MIN} buckets have listens on each side"
    elif not ratio["fits"]:
        winner, why = None, "the numbers of listeners do not fit the share: mend the split first"
    return {
        "experiment": trial.name,
        "share": trial.share,
        "winner": winner,
        "why": why,
        "certainty": certainty,
        "variants": {variant.name: variant.report() for variant in (control, trial)},
        "differences": reported,
        "sample_ratio": ratio,
    }


def text_of(report: dict) -> str:
    trial, percent = report["experiment"], f"{report['certainty']:.4g}"
    lines = [f"{'':10}{'listeners':>11}{'listens':>11}{'HR@20':>9}{'MRR@20':>9}{'coverage':>10}"]
    for name, v in report["variants"].items():
        lines.append(
            f"{name:10} {v['listeners']:>10,} {v['listens']:>10,} {v['hit_rate_at_20']:>8.4f}"
            f" {v['mrr_at_20']:>8.4f} {v['coverage']:>9.1%}"
        )
    lines.append("")
    for figure, label in FIGURES.items():
        d = report["differences"][figure]
        naive = d["as_if_independent"]
        lines.append(
            f"{label:7} {trial} less {CONTROL}: {d['difference']:+.4f}, with certainty {percent} in"
            f" {_interval(d)}; p = {d['p']:.3g}"
        )
        if d["variance_ratio"]:
            lines.append(
                f"        as if listens were independent {_interval(naive)}; they are not, one"
                f" listener's resemble each other: the variance is {d['variance_ratio']:.1f} × that"
            )
    ratio = report["sample_ratio"]
    fits = "fits" if ratio["fits"] else "DOES NOT FIT"
    lines += [
        f"split   {ratio['listeners']:,.0f} listeners on trial, {ratio['expected']:,.0f} expected:"
        f" {fits} (p = {ratio['p']:.3g})",
        "",
        report["why"][0].upper() + report["why"][1:] + ".",
    ]
    return "\n".join(lines)


def _interval(of: dict) -> str:
    if of["low"] is None:
        return "an interval without end"
    return f"[{of['low']:+.4f}, {of['high']:+.4f}]"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))


def scrape(address: str) -> str:
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=WITHIN_S) as answer:
            return answer.read().decode(errors="replace")
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise NotComparable(f"no metrics from {address}: {error}") from None


class Flags(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        one_line_error("loadtest/compare", f"{message}; loadtest/compare --help lists the flags")
        sys.exit(2)


def _certainty(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.5 <= value <= 0.9999:
        raise argparse.ArgumentTypeError(f"expected a number from 0.5 to 0.9999, not '{text}'")
    return value


def _address(text: str) -> str:
    if re.fullmatch(r"[^\s/:]+:\d+", text) is None:
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, not '{text}'")
    return text


def main() -> int:
    flags = Flags(add_help=False, allow_abbrev=False)
    flags.add_argument("addresses", metavar="ADDRESS", nargs="+", type=_address)
    flags.add_argument("--certainty", type=_certainty, default=0.95)
    flags.add_argument("--json", action="store_true")
    options = flags.parse_args()
    try:
        texts = [scrape(address) for address in options.addresses]
        report = compare(texts, options.certainty)
    except NotComparable as error:
        one_line_error("loadtest/compare", error)
        return 1
    print(json.dumps(report) if options.json else text_of(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
