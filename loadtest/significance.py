"""How far two ratios differ and how sure that is. Pure functions; the standard library only."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

STEPS = 400  # of the integral below, even; a quantile is exact to 1e-6
# Beyond this many deviations the chance is reported as none: less than 1e-9 for ten degrees or more.
FAR = 40.0


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A value, the variance of its estimate, and that variance's degrees of freedom."""

    value: float
    variance: float
    freedom: float


@dataclasses.dataclass(frozen=True)
class Difference:
    """A difference of two estimates, and the interval that holds it with the certainty asked for."""

    value: float
    low: float
    high: float
    p: float  # chance of a difference at least as large if there were none
    variance: float

    @property
    def sure(self) -> bool:
        return self.low > 0 or self.high < 0


def ratio_of_buckets(parts: Sequence[float], wholes: Sequence[float]) -> Estimate:
    """Sum of parts over sum of wholes; its variance from how far buckets differ (Cochran, 1977).

    Buckets without a whole say nothing and are left out. Requires: a whole above 0.
    """
    used = [(part, whole) for part, whole in zip(parts, wholes, strict=True) if whole > 0]
    total = sum(whole for _, whole in used)
    ratio = sum(part for part, _ in used) / total
    if len(used) < 2:
        return Estimate(ratio, math.inf, 1)
    squares = sum((part - ratio * whole) ** 2 for part, whole in used)
    return Estimate(ratio, len(used) / (len(used) - 1) * squares / total**2, len(used) - 1)


def mean_of_samples(total: float, squares: float, count: float) -> Estimate:
    """The mean of `count` independent samples with this sum and this sum of squares."""
    mean = total / count
    if count < 2:
        return Estimate(mean, math.inf, 1)
    variance = max(0.0, squares - count * mean**2) / (count - 1) / count
    return Estimate(mean, variance, count - 1)


def difference(of: Estimate, less: Estimate, certainty: float) -> Difference:
    """Welch's interval (1947) and test of `of` - `less`."""
    value = of.value - less.value
    variance = of.variance + less.variance
    if variance == 0:  # no sample differs from another
        return Difference(value, value, value, 0.0 if value else 1.0, 0.0)
    if math.isinf(variance):
        return Difference(value, -math.inf, math.inf, 1.0, variance)
    freedom = variance**2 / sum(e.variance**2 / e.freedom for e in (of, less))
    half = t_quantile(0.5 + certainty / 2, freedom) * math.sqrt(variance)
    p = 2 * (1 - t_below(abs(value) / math.sqrt(variance), freedom))
    return Difference(value, value - half, value + half, max(0.0, p), variance)


def t_below(t: float, freedom: float) -> float:
    """Chance that Student's t is below `t` >= 0: Simpson's rule over the density."""
    if t >= FAR:
        return 1.0
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    scale /= math.sqrt(freedom * math.pi)

    def density(x: float) -> float:
        return math.exp(-(freedom + 1) / 2 * math.log1p(x * x / freedom))

    step = t / STEPS
    inner = sum((4 if i % 2 else 2) * density(i * step) for i in range(1, STEPS))
    return 0.5 + scale * step / 3 * (density(0) + inner + density(t))


def t_quantile(share: float, freedom: float) -> float:
    """Below which Student's t lies with this chance, 0.5 <= share < 1; at most FAR."""
    low, high = 0.0, FAR
    for _ in range(36):  # halves of FAR: to 1e-9
        middle = (low + high) / 2
        if t_below(middle, freedom) < share:
            low = middle
        else:
            high = middle
    return high


def normal_two_sided(z: float) -> float:
    """Chance that a standard normal lies at least so far from 0."""
    return math.erfc(abs(z) / math.sqrt(2))
