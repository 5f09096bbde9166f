"""How many item models a second trainers send, when signals fall on items by Zipf's law.

A trainer sends a changed model at once, and the next of the same item after an interval of a second for each
SIGNALS_PER_INTERVAL signals that it has had, INTERVALS_MAX at most; what changes meanwhile waits.
"""

from __future__ import annotations

import bisect
import itertools
import math
import random

# As in consumers/trainer/trainer.cc.
SIGNALS_PER_INTERVAL = 20
INTERVALS_MAX = 10
ZIPF = 0.9  # exponent of how often tracks are played


def simulate(signals_per_s: int, items: int, for_s: int, seed: int = 1) -> float:
    """Broadcasts a second, drawn signal by signal, of items that were never played before."""
    choose = random.Random(seed)
    cumulated = list(itertools.accumulate(rank**-ZIPF for rank in range(1, items + 1)))
    signals, free_at, waiting = {}, {}, set()
    sent, now = 0, 0.0
    while now < for_s:
        now += choose.expovariate(signals_per_s)
        item = bisect.bisect(cumulated, choose.random() * cumulated[-1])
        signals[item] = signals.get(item, 0) + 1
        if item in waiting and now < free_at[item]:
            continue
        # One that waited went out when it was free; this signal then begins to wait again.
        if item in waiting:
            sent += 1
            free_at[item] += _wait_s(signals[item])
            waiting.discard(item)
        if now < free_at.get(item, 0.0):
            waiting.add(item)
        else:
            sent += 1
            free_at[item] = now + _wait_s(signals[item])
    return (sent + sum(1 for item in waiting if free_at[item] <= for_s)) / for_s


def _wait_s(signals: float, interval_s: float = 1.0) -> float:
    return interval_s * min(max(signals // SIGNALS_PER_INTERVAL, 1), INTERVALS_MAX)


def broadcasts_per_s(
    signals_per_s: float,
    items: int,
    interval_s: float,
    *,
    warm: bool = True,
    for_s: float = 0,
    hottest: int | None = None,
) -> float:
    """The same as a sum over items. `warm`: all items have been played for months.
    `hottest`: no others are sent."""
    weight = _zipf_sum(items)
    total = 0.0
    for first, last in _bins(min(items, hottest or items)):
        count = last - first + 1
        rate = signals_per_s * _zipf_between(first, last) / count / weight
        total += count * _item_broadcasts(rate, interval_s, warm, for_s)
    return total


def _item_broadcasts(rate: float, interval_s: float, warm: bool, for_s: float) -> float:
    """With signals at random the next one after a wait of t ends it if any came within, so that a
    cycle is t, and t + 1/rate where none came."""
    if warm:
        return _cycle(rate, INTERVALS_MAX * interval_s)
    sent = at_s = 0.0
    for level in range(1, INTERVALS_MAX + 1):
        signals = (level + (level < INTERVALS_MAX)) * SIGNALS_PER_INTERVAL
        until_s = for_s if level == INTERVALS_MAX else min(signals / rate, for_s)
        sent += max(until_s - at_s, 0) * _cycle(rate, level * interval_s)
        at_s = max(until_s, at_s)
    return sent / for_s


def _cycle(rate: float, wait_s: float) -> float:
    quiet = math.exp(-rate * wait_s)
    return 1 / (wait_s + quiet / rate) if rate > 0 else 0.0


def _bins(items: int) -> list[tuple[int, int]]:
    """Ranks one by one to 100, then in bins that are 5 % wide."""
    bins = [(rank, rank) for rank in range(1, min(items, 100) + 1)]
    first = 101
    while first <= items:
        last = min(max(first, int(first * 1.05)), items)
        bins.append((first, last))
        first = last + 1
    return bins


def _zipf_between(first: int, last: int) -> float:
    if last - first < 32:
        return sum(rank**-ZIPF for rank in range(first, last + 1))
    power = 1 - ZIPF
    return ((last + 0.5) ** power - (first - 0.5) ** power) / power


def _zipf_sum(items: int) -> float:
    return sum(_zipf_between(first, last) for first, last in _bins(items))
